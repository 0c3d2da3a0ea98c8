"""What is sent to the arm in each behaviour: the target, a hold, or a stop; always within the limits."""

from dataclasses import dataclass, field

import numpy as np

from touchloop.control.ladder import CONTACT_FORCE_N
from touchloop.control.standstill import Braking, Velocity, standstill_pose
from touchloop.geometry.pose import quat_from_rotation_vector, quat_multiply, rotate
from touchloop.safety.catch_up import CatchUp
from touchloop.safety.command_guard import MAX_TICKS, CommandGuard
from touchloop.safety.states import Behaviour

TOOL_AXIS = np.array([0.0, 0.0, 1.0])
STOPPING_NS = 400_000_000
"""After so long in a stop nothing is sent any more."""
RUN_ON_S = 0.05
"""In free air an arm goes on for so long at its speed while it brakes; friction on a surface stops it where it is."""
FOLLOW_NS, BRAKE_S = 100_000_000, 0.06
"""In free air the target follows the arm for so long, so much of its speed behind it: that brakes a spring arm."""
FRESH_NS = 30_000_000
"""A pose that is older than this is not followed."""
KNOWN_NS = 200_000_000
"""So long after its last usable pose, where the arm is is known well enough to stop it there."""


@dataclass(slots=True)
class Seen:
    """What is known at one look. Poses are (7,) in base, stamps of the measurements' clock."""

    now_ns: int = -1
    target_in_base: np.ndarray = field(default_factory=lambda: np.zeros(7))
    target_ns: int = -1
    target_is_new: bool = False
    planned: np.ndarray = field(default_factory=lambda: np.zeros(6))
    """(6,) planned wrench in the TCP frame."""
    planned_is_new: bool = False
    tcp_in_base: np.ndarray = field(default_factory=lambda: np.zeros(7))
    """The last usable one."""
    tcp_ns: int = -1
    twist: np.ndarray = field(default_factory=lambda: np.zeros(6))
    """(6,) of the TCP in base [m/s], [rad/s], the last usable one."""
    twist_ns: int = -1


