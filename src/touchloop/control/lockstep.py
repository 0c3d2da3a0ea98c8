"""Order of events in lock-step: when a control tick is complete, and which plan is due."""

from dataclasses import dataclass

import numpy as np

from touchloop.policy.plan import LatentPlan


@dataclass(frozen=True, slots=True)
class LockstepRates:
    """The fixed times of lock-step; all whole multiples of the tick."""

    period_ns: int = 4_000_000
    tactile_period_ns: int = 20_000_000
    plan_period_ns: int = 500_000_000
    plan_latency_ns: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Tick:
    """Everything that one control tick needs."""

    stamp_ns: int
    wrench: np.ndarray
    tcp_in_base: np.ndarray
    markers: np.ndarray | None
    """None on ticks without a new sample."""
    plan: LatentPlan | None
    """To be taken into use before the step."""
    new_episode: bool
    """Reset the controller first; the tool is in free air."""
    unknown_past: bool
    """Reset the controller first; it starts in mid-episode and the tool may touch something."""


class LockstepOrder:
    """``add_*`` what arrives, in any order; ``next_tick`` gives each tick once, as soon as it is complete."""

    def __init__(self, rates: LockstepRates) -> None:
        self._rates = rates
        self.waits_for = ""
        """What the next tick lacks; for messages to people."""
        self._clear()

    def _clear(self) -> None:
        self._wrench: dict[int, np.ndarray] = {}
        self._tcp: dict[int, np.ndarray] = {}
        self._markers: dict[int, np.ndarray] = {}
        self._plans: dict[int, LatentPlan] = {}
        self._starts: list[int] = []
        self._last_ns = -1
        self._start_ns = -1
        self._plan_ns = -1

    def add_wrench(self, stamp_ns: int, wrench: np.ndarray) -> None:
        """A wrench (6,)."""
        self._wrench[stamp_ns] = wrench

    def add_tcp_pose(self, stamp_ns: int, tcp_in_base: np.ndarray) -> None:
        """A pose (7,)."""
        self._tcp[stamp_ns] = tcp_in_base

    def add_markers(self, stamp_ns: int, displacements: np.ndarray) -> None:
        """Marker displacements (63, 2)."""
        self._markers[stamp_ns] = displacements

    def add_plan(self, plan: LatentPlan) -> None:
        """A plan."""
        self._plans[plan.stamp_ns] = plan

    def add_episode(self, start_ns: int) -> None:
        """An episode begins at this stamp; one before the last episode means that the world was started again."""
        if start_ns < self._start_ns:
            self._clear()
        self._starts.append(start_ns)

    def next_tick(self) -> Tick | None:
        """The next complete tick, or None while something is missing."""
        waiting = [stamp for stamp in self._tcp if stamp > self._last_ns]
        if not waiting:
            self.waits_for = "tcp_pose"
            return None
        stamp_ns = min(waiting)
        if stamp_ns not in self._wrench:
            self.waits_for = "wrench"
            return None
        start_ns = self._start_of(stamp_ns)
        if start_ns is None:
            self.waits_for = "episode"
            return None
        if self._is_tactile(stamp_ns, start_ns) and stamp_ns not in self._markers:
            self.waits_for = "tactile/markers"
            return None
        new_episode = stamp_ns == start_ns
        unknown_past = self._last_ns < 0 and not new_episode
        if new_episode or unknown_past:
            self._start_ns = start_ns
            self._plan_ns = self._first_plan_ns(stamp_ns)
        plan = None
        if stamp_ns >= self._plan_ns + self._rates.plan_latency_ns:
            plan = self._plans.get(self._plan_ns)
            if plan is None:
                self.waits_for = f"the plan of {self._plan_ns * 1e-9:.3f} s"
                return None
            self._plan_ns += self._rates.plan_period_ns
        tick = Tick(
            stamp_ns,
            self._wrench[stamp_ns],
            self._tcp[stamp_ns],
            self._markers.get(stamp_ns),
            plan,
            new_episode,
            unknown_past,
        )
        self._forget(stamp_ns, self._plan_ns)
        return tick

    def _start_of(self, stamp_ns: int) -> int | None:
        """The episode that a tick belongs to; a tick that does not follow the last one begins an episode."""
        follows = stamp_ns == self._last_ns + self._rates.period_ns
        if follows:
            return self._start_ns
        known = [start for start in self._starts if start <= stamp_ns]
        if not known or (self._last_ns >= 0 and max(known) != stamp_ns):
            return None
        return max(known)

    def _is_tactile(self, stamp_ns: int, start_ns: int) -> bool:
        return (stamp_ns - start_ns) % self._rates.tactile_period_ns == 0

    def _first_plan_ns(self, stamp_ns: int) -> int:
        period_ns = self._rates.plan_period_ns
        passed = -((self._start_ns - stamp_ns) // period_ns)
        return self._start_ns + max(passed, 1) * period_ns

    def _forget(self, stamp_ns: int, plan_ns: int) -> None:
        self._last_ns = stamp_ns
        for samples in (self._wrench, self._tcp, self._markers):
            for old in [stamp for stamp in samples if stamp <= stamp_ns]:
                del samples[old]
        for old in [stamp for stamp in self._plans if stamp < plan_ns]:
            del self._plans[old]
        self._starts = [start for start in self._starts if start >= self._start_ns]
