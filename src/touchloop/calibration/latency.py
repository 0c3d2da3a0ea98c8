"""Delays between a small commanded step and its echo in each stream.

Two questions, two estimators. How far the arm lags behind what it is told, for a command that shall lead by as much, is
the delay of slow motion: for a linear system of unit gain the area between command and response of a step, divided by
its size. How old a stream is when it arrives is a shift in time of the same motion: the peak of the cross-correlation
of both velocities, with a parabola through it (Jacovitti and Scarano 1993).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from touchloop.calibration.streams import Stream
from touchloop.errors import InputError

COMMAND, ECHO = "command", "echo"
DERIVATIVES = {"tcp_twist": 1, "wrench": 2}
"""How often the position was differentiated: a twist is a velocity, inertia makes a wrench of the acceleration."""
GRID_S = 0.001
SMOOTH_S = 0.012
BEFORE_S, WINDOW_S, REST_S = 0.25, 1.5, 0.6
FIND_SMOOTH_S = 0.03
MOVING_SHARE, NOISE = 0.05, 7.0
"""Of the greatest speed, and times the median speed: faster than both is moving. An arm rests most of the time, and a
command that is made from measured joints is noisy meanwhile."""
JOIN_S = 0.15
LEAST_STEPS = 3
LARGEST_S = 0.4
LEAST_LIKENESS = 0.7
"""Correlation of a stream with the motion; below, the step is not seen in it."""


@dataclass(frozen=True, slots=True)
class Delay:
    """One stream's.

    Attributes:
        mean_s: over the steps.
        error_s: standard error of the mean.
        each_s: (steps,).
    """

    mean_s: float
    error_s: float
    each_s: np.ndarray


@dataclass(frozen=True, slots=True)
class Latencies:
    """``delays`` by name as in ``calibration.latency_s``; ``notes`` says which streams tell none, and why."""

    delays: dict[str, Delay]
    notes: tuple[str, ...]
    steps_s: tuple[float, ...]
    """When each step began."""


def measure_latencies(streams: Mapping[str, Stream]) -> Latencies:
    """The lag of the arm behind its command, and each stream's age on arrival.

    Args:
        streams: ``command``, what the driver is told; ``echo``, the same quantity as measured (joint positions, or the
            tip's position), with stamps; and others by their names.

    Raises:
        InputError: a stream is missing or has NaN, or too few steps are found or echoed.
    """
    for name in (COMMAND, ECHO):
        if name not in streams or len(streams[name].values) < 50:
            raise InputError(f"{name} has fewer than 50 messages; is its topic published, and the arm being moved?")
    for name, stream in streams.items():
        if not (np.isfinite(stream.values).all() and np.isfinite(stream.arrivals_s).all()):
            raise InputError(f"{name} has values that are not finite")
    if np.isnan(streams[ECHO].stamps_s).any():
        raise InputError("echo has messages without a stamp; the lag cannot be told")
    steps = _find_steps(streams[COMMAND])
    if len(steps) < LEAST_STEPS:
        raise InputError(
            f"{len(steps)} steps with a rest of {REST_S:g} s after them are in the command; "
            f"expected {LEAST_STEPS} or more"
        )
    command, echo = (_along(streams[name].values) for name in (COMMAND, ECHO))
    command_s, echo_s = streams[COMMAND].arrivals_s, streams[ECHO].stamps_s
    lags = [_lag_s(command_s, command, echo_s, echo, window) for window in steps]
    echoed = [(lag, window) for lag, window in zip(lags, steps, strict=True) if lag is not None]
    if len(echoed) < LEAST_STEPS:
        raise InputError(f"the arm followed {len(echoed)} of {len(steps)} steps; expected {LEAST_STEPS} or more")
    windows = [window for _, window in echoed]
    delays, notes = {COMMAND: _delay([lag for lag, _ in echoed])}, []
    for name, stream in streams.items():
        if name in (COMMAND, ECHO) or not len(stream.values):
            continue
        found = _shifts_s(echo_s, echo, stream, DERIVATIVES.get(name, 0), windows)
        if len(found) < LEAST_STEPS:
            notes.append(f"{name}: the step is seen in {len(found)} of {len(windows)} cases; no latency is told")
        else:
            delays[name] = _delay(found)
    return Latencies(delays, tuple(notes), tuple(start for start, _ in windows))


def _delay(values: Sequence[float]) -> Delay:
    each = np.array(values)
    return Delay(float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))), each)


def _along(values: np.ndarray) -> np.ndarray:
    """Values (n, k) along their main direction (n,)."""
    centred = values - np.median(values, axis=0)
    main = np.linalg.svd(centred.T @ centred)[0][:, 0]
    return centred @ main


def _find_steps(command: Stream) -> list[tuple[float, float]]:
    """Begin and end [s] of the window of each motion that is followed by rest."""
    times = command.arrivals_s
    grid = np.arange(times[0], times[-1], GRID_S)
    along = gaussian_filter1d(np.interp(grid, times, _along(command.values)), FIND_SMOOTH_S / GRID_S, mode="nearest")
    speed = np.abs(np.gradient(along, GRID_S))
    if not speed.max() > 0.0:
        return []
    moving = np.flatnonzero(speed > max(MOVING_SHARE * speed.max(), NOISE * float(np.median(speed))))
    parts = np.split(moving, np.flatnonzero(np.diff(moving) > JOIN_S / GRID_S) + 1)
    sizes = np.array([abs(along[part[-1]] - along[part[0]]) for part in parts])
    starts = [grid[part[0]] for part in parts]
    steps = []
    for k, part in enumerate(parts):
        end = min(starts[k] + WINDOW_S, starts[k + 1] if k + 1 < len(parts) else grid[-1])
        before = starts[k] - BEFORE_S
        rested = before >= (grid[parts[k - 1][-1]] if k else grid[0])
        if rested and end - grid[part[-1]] >= REST_S and sizes[k] > 0.5 * sizes.max():
            steps.append((float(before), float(end)))
    return steps


def _lag_s(
    command_s: np.ndarray, command: np.ndarray, echo_s: np.ndarray, echo: np.ndarray, window: tuple[float, float]
) -> float | None:
    """The area between both, each made a step from 0 to 1; None where the echo does not move."""
    grid = np.arange(*window, GRID_S)
    unit = []
    for times, values in ((command_s, command), (echo_s, echo)):
        signal = np.interp(grid, times, values)
        count = round(0.5 * BEFORE_S / GRID_S)
        low, high = signal[:count].mean(), signal[-count:].mean()
        noise = signal[:count].std() + signal[-count:].std()
        if abs(high - low) <= max(4.0 * noise, 1e-6):
            return None
        unit.append((signal - low) / (high - low))
    return float(np.sum(unit[0] - unit[1]) * GRID_S)


def _shifts_s(
    echo_s: np.ndarray, echo: np.ndarray, stream: Stream, derivatives: int, windows: Sequence[tuple[float, float]]
) -> list[float]:
    """How much later than the motion's stamps the stream tells of it, in each window where it does."""
    order = max(1, derivatives)
    along = _along(_of_windows(stream, windows))
    found = []
    begin = 0
    for window in windows:
        inside = _inside(stream, window)
        part, begin = along[begin : begin + inside.sum()], begin + int(inside.sum())
        if len(part) < 20:
            continue
        grid = np.arange(*window, GRID_S)
        reference = _differentiated(np.interp(grid, echo_s, echo), order)
        signal = _differentiated(np.interp(grid, stream.arrivals_s[inside], part), order - derivatives)
        shift, likeness = _peak(reference, signal)
        if likeness >= LEAST_LIKENESS:
            found.append(shift)
    return found


def _of_windows(stream: Stream, windows: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.vstack([stream.values[_inside(stream, window)] for window in windows])


def _inside(stream: Stream, window: tuple[float, float]) -> np.ndarray:
    return (stream.arrivals_s >= window[0]) & (stream.arrivals_s <= window[1])


def _peak(reference: np.ndarray, signal: np.ndarray) -> tuple[float, float]:
    """Shift [s] of the signal behind the reference, and their correlation there. The sign does not matter."""
    a, b = reference - reference.mean(), signal - signal.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    if not size > 0.0:
        return 0.0, 0.0
    most = round(LARGEST_S / GRID_S)
    middle = len(a) - 1
    whole = np.abs(np.correlate(b, a, mode="full")) / size
    near = whole[middle - most : middle + most + 1]
    k = int(np.argmax(near))
    if k in (0, len(near) - 1):
        return 0.0, 0.0
    left, top, right = near[k - 1 : k + 2]
    beside = 0.5 * (left - right) / (left - 2.0 * top + right)
    return (k - most + beside) * GRID_S, float(top)


def _smooth(values: np.ndarray) -> np.ndarray:
    return gaussian_filter1d(values, SMOOTH_S / GRID_S, mode="nearest")


def _differentiated(values: np.ndarray, times: int) -> np.ndarray:
    smooth = _smooth(values)
    for _ in range(times):
        smooth = np.gradient(smooth, GRID_S)
    return smooth
