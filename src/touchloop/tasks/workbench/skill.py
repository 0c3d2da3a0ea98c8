"""What a skill is, and the hand with which scripted ones move an arm."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, quat_multiply, relative, rotation_vector, slerp
from touchloop.sim.observation import Observation
from touchloop.sim.workbench.coupler import Grip
from touchloop.sim.workbench.layout import DOWN
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.view import BASES, View

SPEED_M_S = 0.30
SLOW_M_S = 0.10
ACCELERATION_M_S2 = 1.2
TURNING_RAD_S = 1.6
LEASH_M = 0.065
"""A hand waits for its arm when it leads it by more than this; at full speed it leads by 40 mm."""
BLOCKED_S = 0.8
DARK_S = 0.8
ARRIVED_M, ARRIVED_RAD = 0.0015, np.radians(1.0)
SETTLING_S = 0.5
"""After this it has arrived anyway, ..."""
SHORT_M = 0.02
"""... unless it is this far away."""

Steps = Generator[None, None, None]
Goal = Callable[[], np.ndarray]


class GaveUp(Exception):
    """A skill cannot go on, and why."""


@dataclass(slots=True)
class SkillCommand:
    """What both arms are told for one tick; None: nothing new."""

    targets_in_base: list[np.ndarray | None] = field(default_factory=lambda: [None, None])
    grips: list[Grip | None] = field(default_factory=lambda: [None, None])


class Skill(Protocol):
    """One step of a program. ``start`` it, then ``step`` it each tick until it is done or has given up.

    Attributes:
        arms: numbers of the arms that it moves.
        phase: what it is doing, for people.
        done: it has come to its end; whether that did any good is for conditions to say.
        gave_up: why it stopped before; empty if it did not.
        turns: false: it does not turn to what it works on (a fault that is injected).
    """

    arms: tuple[int, ...]
    done: bool
    gave_up: str
    turns: bool

    @property
    def phase(self) -> str:
        """See above."""
        ...

    def start(self, view: View, observations: tuple[Observation, ...]) -> None:
        """Begins, from what is seen and felt now."""
        ...

    def step(self, view: View, observations: tuple[Observation, ...]) -> SkillCommand:
        """The command of one tick, from the last tick's observations."""
        ...


