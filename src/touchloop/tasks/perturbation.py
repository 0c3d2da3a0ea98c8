"""Disturbances with stated magnitudes: the object is moved before or after contact, an arm is pushed."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from touchloop.errors import InputError
from touchloop.sim.scene import Disturbance

PerturbationKind = Literal["none", "before", "after", "push", "both"]
"""Nothing; the object is moved just before contact; after contact; the arm is pushed; the last two together."""
ALIASES = {"board": "after"}
"""Older names."""
NAMES = (*get_args(PerturbationKind), *ALIASES)
"""All that people may write."""
BEFORE_NEAR_S = (0.0, 0.3)
"""When the object moves before contact, since the tool is near."""
FIRST_AFTER_CONTACT_S = (0.4, 1.4)
SECOND_AFTER_CONTACT_S = (2.0, 3.0)
PUSH_RAMP_S = 0.05


@dataclass(frozen=True, slots=True)
class Bounds:
    """A random vector: each component's size is uniform between ``least`` and ``most``, its sign is random."""

    least: tuple[float, float, float]
    most: tuple[float, float, float]

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """(3,)"""
        return rng.uniform(self.least, self.most) * rng.choice([-1.0, 1.0], size=3)


@dataclass(frozen=True, slots=True)
class Magnitudes:
    """How hard a task is disturbed, in the world's axes."""

    before_shift_m: Bounds
    """The object moves once by this."""
    after_shift_m: Bounds | None
    """The object moves twice by this after first contact; None for objects that are free to move."""
    after_push_n: Bounds | None = None
    """Such an object is pushed twice with this instead."""
    arm_push_n: Bounds = field(default_factory=lambda: Bounds((0.0, 0.0, 0.0), (5.0, 5.0, 10.0)))
    """Every arm's flange is pushed twice with this."""
    shift_duration_s: float = 0.3
    push_duration_s: float = 0.4
    first_s: tuple[float, float] = FIRST_AFTER_CONTACT_S
    """When each of the two begins, since first contact."""
    second_s: tuple[float, float] = SECOND_AFTER_CONTACT_S


@dataclass(frozen=True, slots=True)
class ObjectShift:
    """The object glides by ``displacement_in_world`` (3,) [m] and stays there."""

    start_s: float
    displacement_in_world: np.ndarray
    duration_s: float

    def displacement_at(self, time_s: float) -> np.ndarray:
        """(3,) half a cosine from rest to rest."""
        share = min(max((time_s - self.start_s) / self.duration_s, 0.0), 1.0)
        return self.displacement_in_world * (0.5 - 0.5 * np.cos(np.pi * share))


@dataclass(frozen=True, slots=True)
class Push:
    """A force (3,) [N] with short ramps, on the arms' flanges or on the object."""

    start_s: float
    force_in_world: np.ndarray
    duration_s: float
    on_object: bool = False

    def force_at(self, time_s: float) -> np.ndarray:
        """(3,) [N]"""
        since, left = time_s - self.start_s, self.start_s + self.duration_s - time_s
        return self.force_in_world * min(max(min(since, left) / PUSH_RAMP_S, 0.0), 1.0)


Event = ObjectShift | Push


def checked_kind(kind: str) -> PerturbationKind:
    """The kind, or an error that lists the valid ones."""
    kind = ALIASES.get(kind, kind)
    for valid in get_args(PerturbationKind):
        if kind == valid:
            return valid
    raise InputError(f"perturbation '{kind}': expected one of {', '.join(get_args(PerturbationKind))}")


class PerturbationSchedule:
    """What is to act on the cell. ``add`` puts in an event by hand at any time."""

    def __init__(self, kind: PerturbationKind, magnitudes: Magnitudes, rng: np.random.Generator) -> None:
        m = magnitudes
        near_at, shift = rng.uniform(*BEFORE_NEAR_S), m.before_shift_m.draw(rng)
        self._before: list[Event] = [ObjectShift(float(near_at), shift, m.shift_duration_s)] if kind == "before" else []
        self._after: list[Event] = []
        for bounds in (m.first_s, m.second_s):
            object_at, arm_at = (float(at) for at in rng.uniform(*bounds, size=2))
            on_object = (m.after_shift_m or m.after_push_n or m.before_shift_m).draw(rng)
            on_arm = m.arm_push_n.draw(rng)
            if kind in ("after", "both"):
                self._after.append(
                    ObjectShift(object_at, on_object, m.shift_duration_s)
                    if m.after_shift_m is not None
                    else Push(object_at, on_object, m.push_duration_s, on_object=True)
                )
            if kind in ("push", "both"):
                self._after.append(Push(arm_at, on_arm, m.push_duration_s))
        self._by_hand: list[Event] = []

    def add(self, event: Event) -> None:
        """Adds an event whose ``start_s`` counts from the episode's start."""
        self._by_hand.append(event)

    def at(self, time_s: float, since_near_s: float | None, since_contact_s: float | None) -> Disturbance:
        """The disturbance now; times since the episode's start, since the tool was near and since first contact."""
        disturbance = Disturbance()
        for event, now in self._timed(time_s, since_near_s, since_contact_s):
            if isinstance(event, ObjectShift):
                disturbance.object_displacement_in_world[:] += event.displacement_at(now)
            elif event.on_object:
                disturbance.object_push_in_world[:] += event.force_at(now)
            else:
                disturbance.arm_push_in_world[:] += event.force_at(now)
        return disturbance

    def acting(self, time_s: float, since_near_s: float | None, since_contact_s: float | None) -> str:
        """Name of what acts right now: object, arm, both, or empty."""
        names = set()
        for event, now in self._timed(time_s, since_near_s, since_contact_s):
            if event.start_s <= now <= event.start_s + event.duration_s:
                names.add("object" if isinstance(event, ObjectShift) or event.on_object else "arm")
        return "both" if len(names) == 2 else "".join(names)

    def _timed(
        self, time_s: float, since_near_s: float | None, since_contact_s: float | None
    ) -> list[tuple[Event, float]]:
        clocks = ((self._by_hand, time_s), (self._before, since_near_s), (self._after, since_contact_s))
        return [(event, now) for events, now in clocks if now is not None for event in events]
