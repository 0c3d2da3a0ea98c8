"""Puts a bench into any state without running skills: each change is one that skills, failures or people could make."""

import numpy as np

from touchloop.geometry.pose import compose, quat_from_rotation_vector, quat_multiply, relative
from touchloop.sim.fragile_box import BOX_HEIGHT_M
from touchloop.sim.workbench.layout import ARMS, HOLES, TOOLS, bases_in_world, box_grasp, box_on, tool_pose, yaw_quat
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.targets import reference_point

AIMS = ("rest", "board", "rack", "left_hole", "right_hole", "switch", "box", "tray", "shelf", "air")
UPRIGHT = np.array([0.0, 0.0, 0.0, 1.0])
REACHED_M = 0.004
OUT_OF_REACH = "out of reach"
TRIES = 12


class StateMaker:
    """Changes the bench at random, part by part.

    Args:
        bench: reset.
        rng: draws the changes.
    """

    def __init__(self, bench: Workbench, rng: np.random.Generator) -> None:
        self._bench, self._scene, self._rng = bench, bench.scene, rng
        self.lifted_by_both = False

    def shuffle(self) -> None:
        """Everything anew."""
        for change in (self.change_ink, self.change_lamp, self.change_ball, self.change_light):
            change()
        for name in TOOLS:
            self._lay(name)
        self._set_box()
        for arm in range(len(ARMS)):
            self.change_arm(arm)
        if self._rng.random() < 0.15:
            self.lift_box()

    def change_one(self) -> None:
        """One or two parts."""
        for _ in range(int(self._rng.integers(1, 3))):
            kind = self._rng.choice(["arm", "tool", "box", "ink", "lamp", "ball", "light", "lift"], p=CHANGES)
            match kind:
                case "arm":
                    self.change_arm(int(self._rng.integers(2)))
                case "tool":
                    self._lay(str(self._rng.choice(TOOLS)))
                case "box":
                    self._set_box()
                case "lift":
                    self.lift_box()
                case "ink":
                    self.change_ink()
                case "lamp":
                    self._scene.panel.toggles += 1
                case "ball":
                    self.change_ball()
                case _:
                    self.change_light()

    def change_ink(self) -> None:
        """Untouched, wiped in part from one end, or clean."""
        board, rng = self._scene.board, self._rng
        board.ink[:] = type(board)(board.config, self._scene.config.starts_in_base[0]).ink
        share = rng.choice([0.0, rng.uniform(0.25, 0.75), rng.uniform(0.93, 1.0), rng.uniform(0.0, 1.0)], p=INK)
        rows = np.flatnonzero(board.ink.sum(axis=1))
        count = round(share * len(rows))
        gone = rows[:count] if rng.random() < 0.5 else rows[len(rows) - count :]
        board.ink[gone] = 0.0
        if share > 0.9 and rng.random() < 0.3:
            board.ink[gone[:: int(rng.integers(9, 25))]] = 1.0 - share

    def change_lamp(self) -> None:
        """The switch on or off."""
        self._scene.panel.toggles = int(self._rng.integers(2))

    def change_ball(self) -> None:
        """Something in the way, now and then."""
        rng = self._rng
        self._scene.obstacle = None
        if rng.random() < 0.15:
            name = str(rng.choice([*HOLES, "board", "switch", "rack", "box"]))
            point = reference_point(self._scene, name, int(rng.integers(2)))
            self._scene.obstacle = point + rng.uniform([-0.03, -0.03, 0.0], [0.03, 0.03, 0.12])

    def change_light(self) -> None:
        """Out, now and then."""
        self._bench.light(bool(self._rng.random() > 0.06))

    def change_arm(self, arm: int) -> None:
        """Holds something else, somewhere else."""
        self._empty(arm)
        rng, scene = self._rng, self._scene
        content = str(rng.choice(["open", "closed", "wiper", "round_peg", "square_peg", "box"], p=HOLDS))
        if scene.couplers[1 - arm].holds == content or (content == "box" and self.lifted_by_both):
            content = "open"
        for _ in range(TRIES):
            if self._move(arm, str(rng.choice(AIMS)), content):
                break
        else:
            content = "open"
            self._move(arm, "rest", content)
        coupler = scene.couplers[arm]
        coupler.grip = "open" if content == "open" else "close"
        coupler.holds = None if content in ("open", "closed") else content
        tcp = self._tcp(arm)
        if content in TOOLS:
            scene.tools[content].state, scene.tools[content].pose = "held", tcp
        elif content == "box":
            self._carry_box(arm, tcp)
        elif content == "closed" and self._near_hole(tcp):
            # A fingertip is no tool: it stays out of holes.
            self._move(arm, "rest", content)

    def lift_box(self) -> None:
        """Between both palms, at its support or up."""
        if any(coupler.holds is not None for coupler in self._scene.couplers):
            for arm in range(len(ARMS)):
                self._empty(arm)
        rng, scene = self._rng, self._scene
        pose = scene.config.box_rest.copy()
        pose[2] += rng.choice([0.0, rng.uniform(0.11, 0.20), rng.uniform(0.01, 0.08)], p=[0.3, 0.5, 0.2])
        half = float(scene.box.half_m[1])
        scene.box.carry(pose)
        for arm, coupler in enumerate(scene.couplers):
            coupler.grip, coupler.holds = "open", None
            if not self._place(arm, compose(pose, box_grasp(arm, half))):
                self._move(arm, "rest", "open")
        self.lifted_by_both = True

    def _empty(self, arm: int) -> None:
        """What the arm holds goes somewhere else; so does a box between palms."""
        coupler = self._scene.couplers[arm]
        held, coupler.holds = coupler.holds, None
        if held == "box" or self.lifted_by_both:
            self.lifted_by_both = False
            self._set_box()
        elif held is not None:
            self._lay(held)

    def _lay(self, name: str) -> None:
        """A tool to the rack, into a hole, on to the tray or anywhere on the table."""
        scene, rng = self._scene, self._rng
        if any(coupler.holds == name for coupler in scene.couplers):
            return
        tool, place = scene.tools[name], str(rng.choice(["rack", "hole", "tray", "table", "face"], p=LAID))
        free = [hole for hole in HOLES if not self._in_hole(hole)]
        fitting = [h for h in free if name == "round_peg" or scene.holes[h].config.form == "square"]
        if place == "hole" and name != "wiper" and fitting:
            plate = scene.holes[str(rng.choice(fitting))]
            turn = quat_from_rotation_vector(np.array([np.pi, 0.0, 0.0]))
            tool.rest_at(compose(plate.pose_in_base, np.array([0.0, 0.0, -plate.config.hole_depth_m, *turn])))
        elif place == "tray" and not self._box_on_tray():
            tool.rest_at(scene.config.tray_spot(name, int(rng.integers(2))))
        elif place == "face":
            part = scene.holes[str(rng.choice(HOLES))] if rng.random() < 0.6 else scene.board
            point = part.pose_in_base[:3] + np.append(rng.uniform(-0.05, 0.05, size=2), 0.0)
            tool.rest_at(tool_pose(point, float(rng.uniform(-np.pi, np.pi))))
        elif place == "table":
            point = np.array([rng.uniform(0.25, 0.88), rng.uniform(-0.42, 0.42), 0.0])
            tool.rest_at(tool_pose(point, float(rng.uniform(-np.pi, np.pi))))
        else:
            tool.pose, tool.state = tool.slot.copy(), "parked"

    def _set_box(self) -> None:
        """On its support, the tray, the shelf, or fallen on to the table."""
        scene, rng = self._scene, self._rng
        if any(coupler.holds == "box" for coupler in scene.couplers):
            return
        self.lifted_by_both = False
        place = str(rng.choice(["stand", "tray", "shelf", "table"], p=[0.4, 0.22, 0.22, 0.16]))
        pose = scene.config.box_rest.copy()
        if place in ("tray", "shelf"):
            pose = box_on(place, pose)
            pose[:2] += rng.uniform(-0.015, 0.015, size=2)
        elif place == "table":
            point = [rng.uniform(0.3, 0.8), float(rng.choice([-1.0, 1.0])) * rng.uniform(0.16, 0.36)]
            pose = np.array([*point, 0.5 * BOX_HEIGHT_M, *yaw_quat(float(rng.uniform(-np.pi, np.pi)))])
        scene.box.carry(pose)

    def _carry_box(self, arm: int, tcp: np.ndarray) -> None:
        grasp = box_grasp(arm, float(self._scene.box.half_m[1]))
        self._scene.box.carry(compose(tcp, relative(grasp, np.array([0.0, 0.0, 0.0, *UPRIGHT]))))

    def _move(self, arm: int, aim: str, content: str) -> bool:
        """The arm to a place where what it will hold fits; false if it cannot get there."""
        scene, rng = self._scene, self._rng
        base = bases_in_world()[arm]
        if aim == "rest":
            return self._place(arm, compose(base, scene.config.starts_in_base[arm]))
        if content == "box" or aim in ("box", "tray", "shelf"):
            return self._place(arm, self._before_box(arm, aim, content))
        turn = quat_from_rotation_vector(np.append(rng.normal(0.0, 0.05, size=2), rng.uniform(-0.4, 0.4)))
        down = quat_multiply(base[3:], quat_multiply(turn, np.array([1.0, 0.0, 0.0, 0.0])))
        if aim == "air":
            return self._place(arm, np.append(rng.uniform([0.15, -0.3, 0.28], [0.85, 0.3, 0.6]), down))
        point = reference_point(scene, aim, arm)
        if aim in HOLES and content in ("round_peg", "square_peg") and rng.random() < 0.5:
            plate = scene.holes[aim]
            if content == "round_peg" or plate.config.form == "square":
                point[2] -= plate.config.hole_depth_m
                return not self._in_hole(aim) and self._place(arm, np.append(point, down))
        if aim == "board":
            point[:2] += rng.uniform(-0.07, 0.07, size=2)
            point[2] += 0.0 if content == "wiper" and rng.random() < 0.6 else rng.uniform(0.05, 0.12)
        elif aim == "rack":
            point = scene.config.slots[str(rng.choice(TOOLS))][:3] + np.array([0.0, 0.0, rng.uniform(0.03, 0.12)])
        else:
            point[:2] += rng.uniform(-0.01, 0.01, size=2)
            point[2] += rng.uniform(0.004, 0.09)
        return self._place(arm, np.append(point, down))

    def _before_box(self, arm: int, aim: str, content: str) -> np.ndarray:
        """(7,) of the TCP that holds the box over a place, or that is at the side of the box, the tray or the shelf."""
        scene, rng = self._scene, self._rng
        grasp, rest = box_grasp(arm, float(scene.box.half_m[1])), scene.config.box_rest
        place = box_on(aim, rest) if aim in ("tray", "shelf") else rest.copy()
        if aim == "box" and content != "box":
            place = scene.box.object_in_world.copy()
        side = 1.0 - 2.0 * arm
        if content == "box":
            place[2] += rng.uniform(0.0, 0.2)
            if aim not in ("tray", "shelf"):
                place[:2] += rng.uniform([-0.08, -0.05], [0.08, 0.05])
        else:
            place[1] += side * rng.uniform(0.01, 0.08)
        return compose(place, grasp)

    def _place(self, arm: int, tcp_in_world: np.ndarray) -> bool:
        body = self._bench.world.arms[arm]
        body.reset(relative(body.base_in_world, tcp_in_world))
        off = self._tcp(arm) - tcp_in_world
        return bool(np.linalg.norm(off[:3]) < REACHED_M)

    def _tcp(self, arm: int) -> np.ndarray:
        return self._bench.world.arms[arm].tcp_in_world()

    def _in_hole(self, hole: str) -> bool:
        x, y = self._scene.holes[hole].pose_in_base[:2]
        return any(np.hypot(t.pose[0] - x, t.pose[1] - y) < 0.03 for t in self._scene.tools.values())

    def _near_hole(self, tcp: np.ndarray) -> bool:
        return any(np.linalg.norm(plate.pose_in_base[:3] - tcp[:3]) < 0.003 for plate in self._scene.holes.values())

    def _box_on_tray(self) -> bool:
        tray = box_on("tray", self._scene.config.box_rest)
        return bool(np.linalg.norm(self._scene.box.object_in_world[:3] - tray[:3]) < 0.12)


CHANGES = (0.34, 0.2, 0.12, 0.1, 0.08, 0.05, 0.04, 0.07)
INK = (0.35, 0.25, 0.3, 0.1)
HOLDS = (0.3, 0.1, 0.18, 0.15, 0.15, 0.12)
LAID = (0.45, 0.22, 0.11, 0.14, 0.08)
