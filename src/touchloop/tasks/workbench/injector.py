"""Makes a failure happen: physically, or in a skill's parameters as it runs; monitors' inputs are never touched."""

from collections.abc import Mapping, Sequence

import numpy as np

from touchloop.sim.board import stroke_ink
from touchloop.sim.workbench.coupler import Coupler
from touchloop.sim.workbench.layout import ARMS, BOX_PLACES, HOLES, TOOLS
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import Failure, FailureRecord, Step, checked_failure
from touchloop.tasks.workbench.skill import Skill
from touchloop.tasks.workbench.targets import reference_point
from touchloop.tasks.workbench.view import View

MISS_M: Mapping[str, tuple[float, float]] = {
    "grasp": (0.02, 0.035),
    "lift": (0.075, 0.09),
    "place": (0.042, 0.055),
    "insert": (0.045, 0.055),
}
MISS_OTHERWISE_M = (0.028, 0.04)
MISS_TURN_RAD = np.radians((25.0, 35.0))
CONTACT_N, BLOCKED_N = 0.8, 3.0
SLIP_AFTER_S, LOST_AFTER_S, DARK_AFTER_S = (0.8, 1.8), (0.15, 0.6), (0.3, 1.5)
"""Since the step began, since its tool first touched, since the step began."""
BOX_SLIP_AFTER_S = (0.15, 0.6)
MOVED_AFTER_S = (0.3, 0.9)
"""Since the step ended."""
OBSTACLE_STAYS_S = 1.0
"""After the step has ended."""
TABLE_XY_M = (0.57, 0.17)
"""Where a peg is put that is taken out of its hole, or its mirror image."""