class SafeMotion:
    """Turns a behaviour into the pose and the planned wrench that go on.

    Args:
        guard: keeps poses within the limits.
        period_ns: between two commands.
        most_force_n: greatest planned force that is passed on.

    Attributes:
        stamp_ns: of the last output; -1 while nothing was sent since motion was interrupted.
        pose: (7,) the last output in base.
        planned: (6,) the planned wrench that goes with it.
        limited: whether a limit held the last target back.
    """

    def __init__(self, guard: CommandGuard, period_ns: int, most_force_n: float) -> None:
        self._guard, self._period_ns, self._most_force_n = guard, period_ns, most_force_n
        self._behaviour = Behaviour.SILENT
        self._goal = np.zeros(7)
        self._velocity, self._braking = Velocity(), Braking(TOOL_AXIS)
        self._catch_up = CatchUp(TOOL_AXIS)
        self._tcp, self._tcp_ns, self._placed_ns = np.zeros(7), -1, -1
        self._placed_at_entry_ns = -1
        self._entered_ns, self._blind, self._pressing = -1, True, False
        self.stamp_ns, self.limited = -1, False
        self.pose, self.planned = guard.pose, np.zeros(6)

    def interrupt(self) -> None:
        """Time jumped: where the arm is, and what was sent to it before, says nothing about now."""
        self.stamp_ns = -1

    def step(self, behaviour: Behaviour, seen: Seen) -> bool:
        """Whether there is something to send: ``pose`` and ``planned``, stamped with ``stamp_ns``."""
        self._place(seen)
        entered = behaviour is not self._behaviour or self.stamp_ns < 0
        if behaviour is not Behaviour.SILENT and (self._behaviour is Behaviour.SILENT or self.stamp_ns < 0):
            self._begin(seen)
        if entered:
            self._enter(behaviour, seen)
        self._behaviour = behaviour
        if behaviour is Behaviour.SILENT or self.stamp_ns < 0:
            return False
        if behaviour is Behaviour.PASS:
            return self._pass_on(seen)
        ticks = min((seen.now_ns - self.stamp_ns) // self._period_ns, MAX_TICKS)
        if ticks < 1 or (behaviour is Behaviour.STOP and seen.now_ns - self._entered_ns > STOPPING_NS):
            return False
        if seen.now_ns - self._placed_ns <= FRESH_NS:
            seen_since = self._placed_ns > self._placed_at_entry_ns
            if seen_since and not self._pressing and seen.now_ns - self._entered_ns < FOLLOW_NS:
                self._follow()
            self._braking.step(self._goal, self._tcp, self._velocity.value, seen.now_ns)
        self.stamp_ns = max(self.stamp_ns + ticks * self._period_ns, seen.now_ns - self._period_ns)
        self.pose = self._guard.brake(ticks) if self._blind else self._guard.step(self._goal, ticks)
        return True

    def _place(self, seen: Seen) -> None:
        """Where the arm is; while its pose is lost, by its twist from where it was."""
        if seen.tcp_ns < 0:
            return
        if seen.tcp_ns != self._tcp_ns:
            self._tcp_ns = self._placed_ns = seen.tcp_ns
            self._tcp[:] = seen.tcp_in_base
            self._velocity.observe(seen.tcp_ns, seen.tcp_in_base[:3])
        elif 0 < seen.twist_ns - self._placed_ns <= KNOWN_NS:
            dt_s = 1e-9 * (seen.twist_ns - self._placed_ns)
            self._tcp[:3] += seen.twist[:3] * dt_s
            self._tcp[3:] = quat_multiply(quat_from_rotation_vector(seen.twist[3:] * dt_s), self._tcp[3:])
            self._velocity.value[:] = seen.twist[:3]
            self._placed_ns = seen.twist_ns

    def _begin(self, seen: Seen) -> None:
        """Motion begins where the arm is."""
        if seen.tcp_ns < 0:
            return
        self._guard.reset(seen.tcp_in_base)
        self.stamp_ns = seen.now_ns - self._period_ns

    def _enter(self, behaviour: Behaviour, seen: Seen) -> None:
        guard, tcp = self._guard, self._tcp
        age_ns = max(seen.now_ns - self._placed_ns, 0)
        self._placed_at_entry_ns = self._placed_ns
        self._entered_ns, self._blind = seen.now_ns, seen.tcp_ns < 0 or age_ns > KNOWN_NS
        if behaviour in (Behaviour.SILENT, Behaviour.PASS):
            self._catch_up.begin()
            return
        # Along the surface the target goes to where the arm comes to rest.
        goal, axis = standstill_pose(guard.pose, tcp, TOOL_AXIS, 0.0), rotate(guard.pose[3:], TOOL_AXIS)
        velocity = self._velocity.value
        self._pressing = abs(float(self.planned[2])) > CONTACT_FORCE_N
        run_on_s = 1e-9 * age_ns + (0.0 if self._pressing else RUN_ON_S)
        goal[:3] += run_on_s * (velocity - float(velocity @ axis) * axis)
        if behaviour is not Behaviour.HOLD:
            # Along the tool's axis too it goes back to the arm, so that it presses on nothing.
            goal[:3] += float((tcp[:3] - goal[:3]) @ axis) * axis
            goal[3:] = tcp[3:]
            self.planned[:] = 0.0
        self._goal = goal
        self._braking.begin(seen.now_ns)

    def _follow(self) -> None:
        """Along the surface the goal goes with the arm, behind it; along the tool's axis it stays."""
        axis = rotate(self._guard.pose[3:], TOOL_AXIS)
        way = self._tcp[:3] - BRAKE_S * self._velocity.value - self._goal[:3]
        self._goal[:3] += way - float(way @ axis) * axis

    def _pass_on(self, seen: Seen) -> bool:
        ticks = round((seen.target_ns - self.stamp_ns) / self._period_ns)
        if not seen.target_is_new or ticks < 1:
            return False
        if seen.planned_is_new:
            np.clip(seen.planned, -self._most_force_n, self._most_force_n, out=self.planned)
        dt_s = ticks * self._period_ns * 1e-9
        goal = self._catch_up.step(seen.target_in_base, self._guard.pose, self._tcp, self._velocity.value, dt_s)
        self.pose = self._guard.step(goal, ticks)
        self.limited = not self._guard.passed
        self.stamp_ns = seen.target_ns
        return True