class Hand:
    """One arm in a scripted skill, in the world.

    Attributes:
        index: of the arm.
        nominal: (7,) where the TCP is told to be.
        grip: what the coupler is told.
        turns: false: it keeps the orientation of rest, whatever the goal's (a fault that is injected).
        speed_share: of the usual speed, at which it moves through free air.
        phase: for people.
    """

    def __init__(self, index: int, view: View, observations: tuple[Observation, ...]) -> None:
        self.index = index
        self.turns = True
        self.speed_share = 1.0
        self.grip: Grip | None = None
        self.phase = ""
        self.see(view, observations)
        self.nominal = self.tcp.copy()

    def see(self, view: View, observations: tuple[Observation, ...]) -> None:
        """Takes in a tick."""
        self.view = view
        self.observation = observations[self.index]
        self.tcp = compose(BASES[self.index], self.observation.tcp_in_base)

    @property
    def target_in_base(self) -> np.ndarray:
        """(7,)"""
        return relative(BASES[self.index], self.nominal)

    def go(self, goal: Goal, speed_m_s: float = SPEED_M_S, settle: bool = True) -> Steps:
        """Straight to a goal that may move.

        Raises:
            GaveUp: the arm does not follow, or it is dark.
        """
        since_s = stalled_s = dark_s = settling_s = 0.0
        while True:
            pose = self._possible(goal())
            way = pose[:3] - self.nominal[:3]
            distance = float(np.linalg.norm(way))
            turn = quat_multiply(pose[3:], quat_conjugate(self.nominal[3:]))
            angle = float(np.linalg.norm(rotation_vector(turn)))
            since_s += PERIOD_S
            leads = float(np.linalg.norm(self.nominal[:3] - self.tcp[:3])) > LEASH_M
            stalled_s = stalled_s + PERIOD_S if leads else 0.0
            dark_s = 0.0 if self.view.lit else dark_s + PERIOD_S
            if stalled_s > BLOCKED_S:
                raise GaveUp("blocked: the arm does not follow")
            if dark_s > DARK_S:
                raise GaveUp("dark: nothing is seen")
            if distance < 1e-6 and angle < 1e-6:
                settling_s += PERIOD_S
                if not settle or self._arrived():
                    return
                if settling_s > SETTLING_S:
                    if float(np.linalg.norm(self.nominal[:3] - self.tcp[:3])) > SHORT_M:
                        raise GaveUp("blocked: the arm does not get there")
                    return
            elif not leads:
                speed = min(self.speed_share * speed_m_s, ACCELERATION_M_S2 * since_s, 5.0 * distance + 0.01)
                step = min(speed * PERIOD_S, distance)
                # The turn ends when the way does, if the way is long enough for that.
                share = min(1.0, step / distance if distance > 1e-9 else 1.0)
                turned = min(angle, max(share * angle, 0.3 * PERIOD_S), TURNING_RAD_S * PERIOD_S)
                if distance > 0.0:
                    self.nominal[:3] += way * (step / distance)
                self.nominal[3:] = slerp(self.nominal[3:], pose[3:], turned / angle if angle > 1e-9 else 1.0)
            yield

    def wait(self, duration_s: float) -> Steps:
        """Stays where it is."""
        for _ in range(round(duration_s / PERIOD_S)):
            yield

    def _possible(self, pose: np.ndarray) -> np.ndarray:
        if self.turns:
            return pose
        return np.concatenate([pose[:3], quat_multiply(BASES[self.index][3:], DOWN)])

    def _arrived(self) -> bool:
        off = relative(self.nominal, self.tcp)
        return (
            float(np.linalg.norm(off[:3])) < ARRIVED_M and float(np.linalg.norm(rotation_vector(off[3:]))) < ARRIVED_RAD
        )


class ScriptedSkill:
    """A skill that is a generator of ticks over its hands.

    Args:
        arms: numbers of the arms.
        script: makes the generator.
        time_limit_s: after which it gives up.
    """

    def __init__(self, arms: tuple[int, ...], script: Callable[[list[Hand]], Steps], time_limit_s: float) -> None:
        self.arms = arms
        self.turns = True
        self.speed_share = 1.0
        self.done = False
        self.gave_up = ""
        self.hands: list[Hand] = []
        self._script = script
        self._left_s = time_limit_s

    @property
    def phase(self) -> str:
        """What it is doing."""
        return next((hand.phase for hand in self.hands if hand.phase), "")

    def start(self, view: View, observations: tuple[Observation, ...]) -> None:
        """See ``Skill``."""
        self.hands = [Hand(arm, view, observations) for arm in self.arms]
        for hand in self.hands:
            hand.turns, hand.speed_share = self.turns, self.speed_share
        self._left_s /= self.speed_share
        self._steps = self._script(self.hands)

    def step(self, view: View, observations: tuple[Observation, ...]) -> SkillCommand:
        """See ``Skill``."""
        for hand in self.hands:
            hand.see(view, observations)
        self._left_s -= PERIOD_S
        if not self.done and not self.gave_up:
            try:
                next(self._steps)
            except StopIteration:
                self.done = True
            except GaveUp as reason:
                self.gave_up = str(reason)
            if self._left_s <= 0.0 and not self.done:
                self.gave_up = self.gave_up or "time is over"
        command = SkillCommand()
        for hand in self.hands:
            # A hand that has nothing to do keeps its arm as it is.
            if hand.phase:
                command.targets_in_base[hand.index] = hand.target_in_base
                command.grips[hand.index] = hand.grip
        return command


def together(*parts: Steps) -> Steps:
    """Runs generators side by side until the last has ended."""
    running = list(parts)
    while running:
        for part in list(running):
            try:
                next(part)
            except StopIteration:
                running.remove(part)
        if running:
            yield