class Injector:
    """One failure of one run; it happens once, in the first attempt at its step.

    Args:
        bench: where.
        failure: what; None for nothing.
        program: all steps, checked.
        seed: draws when and how much.

    Attributes:
        record: ground truth, once it has happened.
    """

    def __init__(self, bench: Workbench, failure: Failure | None, program: Sequence[Step], seed: int) -> None:
        self._bench, self._program = bench, program
        self._failure = None if failure is None else checked_failure(failure, program)
        self._rng = np.random.default_rng([seed, 13])
        self.record: FailureRecord | None = None
        self._started = self._swapped = self._running = False
        self._since_s = 0.0
        self._ended_s: float | None = None
        self._contact_s: float | None = None
        draws = self._rng.uniform(size=3)
        self._when, self._much, angle = float(draws[0]), float(draws[1]), float(2.0 * np.pi * draws[2])
        self._sign = 1.0 if self._rng.random() < 0.5 else -1.0
        self._direction = np.array([np.cos(angle), np.sin(angle), 0.0])
        self._other = int(self._rng.integers(1_000))

    def call(self, step: int, name: str, args: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
        """What is really run for a step of the program."""
        failure = self._failure
        if failure is None:
            return name, args
        if failure.mode == "wrong_order":
            if step == failure.step and not self._started:
                return self._program[step + 1]
            if step == failure.step + 1 and not self._swapped:
                self._swapped = True
                return self._program[failure.step]
        if failure.mode == "wrong_object" and step == failure.step and not self._started:
            return name, self._with_other(name, args)
        return name, args

    def begin(self, step: int, skill: Skill) -> None:
        """A skill is about to start, whether the last one came to its end or not."""
        if self._running:
            self._end()
        self._running = self._failure is not None and step == self._failure.step and not self._started
        if not self._running or self._failure is None:
            return
        self._started, self._since_s = True, 0.0
        name, args = self._program[step]
        match self._failure.mode:
            case "no_grasp":
                self._coupler.jammed = True
            case "no_rotation":
                skill.turns = False
            case "wrong_order":
                self._happen(f"{self._program[step + 1][0]} before {name}")
            case "blocked":
                arm = self._arm
                self._bench.scene.obstacle = reference_point(self._bench.scene, _subject(name, args), arm)
                if name == "place" and args["object"] != "box":
                    config = self._bench.scene.config
                    spot = config.tray_spot(args["object"], arm) if args["target"] == "tray" else None
                    self._bench.scene.obstacle = (config.slots[args["object"]] if spot is None else spot)[:3].copy()
            case _:
                pass

    def view(self, view: View) -> View:
        """What the skill is made to see."""
        if not self._running or self._failure is None or self._failure.mode not in ("translation", "rotation"):
            return view
        name, args = self._program[self._failure.step]
        subject = _subject(name, args)
        if self._failure.mode == "rotation":
            return view.displaced(subject, np.zeros(3), self._sign * self._between(MISS_TURN_RAD))
        # The stroke and the palms are missed across, not along.
        direction = np.array([self._sign, 0.0, 0.0]) if name in ("wipe", "lift") else self._direction
        return view.displaced(subject, self._between(MISS_M.get(name, MISS_OTHERWISE_M)) * direction, 0.0)

    def after_tick(self, step: int, skill: Skill | None, done: bool) -> None:
        """Watches what becomes fact, and lets happen what has its time."""
        failure, bench = self._failure, self._bench
        if failure is None or not self._started:
            return
        if self._running and step == failure.step and skill is not None:
            self._since_s += PERIOD_S
            self._during(failure, skill, done)
            if done:
                self._end()
                if self.record is None and failure.mode != "moved_after_success":
                    self._late(failure)
        elif self._ended_s is not None:
            since_s = bench.time_s - self._ended_s
            if failure.mode == "blocked" and since_s > OBSTACLE_STAYS_S:
                bench.scene.obstacle = None
            undone = failure.mode == "moved_after_success" and self.record is None
            if undone and since_s > self._between(MOVED_AFTER_S, self._when):
                self._happen(self._undo(failure))

    def _during(self, failure: Failure, skill: Skill, done: bool) -> None:
        if self.record is not None:
            return
        name, args = self._program[failure.step]
        contact = self._touching(skill.arms)
        if contact and self._contact_s is None:
            self._contact_s = self._since_s
        match failure.mode:
            case "slip":
                # The box has a short way.
                after_s = BOX_SLIP_AFTER_S if args.get("object") == "box" else SLIP_AFTER_S
                if self._since_s > self._between(after_s, self._when) or done:
                    self._drop("slipped")
            case "lost_tool":
                touched_s = self._contact_s
                if done or (
                    touched_s is not None and self._since_s - touched_s > self._between(LOST_AFTER_S, self._when)
                ):
                    self._drop("was lost")
            case "lights_out":
                if self._since_s > self._between(DARK_AFTER_S, self._when):
                    self._dark()
            case "blocked":
                if self._bench.scene.obstacle_force_n > BLOCKED_N:
                    self._happen(f"something is in the way of {name}")
            case "no_grasp" | "translation" | "rotation" | "no_rotation" | "wrong_object":
                coupler = self._coupler
                closed = name == "grasp" and coupler.closed
                opened = name == "place" and coupler.grip == "open" and skill.phase in ("open", "draw back")
                if closed or opened or (name not in ("grasp", "place") and contact):
                    self._happen(f"{failure.mode} in {name} of {args.get('object', '')}")
            case _:
                pass

    def _end(self) -> None:
        """The failure's step is over: what was wrong with the arm is right again."""
        self._running, self._ended_s = False, self._bench.time_s
        self._coupler.jammed = self._bench.scene.slippery = False

    def _late(self, failure: Failure) -> None:
        """The step has ended before its failure showed: then this is when it is fact."""
        if failure.mode == "lights_out":
            self._dark()
        else:
            self._happen(f"{failure.mode}: the step ended without its effect")

    def _dark(self) -> None:
        self._bench.light(False)
        self._happen("the light went out")

    def _drop(self, verb: str) -> None:
        lost = self._bench.scene.drop(self._arm)
        if lost is None and self._coupler.grip == "open":
            self._bench.scene.slippery, lost = True, "box"
        self._happen(f"{lost} {verb}" if lost is not None else "nothing was held any more")

    def _undo(self, failure: Failure) -> str:
        """Takes back what the step achieved."""
        scene = self._bench.scene
        name, args = self._program[failure.step]
        subject = args.get("object", "")
        match name:
            case "press":
                scene.panel.toggles += 1
            case "wipe":
                scene.board.ink[:] = stroke_ink(scene.board.config)
            case "lift":
                scene.put("box", scene.config.box_rest)
            case "place" if subject == "box":
                pose = scene.box.object_in_world.copy()
                pose[1] += self._sign * (0.045 + 0.01 * self._much)
                pose[2] += 0.004
                scene.put("box", pose)
            case "place":
                pose = scene.tools[subject].pose.copy()
                pose[1] -= (0.09 if args["target"] == "rack" else 0.11) * float(np.sign(scene.config.rack[1]))
                scene.put(subject, pose)
            case _:
                pose = scene.tools[subject].pose.copy()
                pose[:3] = TABLE_XY_M[0], self._sign * TABLE_XY_M[1], 0.05
                scene.put(subject, pose)
        return f"{name} of {subject} was undone"

    def _happen(self, detail: str) -> None:
        if self._failure is not None and self.record is None:
            name = self._program[self._failure.step][0]
            self.record = FailureRecord(self._failure.mode, self._failure.step, name, self._bench.time_s, detail)

    def _with_other(self, name: str, args: Mapping[str, str]) -> Mapping[str, str]:
        key, choices = {"grasp": ("object", TOOLS), "insert": ("target", HOLES), "place": ("target", BOX_PLACES)}[name]
        others = [choice for choice in choices if choice != args[key]]
        return {**args, key: others[self._other % len(others)]}

    def _touching(self, arms: tuple[int, ...]) -> bool:
        contacts = [self._bench.world.contacts[arm] for arm in arms]
        return any(contact is not None and contact.force_n > CONTACT_N for contact in contacts)

    def _between(self, bounds: Sequence[float] | np.ndarray, share: float | None = None) -> float:
        least, most = (float(v) for v in bounds)
        return least + (most - least) * (self._much if share is None else share)

    @property
    def _arm(self) -> int:
        args = {} if self._failure is None else self._program[self._failure.step][1]
        return ARMS.index(args.get("arm", ARMS[0]))

    @property
    def _coupler(self) -> Coupler:
        return self._bench.scene.couplers[self._arm]


def _subject(name: str, args: Mapping[str, str]) -> str:
    """The object or target that a skill aims at."""
    if name == "insert":
        return args["target"]
    if name == "place":
        return args["target"]
    return args["object"]
