"""The bench as a scene: the tasks' own contact models on one table, tools that change hands, and faults."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, relative, rotate
from touchloop.sim.appearance import TABLE_CENTRE_M, TABLE_SIZE_M
from touchloop.sim.arm import Arm
from touchloop.sim.board import BOARD_SIZE_M, Board
from touchloop.sim.bullet import pybullet
from touchloop.sim.contact import Contact
from touchloop.sim.fragile_box import FragileBox
from touchloop.sim.hole_contact import HARD_DEPTH_M, PEG_HALF_WIDTH_M, Form
from touchloop.sim.hole_plate import PLATE_SIZE_M, HolePlate
from touchloop.sim.scene import ArmMount, Decal, Disturbance, Shape
from touchloop.sim.switch_panel import PANEL_SIZE_M, SwitchPanel
from touchloop.sim.tool_arm import WorldArm
from touchloop.sim.workbench.coupler import Coupler, Grip, fits
from touchloop.sim.workbench.layout import (
    ARMS,
    BOX_PLACES,
    DOWN,
    HOLES,
    PLACE_SIZE_M,
    RACK_SIZE_M,
    RACK_Z_M,
    REST_IN_BASE,
    BenchConfig,
    bases_in_world,
    box_grasp,
    tilt_and_turn,
)
from touchloop.sim.workbench.look import (
    OBSTACLE_RADIUS_M,
    coupler_shapes,
    furniture,
    obstacle_shape,
    place_plate,
    tool_shapes,
)
from touchloop.sim.workbench.loose_tool import LooseTool
from touchloop.sim.workbench.soft_tip import SoftTip

OBSTACLE_STIFFNESS, OBSTACLE_DAMPING = 2500.0, 40.0
"""[N/m], [N s/m]"""
FORMS: dict[str, Form] = {"round_peg": "round", "square_peg": "square"}
IN_HOLE_M = 0.004
"""A peg deeper than this in a hole stays there when it is let go; it is at most this far beside the hole's axis, ..."""
BESIDE_AXIS_M = 0.004
ENTERS_RAD = np.radians(5.0)
"""A square peg that is turned by more than this does not slide into its hole."""
FLOOR_GIVES_M = 0.006
"""... and pressed into the hole's floor by no more than this."""


