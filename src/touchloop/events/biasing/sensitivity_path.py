"""The order in which biases give way: one path from a camera's most sensitive setting to its least sensitive one.

Down the path, events are first lost where they were gained by leaving the start values, then by higher thresholds,
which keep the picture's structure, then by less bandwidth, which blurs it, and last by a longer refractory time, which
takes the contrast away. Up is the same way back.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from touchloop.events.biasing.actuator import Actuator
from touchloop.events.sensors.camera import CameraModel

ORDER = (
    ("refractory", 1),
    ("follower", 1),
    ("thresholds", 1),
    ("high_pass", 1),
    ("thresholds", -1),
    ("follower", -1),
    ("high_pass", -1),
    ("refractory", -1),
)
"""What gives way, and on which side of its start value (1: more sensitive than it), most sensitive first."""
GROUPS = {
    "thresholds": ("on_threshold", "off_threshold"),
    "follower": ("follower",),
    "high_pass": ("high_pass",),
    "refractory": ("refractory",),
}
"""The photoreceptor's bias stays: less of it adds noise and saves no events that the follower does not save."""
REACH_E_FOLDS = {
    ("thresholds", -1): 4.6,
    ("thresholds", 1): 1.6,
    ("follower", -1): 3.3,
    ("follower", 1): 2.5,
    ("refractory", -1): 7.0,
    ("refractory", 1): 1.0,
}
"""How far a current goes from its start value. Beyond, thresholds come near the comparator's own switching point,
and a short refractory time leaves changes unreset, so that one change makes many events."""
FIRST_GAIN_PER_E_FOLD = {
    ("thresholds", -1): 0.35,
    ("thresholds", 1): 0.7,
    ("follower", -1): 0.6,
    ("follower", 1): 0.6,
    ("refractory", -1): 0.3,
    ("refractory", 1): 0.6,
}
FIRST_GAIN_OF_RANGE = {"thresholds": 1.0, "follower": 0.7, "high_pass": 2.0, "refractory": 1.0}
"""First guesses of what a side is worth in the logarithm of the rate; the controller measures them as it goes."""
REACH_OF_RANGE = {("refractory", 1): 0.5}
"""Share of the driver's range above the start value: the upper half of refractory ranges is where rates explode."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One group of actuators on one side of their start values.

    Attributes:
        key: name, as ``thresholds-``.
        actuators: moved together, by as much each.
        low: lowest sensitivity (position with the sign of the rate), 0 on the upper side.
        high: highest.
        gain: first guess of the rise of ln(rate) with each unit.
    """

    key: str
    actuators: tuple[Actuator, ...]
    low: float
    high: float
    gain: float


@dataclass(frozen=True, slots=True)
class Move:
    """A walk along the path.

    Attributes:
        values: driver parameters after it.
        parts: segment -> how far, in first-guess units of ln(rate).
        predicted: change of ln(rate) with the gains known now.
    """

    values: dict[str, int]
    parts: Mapping[str, float]
    predicted: float


def sensitivity(actuator: Actuator, values: Mapping[str, int]) -> float:
    """Position of a bias, counted so that more means more events; 0 at its start value."""
    return actuator.bias.rate_sign * actuator.position(values)


def segments_of(camera: CameraModel, names: Collection[str], stuck: Collection[str] = ()) -> tuple[Segment, ...]:
    """The path with what can be moved, most sensitive first.

    Args:
        camera: which one.
        names: parameters that the driver has.
        stuck: names of biases that do not move.
    """
    return _segments(camera, frozenset(names), frozenset(stuck))


@lru_cache(maxsize=64)
def _segments(camera: CameraModel, names: frozenset[str], stuck: frozenset[str]) -> tuple[Segment, ...]:
    segments = []
    for group, side in ORDER:
        actuators = tuple(
            Actuator(bias)
            for bias in camera.biases
            if bias.role in GROUPS[group] and bias.name not in stuck and names >= set(bias.limits())
        )
        if not actuators:
            continue
        reach = min(_reach(actuator, group, side) for actuator in actuators)
        if reach <= 0.0:
            continue
        low, high = (0.0, reach) if side > 0 else (-reach, 0.0)
        by_current = actuators[0].bias.coarse_fine
        gain = FIRST_GAIN_PER_E_FOLD[group, side] if by_current else FIRST_GAIN_OF_RANGE[group] / reach
        segments.append(Segment(f"{group}{'+' if side > 0 else '-'}", actuators, low, high, gain))
    return tuple(segments)


def place(segments: tuple[Segment, ...], values: Mapping[str, int]) -> float:
    """Where these values lie on the path, in first-guess units of ln(rate); 0 at the start values."""
    total = 0.0
    for segment in segments:
        parts = [min(max(sensitivity(a, values), segment.low), segment.high) for a in segment.actuators]
        total += segment.gain * sum(parts) / len(parts)
    return total


def walk(
    segments: tuple[Segment, ...],
    values: Mapping[str, int],
    wanted: float,
    slopes: Mapping[str, float],
    most_beyond: float = math.inf,
) -> Move:
    """Go along the path until ln(rate) should have changed by so much, or the path ends.

    Args:
        segments: the path.
        values: where to start; all parameters of the segments.
        wanted: change of ln(rate), negative for fewer events.
        slopes: segment -> true gain over first guess; 1 where absent.
        most_beyond: what of a rise may come from beyond the start values.
    """
    up = wanted > 0.0
    left = abs(wanted)
    now = {a.bias.name: sensitivity(a, values) for segment in segments for a in segment.actuators}
    moved: dict[str, Actuator] = {}
    parts: dict[str, float] = {}
    for segment in reversed(segments) if up else segments:
        if left <= 1e-9:
            break
        slope = slopes.get(segment.key, 1.0)
        if up and segment.high > 0.0:
            left = min(left, most_beyond)
        rooms = (segment.high - now[a.bias.name] if up else now[a.bias.name] - segment.low for a in segment.actuators)
        units = min(max(min(rooms), 0.0), left / (segment.gain * slope))
        if units <= 0.0:
            continue
        left -= units * segment.gain * slope
        parts[segment.key] = segment.gain * (units if up else -units)
        for actuator in segment.actuators:
            now[actuator.bias.name] += units if up else -units
            moved[actuator.bias.name] = actuator
    target: dict[str, int] = {}
    for name, actuator in moved.items():
        target |= actuator.values_at(actuator.bias.rate_sign * now[name], values)
    predicted = sum(slopes.get(key, 1.0) * part for key, part in parts.items())
    return Move(target, parts, predicted)


def _reach(actuator: Actuator, group: str, side: int) -> float:
    """How far a bias may go on one side."""
    low, high = actuator.limits
    rises = (actuator.bias.rate_sign > 0) == (side > 0)
    room = high if rises else -low
    if actuator.bias.coarse_fine:
        return min(room, REACH_E_FOLDS[group, side])
    return room * REACH_OF_RANGE.get((group, side), 1.0)
