"""Biases of a real camera from its recording: events simulated from its grey frames shall be like its events."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from touchloop.errors import InputError
from touchloop.events.agreement import Agreement, agreement
from touchloop.events.scenes.frame_noise import without_noise
from touchloop.events.scenes.frames import FrameScene
from touchloop.events.scenes.grey_frames import GreyFrames
from touchloop.events.sensors import davis
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.sensors.coarse_fine import current_a, nearest_coarse_fine
from touchloop.events.sensors.pixel import PixelParameters
from touchloop.events.simulator import EventSimulator
from touchloop.events.stream import Events

STEP_NS = 2_000_000
WARM_UP_NS = 40_000_000
MOST_FITTED_NS = 1_500_000_000
"""At most this much of the first half, its last part, is simulated again and again; it lies in memory."""
STILL_CHANGE = 0.12
"""Change of the logarithm of light over the whole recording below which a pixel counts as still."""
STILL_VEIL = 10.0
MARGIN_PX = 9
SOLVE_STEPS = 3

CHOICES = {
    "veil": (0.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0),
    "follower_hz": (30.0, 70.0, 150.0, 300.0),
    "refractory_s": (1e-4, 3e-4, 1e-3, 3e-3),
    "lux_per_level": (2.0, 20.0, 200.0),
}
"""Tried one after the other, twice; the thresholds are solved for at each."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found.

    Attributes:
        values: driver parameter -> value, of a DAVIS346.
        pixel: what they make of a pixel, with leak and noise as seen where nothing moves: those depend on temperature
            and exemplar, no bias sets them.
        lux_per_level: light for a grey level [lux].
        veil: light that the grey frames do not show, in levels.
        fitted: agreement over the part that was fitted.
        judged: over the second half, which the fit has not seen.
    """

    values: dict[str, int]
    pixel: PixelParameters
    lux_per_level: float
    veil: float
    fitted: Agreement
    judged: Agreement


@dataclass(frozen=True, slots=True)
class _Guess:
    on_threshold: float
    off_threshold: float
    veil: float
    follower_hz: float
    refractory_s: float
    lux_per_level: float


@dataclass(frozen=True, slots=True)
class _Still:
    """Noise of the recording: events a second and pixel where nothing moves."""

    on_hz: float
    off_hz: float


def fit_biases(events: Events, frames: GreyFrames, seed: int = 0, tell: Callable[[str], None] | None = None) -> Fit:
    """Fit a DAVIS346 to the first half of a recording and judge it on the second.

    Args:
        events: recorded, on the clock of the frames.
        frames: grey frames of the same camera, (N, 260, 346) or smaller, linear in light.
        seed: of the simulator.
        tell: called with a line about each round.

    Raises:
        InputError: a recording of less than half a second with both, or frames larger than the camera's.
    """
    start_ns, stop_ns = int(frames.stamps_ns[0]), int(frames.stamps_ns[-1])
    if stop_ns - start_ns < 500_000_000 or not len(events.between(start_ns, stop_ns)):
        raise InputError(
            f"fit: {(stop_ns - start_ns) / 1e9:.2f} s of frames with {len(events.between(start_ns, stop_ns))} events; "
            "expected half a second or more with events"
        )
    middle_ns = (start_ns + stop_ns) // 2
    scene = FrameScene(without_noise(frames), 1.0)
    fit_start_ns = max(start_ns, middle_ns - MOST_FITTED_NS)
    still = _still(events.between(fit_start_ns, middle_ns), frames.between(fit_start_ns, middle_ns + 1))
    levels = np.stack(list(_levels(scene, fit_start_ns - start_ns, middle_ns - start_ns)))

    def simulated(guess: _Guess) -> Agreement:
        pixel = _pixel(guess, still, levels)
        made = _simulate(iter(levels), fit_start_ns, guess, pixel, seed)
        return _compare(made, events, fit_start_ns + WARM_UP_NS, middle_ns, scene)

    guess = _Guess(0.25, 0.25, 10.0, 70.0, 1e-3, 20.0)
    best_guess, best = _solved(guess, simulated)
    for round_number in range(2):
        for name, choices in CHOICES.items():
            for choice in choices:
                if getattr(best_guess, name) == choice:
                    continue
                tried, outcome = _solved(replace(best_guess, **{name: choice}), simulated)
                if _cost(outcome) < _cost(best):
                    best_guess, best = tried, outcome
        if tell is not None:
            tell(f"round {round_number + 1}: cost {_cost(best):.3f}, {best_guess}")
    values = _bias_values(best_guess)
    pixel = _as_set(values, _pixel(best_guess, still, levels))
    fitted = _compare(
        _simulate(iter(levels), fit_start_ns, best_guess, pixel, seed),
        events,
        fit_start_ns + WARM_UP_NS,
        middle_ns,
        scene,
    )
    from_ns = middle_ns - WARM_UP_NS
    made = _simulate(_levels(scene, from_ns - start_ns, stop_ns - start_ns), from_ns, best_guess, pixel, seed)
    judged = _compare(made, events, middle_ns, stop_ns, scene)
    return Fit(values, pixel, best_guess.lux_per_level, best_guess.veil, fitted, judged)


def _levels(scene: FrameScene, from_ns: int, to_ns: int) -> Iterator[np.ndarray]:
    for t_ns in range(from_ns, to_ns + 1, STEP_NS):
        yield scene.linear_level(t_ns * 1e-9)


def _simulate(levels: Iterator[np.ndarray], start_ns: int, guess: _Guess, pixel: PixelParameters, seed: int) -> Events:
    parts = []
    simulator = None
    for k, level in enumerate(levels):
        if simulator is None:
            height, width = level.shape
            simulator = EventSimulator(CAMERAS["davis346"], seed, width, height, pixel=pixel)
        lux = (level + np.float32(guess.veil)) * np.float32(guess.lux_per_level)
        parts.append(simulator.step(lux, start_ns + k * STEP_NS))
    return Events.join(parts)


def _compare(made: Events, events: Events, start_ns: int, stop_ns: int, scene: FrameScene) -> Agreement:
    return agreement(made, events, start_ns, stop_ns, scene.width, scene.height)


def _solved(guess: _Guess, simulated: Callable[[_Guess], Agreement]) -> tuple[_Guess, Agreement]:
    """The same with the thresholds that give the recorded numbers of ON and OFF events."""
    outcome = simulated(guess)
    for _ in range(SOLVE_STEPS):
        on = (outcome.events * outcome.on_share + 1.0) / (outcome.recorded_events * outcome.recorded_on_share + 1.0)
        off = (outcome.events * (1.0 - outcome.on_share) + 1.0) / (
            outcome.recorded_events * (1.0 - outcome.recorded_on_share) + 1.0
        )
        if abs(math.log(on)) < 0.02 and abs(math.log(off)) < 0.02:
            break
        # Counts fall with the threshold, a little faster than in proportion.
        guess = replace(
            guess,
            on_threshold=_within(guess.on_threshold * on**0.7, 0.05, 0.5),
            off_threshold=_within(guess.off_threshold * off**0.7, 0.05, 0.5),
        )
        outcome = simulated(guess)
    return guess, outcome


def _cost(outcome: Agreement) -> float:
    missed = abs(math.log((outcome.events + 1.0) / (outcome.recorded_events + 1.0)))
    return 2.0 - outcome.rate_correlation - outcome.density_correlation + outcome.on_share_apart + missed


def _still(events: Events, frames: GreyFrames) -> _Still:
    levels = without_noise(frames).levels
    change = np.log((levels.max(0) + STILL_VEIL) / (levels.min(0) + STILL_VEIL))
    moving = cv2.dilate((change > STILL_CHANGE).astype(np.uint8), np.ones((MARGIN_PX, MARGIN_PX), np.uint8))
    pixel_s = max((moving == 0).sum() * float(frames.stamps_ns[-1] - frames.stamps_ns[0]) * 1e-9, 1e-9)
    quiet = moving[events.y, events.x] == 0
    on = int((events.polarity[quiet] == 1).sum())
    return _Still(float(on / pixel_s), float((int(quiet.sum()) - on + 1) / pixel_s))


def _pixel(guess: _Guess, still: _Still, levels: np.ndarray) -> PixelParameters:
    """Pixel of a guess; the leak gives the ON events where nothing moves, the noise at most the OFF events there."""
    plain = PixelParameters(guess.on_threshold, guess.off_threshold, guess.follower_hz, guess.refractory_s)
    lux = (float(np.median(levels[0])) + guess.veil) * guess.lux_per_level
    reach = math.sqrt(2.0 * math.log(max(guess.follower_hz / still.off_hz, 1.5)))
    noise = max(guess.off_threshold - 2.0 * plain.mismatch, 0.3 * guess.off_threshold) / reach
    return replace(
        plain,
        leak_per_s=still.on_hz * guess.on_threshold,
        leak_per_s_per_lux=0.0,
        noise_at_1_lux=min(noise * (lux + plain.dark_lux) ** plain.noise_slope, plain.noise_at_1_lux),
    )


def _bias_values(guess: _Guess) -> dict[str, int]:
    """Nearest coarse and fine values."""
    values = CAMERAS["davis346"].start_values()
    reference_a = current_a(values["DiffBn_coarse"], values["DiffBn_fine"])
    follower_a = guess.follower_hz * 2.0 * math.pi * davis.THERMAL_VOLTAGE_V * davis.FOLLOWER_CAPACITANCE_F
    receptor_a = max(2.0 * follower_a, current_a(values["PrBp_coarse"], values["PrBp_fine"]))
    wanted_a = {
        "PrBp": receptor_a,
        "PrSFBp": follower_a,
        "ONBn": reference_a * math.exp(guess.on_threshold / davis.THRESHOLD_PER_E_FOLD),
        "OFFBn": reference_a * math.exp(-guess.off_threshold / davis.THRESHOLD_PER_E_FOLD),
        "RefrBp": davis.REFRACTORY_CAPACITANCE_F * davis.REFRACTORY_SWING_V / guess.refractory_s,
    }
    for name, amps in wanted_a.items():
        values[f"{name}_coarse"], values[f"{name}_fine"] = nearest_coarse_fine(amps)
    return values


def _as_set(values: dict[str, int], pixel: PixelParameters) -> PixelParameters:
    """What the biases make of a pixel, with the leak and the noise of another one."""
    return replace(
        CAMERAS["davis346"].pixel(values),
        leak_per_s=pixel.leak_per_s,
        leak_per_s_per_lux=pixel.leak_per_s_per_lux,
        noise_at_1_lux=pixel.noise_at_1_lux,
    )


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