class BenchScene:
    """All objects of the bench and two arms with couplers.

    Args:
        config: the bench.

    Attributes:
        grips: what each coupler is told in the coming ticks; None: nothing new.
        couplers: of each arm.
        tools: by name.
        obstacle_force_n: with which it holds back the arms, in the last physics step.
        slippery: palms find no hold on the box.
        obstacle: (3,) in the world, middle of a ball that no tool can enter; None: there is none.
    """

    def __init__(self, config: BenchConfig) -> None:
        self.config = config
        bases = bases_in_world()
        self.mounts = tuple(
            ArmMount(start, name, base, tool="bare")
            for start, name, base in zip(config.starts_in_base, ARMS, bases, strict=True)
        )
        self.board = Board(config.board, REST_IN_BASE)
        self.holes = {name: HolePlate(config.holes[name], REST_IN_BASE) for name in HOLES}
        self.panel = SwitchPanel(config.panel, REST_IN_BASE)
        self.box = FragileBox(config.box, config.starts_in_base, bases)
        self.tools = {
            name: LooseTool(name, slot, config.roll_m[index]) for index, (name, slot) in enumerate(config.slots.items())
        }
        self.couplers = (Coupler(), Coupler())
        self.grips: list[Grip | None] = [None, None]
        self.obstacle: np.ndarray | None = None
        self.obstacle_force_n = 0.0
        self.slippery = False
        self._peg_arm: dict[str, int] = {}
        self._box_in_tcp: list[np.ndarray | None] = [None, None]
        self._contacts: list[Contact | None] = [None, None]
        self._box_contacts: tuple[Contact | None, ...] = (None, None)
        self._furniture = furniture(config)

    @property
    def object_in_world(self) -> np.ndarray:
        """(7,) the board's face, the largest object."""
        return self.board.pose_in_base

    def build(self, client: int, arms: Sequence[Arm]) -> None:
        """Makes table, tray, shelf and box; what tools touch is computed here."""
        self.client, self.arms = client, arms
        self._world_arms = tuple(WorldArm(arm) for arm in arms)
        self._tip = [SoftTip(self.board) for _ in arms]
        for plate in self.holes.values():
            plate.take_peg(None, plate.config.form)
        self.box.build(client, arms)
        self._static(TABLE_SIZE_M, np.array([*TABLE_CENTRE_M, 0.0, 0.0, 0.0, 1.0]))
        for place in BOX_PLACES:
            self._static(PLACE_SIZE_M, place_plate(self.config, place))

    def warm_up(self, dt: float) -> None:
        """Compiles what contact takes: a first touch would stop a bench in real time for seconds. Reset after it."""
        arm = self._world_arms[0]
        arm.refresh()
        tip = arm.tcp_before_step[:3] + np.array([0.0, 0.0, 0.002])
        for plate in self.holes.values():
            plate.take_peg(arm, plate.config.form)
            plate.pose_in_base[:3] = tip
            plate.act(dt)
            plate.touch(dt)
        self.panel.take_finger(arm)
        cap = self.panel.in_base(np.append(self.config.panel.cap_on_panel, 0.0))
        self.panel.stand_at(self.panel.pose_in_base[:3] + tip - cap)
        self.panel.act(dt)
        self.panel.touch(dt)
        self.board.pose_in_base[:3] = tip
        self._tip[0].act(arm, dt)

    def move(self, disturbance: Disturbance) -> None:
        """Couplers act on their commands; the box takes pushes. Objects are moved one by one, see ``put``."""
        self.box.move(replace(disturbance, object_displacement_in_world=np.zeros(3)))
        for index, coupler in enumerate(self.couplers):
            let_go = coupler.step(self.grips[index], 0.004, lambda arm=index: self._take(arm))
            if let_go is not None:
                self._let_go(index, let_go)
        self._assign()

    def act(self, dt: float) -> None:
        """All contacts of tools, palms and the obstacle; what is held is carried along."""
        for arm in self._world_arms:
            arm.refresh()
        self._carry_box()
        self.box.act(dt)
        for plate in self.holes.values():
            plate.act(dt)
        self.panel.act(dt)
        self.obstacle_force_n = 0.0
        for index, arm in enumerate(self._world_arms):
            held = self.couplers[index].holds
            self._contacts[index] = self._tip[index].act(arm, dt) if held == "wiper" else None
            if held in self.tools:
                arm.load_tool(np.array([0.0, 0.0, -9.81 * self.tools[held].mass_kg]), np.zeros(3))
            if self.obstacle is not None:
                self._block(index, arm, self.obstacle)

    def touch(self, dt: float) -> tuple[Contact | None, ...]:
        """What each arm's tool touches; wipes, and lets tools fall."""
        palms = self.box.touch(dt)
        touched = list(self._contacts)
        for index, contact in enumerate(touched):
            if self.couplers[index].holds == "wiper":
                self.board.wipe(contact, dt)
            for name, plate in self.holes.items():
                if self._peg_arm.get(name) == index:
                    (at_plate,) = plate.touch(dt)
                    touched[index] = touched[index] or at_plate
            if self._finger_arm == index:
                touched[index] = touched[index] or self.panel.touch(dt)[0]
        for tool in self.tools.values():
            self._follow(tool, dt)
        return tuple(
            palm if contact is None else self._in_base(index, contact)
            for index, (contact, palm) in enumerate(zip(touched, palms, strict=True))
        )

    def shapes(self) -> tuple[Shape, ...]:
        """Board, plates, switch, box, furniture, tools, couplers, obstacle."""
        holders = {coupler.holds: arm for arm, coupler in enumerate(self.couplers) if coupler.holds is not None}
        return (
            *self.board.shapes(),
            *(shape for plate in self.holes.values() for shape in plate.shapes()[:2]),
            *self.panel.shapes()[:4],
            *self.box.shapes()[:3],
            *self._furniture,
            *tool_shapes(self.config, list(self.tools.values()), holders),
            *coupler_shapes(self.couplers),
            obstacle_shape(self.obstacle),
        )

    def decals(self) -> tuple[Decal, ...]:
        """The ink; the board is the first shape."""
        return self.board.decals()

    def drop(self, arm: int) -> str | None:
        """An arm loses what it holds, though its coupler stays closed; returns what that was."""
        lost = self.couplers[arm].holds
        self.couplers[arm].holds = None
        if lost is not None:
            self._let_go(arm, lost, falls=True)
        return lost

    def put(self, name: str, pose: np.ndarray) -> None:
        """Someone takes the box or a tool away, out of a hand if need be, and lets it go at a pose (7,)."""
        for arm, coupler in enumerate(self.couplers):
            if coupler.holds == name:
                coupler.holds = None
                self._box_in_tcp[arm] = None
        if name == "box":
            self.box.carry(pose)
        else:
            self.tools[name].rest_at(pose)
            self.tools[name].state = "falling"

    def grasp_pose(self, name: str, arm: int) -> np.ndarray:
        """(7,) of the TCP in the world at which an arm's coupler takes the box or a tool."""
        if name == "box":
            return compose(self.box.object_in_world, box_grasp(arm, float(self.box.half_m[1])))
        return self.tools[name].pose

    def tcp(self, arm: int) -> np.ndarray:
        """(7,) in the world, where the last physics step began."""
        return self._world_arms[arm].tcp_before_step

    def _take(self, arm: int) -> str | None:
        tcp = self.arms[arm].tcp_in_world()
        for name, tool in self.tools.items():
            if tool.state != "held" and fits(tcp, tool.pose):
                tool.state = "held"
                return name
        if all(coupler.holds != "box" for coupler in self.couplers) and fits(tcp, self.grasp_pose("box", arm)):
            self._box_in_tcp[arm] = relative(tcp, self.box.object_in_world)
            return "box"
        return None

    def _let_go(self, arm: int, name: str, falls: bool = False) -> None:
        if name == "box":
            self._box_in_tcp[arm] = None
            return
        tool = self.tools[name]
        tool.let_go()
        if falls and tool.state == "parked":
            tool.state = "resting"

    def _assign(self) -> None:
        """Says which arm's tool each contact model looks at."""
        before, self._peg_arm = self._peg_arm, {}
        for name, plate in self.holes.items():
            for index, coupler in enumerate(self.couplers):
                if coupler.holds in FORMS and self._meets(index, plate, before.get(name) == index):
                    self._peg_arm[name] = index
                    plate.take_peg(self._world_arms[index], FORMS[coupler.holds])
            if name not in self._peg_arm:
                plate.take_peg(None, plate.config.form)
        over = [i for i in range(2) if np.abs(self.panel.on_panel(self._tcp_now(i)[:3])[:2]).max() < 0.09]
        self._finger_arm = next((i for i in over if self.couplers[i].grip == "close"), None)
        self.panel.take_finger(None if self._finger_arm is None else self._world_arms[self._finger_arm])
        self.box.palms[:] = [
            not self.slippery and coupler.grip == "open" and self.couplers[1 - index].holds != "box"
            for index, coupler in enumerate(self.couplers)
        ]

    def _meets(self, arm: int, plate: HolePlate, met: bool) -> bool:
        """Whether a peg's end can touch a plate.

        A peg that comes from beside, below the face, does not: the plate's model has no sides, and would throw it out.
        """
        x, y, z = plate.on_plate(self._tcp_now(arm)[:3])
        aside = max(abs(x), abs(y))
        over = aside < 0.5 * PLATE_SIZE_M[0] + PEG_HALF_WIDTH_M
        return over and (met or z > -HARD_DEPTH_M or aside < BESIDE_AXIS_M)

    def _tcp_now(self, arm: int) -> np.ndarray:
        return self._world_arms[arm].tcp_before_step

    def _carry_box(self) -> None:
        for index, box_in_tcp in enumerate(self._box_in_tcp):
            if box_in_tcp is not None and self.couplers[index].holds == "box":
                arm = self._world_arms[index]
                pose = compose(arm.tcp_before_step, box_in_tcp)
                self.box.carry(pose)
                weight = np.array([0.0, 0.0, -9.81 * self.config.box.mass_kg])
                arm.load_tool(weight, np.cross(pose[:3] - arm.tcp_before_step[:3], weight))

    def _block(self, index: int, arm: WorldArm, obstacle: np.ndarray) -> None:
        away = arm.tcp_before_step[:3] - obstacle
        distance = float(np.linalg.norm(away))
        if 1e-6 < distance < OBSTACLE_RADIUS_M:
            normal = away / distance
            speed = float(normal @ arm.twist_before_step[:3])
            size = max(OBSTACLE_STIFFNESS * (OBSTACLE_RADIUS_M - distance) - OBSTACLE_DAMPING * speed, 0.0)
            arm.load_tool(size * normal, np.zeros(3))
            self.obstacle_force_n += size
            self._contacts[index] = Contact(size, np.zeros(3), arm.tcp_before_step[:3], normal)

    def _follow(self, tool: LooseTool, dt: float) -> None:
        if tool.state == "falling":
            floor_m, rolls = self._floor(tool)
            tool.fall(floor_m, rolls, dt)
        elif tool.state == "held":
            for index, coupler in enumerate(self.couplers):
                if coupler.holds == tool.name:
                    tool.pose = self.arms[index].tcp_in_world()

    def _floor(self, tool: LooseTool) -> tuple[float, bool]:
        """Height on which a tool lands [m], and whether it rolls there."""
        point = tool.pose[:3]
        for plate in self.holes.values():
            x, y, z = plate.on_plate(point)
            in_hole = -plate.config.hole_depth_m - FLOOR_GIVES_M < z < -IN_HOLE_M
            if in_hole and max(abs(x), abs(y)) < BESIDE_AXIS_M and self._enters(tool, plate):
                return float(plate.in_base(np.array([x, y, -plate.config.hole_depth_m]))[2]), False
        faces = [(self.board.pose_in_base, BOARD_SIZE_M), (self.panel.pose_in_base, PANEL_SIZE_M)]
        faces += [(plate.pose_in_base, PLATE_SIZE_M) for plate in self.holes.values()]
        faces.append((self.config.rack, RACK_SIZE_M))
        for place in BOX_PLACES:
            top = place_plate(self.config, place)
            top[2] += 0.5 * PLACE_SIZE_M[2]
            faces.append((top, PLACE_SIZE_M))
        heights = [0.0]
        for pose, size in faces:
            x, y, z = relative(pose, np.concatenate([point, [0.0, 0.0, 0.0, 1.0]]))[:3]
            if abs(x) < 0.5 * size[0] and abs(y) < 0.5 * size[1] and z > -0.5 * RACK_Z_M:
                heights.append(float(pose[2]))
        return max(heights), True

    def _enters(self, tool: LooseTool, plate: HolePlate) -> bool:
        """Whether a tool's form and turn fit a hole."""
        if tool.name not in FORMS or FORMS[tool.name] == "round":
            return tool.name in FORMS
        upright = compose(tool.pose, np.array([0.0, 0.0, 0.0, *DOWN]))
        turn = tilt_and_turn(relative(plate.pose_in_base, upright), 0.5 * np.pi)[1]
        return plate.config.form == "square" and turn < ENTERS_RAD

    def _in_base(self, index: int, contact: Contact) -> Contact:
        base = self.arms[index].base_in_world
        back = quat_conjugate(base[3:])
        return Contact(
            contact.force_n,
            rotate(back, contact.friction_in_base),
            rotate(back, contact.position_in_base - base[:3]),
            rotate(back, contact.normal_in_base),
        )

    def _static(self, size: Sequence[float], pose: np.ndarray) -> None:
        shape = pybullet.createCollisionShape(
            pybullet.GEOM_BOX, halfExtents=[0.5 * s for s in size], physicsClientId=self.client
        )
        pybullet.createMultiBody(0.0, shape, -1, pose[:3].tolist(), pose[3:].tolist(), physicsClientId=self.client)
