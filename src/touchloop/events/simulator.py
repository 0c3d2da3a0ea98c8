"""An event camera that looks at light given frame by frame, faithful to its biases."""

import math
from collections.abc import Mapping

import numpy as np

from touchloop.errors import InputError
from touchloop.events.event_kernel import (
    COUNT,
    PUSHED_OUT,
    SKIPPED,
    SPARE,
    WAITING,
    noise_events,
    random_unit,
    signal_events,
)
from touchloop.events.event_order import count_in_order, thin_out, write_events
from touchloop.events.pixel_kernel import advance, settle
from touchloop.events.sensors.camera import CameraModel
from touchloop.events.sensors.pixel import PixelParameters
from touchloop.events.stream import Events

BURST_HZ_PER_E_FOLD = 40.0
"""Events a second and pixel right after a bias current was changed by a factor of e. A guess, as is its decay."""
BURST_DECAY_S = 0.03
MISMATCH_CUT = 3.0
LOWEST_LEVEL = 0.005
NOISE_REACH = 3.0
LEAK_EVERY_S = 1e-3
"""A reference in float32 does not resolve the leak of a shorter time."""
FEWEST_PLACES = 1 << 16
SLICES = 4096


class EventSimulator:
    """Events of a camera from illuminance frames.

    Frames may come at any times; between two of them the signal of a pixel is taken as a straight line, so a thousand
    frames a second suit most scenes. Same seed, frames and bias changes: same events.
    """

    def __init__(
        self,
        camera: CameraModel,
        seed: int,
        width: int | None = None,
        height: int | None = None,
        noise: bool = True,
        values: Mapping[str, int] | None = None,
        pixel: PixelParameters | None = None,
    ) -> None:
        """Power up.

        Args:
            camera: which one.
            seed: of mismatch and noise, 0 or more.
            width: columns, at most the camera's; a smaller patch stands for the sensor, its arbiter's limit scales.
            height: rows, likewise.
            noise: False: neither mismatch, leak, shot noise nor bursts after a bias change.
            values: bias values that differ from the camera's at power-up.
            pixel: pixel parameters in place of those that the biases give, until the next ``set_biases``.

        Raises:
            InputError: a size beyond the camera's, a negative seed, a wrong bias value.
        """
        self.camera = camera
        self.width = _checked_size("width", width, camera.width)
        self.height = _checked_size("height", height, camera.height)
        if seed < 0:
            raise InputError(f"simulator: seed {seed}; expected 0 or more")
        self.dropped = 0
        self._noise = noise
        size = self.width * self.height
        self._limit_hz = camera.limit_hz * size / (camera.width * camera.height)
        rng = np.random.default_rng(seed)
        self._state = rng.integers(0, 2**64, 1, dtype=np.uint64)
        spread = np.clip(rng.standard_normal((2, size), np.float32), -MISMATCH_CUT, MISMATCH_CUT)
        self._spread = spread if noise else np.zeros_like(spread)
        self._by_on, self._by_off = np.argsort(self._spread, axis=1, kind="stable").astype(np.int32)
        self._phase = rng.random(size, np.float32)
        self._receptor, self._before, self._after, self._reference = np.zeros((4, size), np.float32)
        self._on_level, self._off_level = np.zeros((2, size), np.float32)
        # Read eight at a time: room up to the next multiple of eight, always zero.
        self._tripped = np.zeros((size + 7) // 8 * 8, np.uint8)
        self._waiting = np.zeros(size, np.int32)
        self._ends_s = np.zeros(size)
        self._active = np.zeros(size, np.int32)
        self._starts_s = np.zeros(size)
        self._gathered = np.zeros((size, 5), np.float32)
        self._remainders = np.zeros(size, np.float32)
        self._counts = np.zeros(4, np.int64)
        self._asked = 0
        self._make_room(FEWEST_PLACES)
        self._firsts = np.zeros(SLICES + 1, np.int64)
        self._stamp_ns: int | None = None
        self._leak_due_s = 0.0
        self._spare = 0.0
        self._burst_hz = 0.0
        self.values = {**camera.start_values(), **camera.checked(values or {})}
        self._use(pixel or camera.pixel(self.values))

    @property
    def pixel(self) -> PixelParameters:
        """What the present biases make of a pixel."""
        return self._pixel

    def set_biases(self, values: Mapping[str, int]) -> dict[str, int]:
        """Change some biases; a burst of noise follows that grows with the change and decays within 100 ms.

        Args:
            values: driver parameter -> new value.

        Returns:
            All values, as a driver would tell them.

        Raises:
            InputError: an unknown parameter or a value out of range; nothing is changed then.
        """
        changed = {**self.values, **self.camera.checked(values)}
        pixel = self.camera.pixel(changed)
        self._burst_hz += BURST_HZ_PER_E_FOLD * _change(self._pixel, pixel) if self._noise else 0.0
        self.values = changed
        self._use(pixel)
        return dict(changed)

    def step(self, illuminance_lux: np.ndarray, stamp_ns: int) -> Events:
        """Look at the next frame.

        Args:
            illuminance_lux: (height, width) float32, light on the pixels [lux], not negative.
            stamp_ns: its time, later than the last one's. The first frame is taken as seen for long: no events.

        Returns:
            The events from the last frame's time up to this one's, in the order of time, stamped in whole
            microseconds as by a camera.

        Raises:
            InputError: a frame of another shape or type, or with values that are negative or no numbers; a time that
                is not later than the last.
        """
        lux, darkest_lux = self._checked_light(illuminance_lux)
        if self._stamp_ns is None:
            self._start(lux)
            self._stamp_ns = stamp_ns
            return Events.empty()
        step_ns = stamp_ns - self._stamp_ns
        if step_ns <= 0:
            raise InputError(
                f"simulator: frame at {stamp_ns} ns, the last one was at {self._stamp_ns} ns; expected later"
            )
        step_s = step_ns * 1e-9
        self._advance(lux, step_s)
        self._asked = int(self._counts[:WAITING].sum())
        self._counts[:WAITING] = 0
        budget = self._limit_hz * step_s + self._spare
        if budget > self._pixels.size:
            self._make_room(int(budget * 1.25))
        self._fire(lux, darkest_lux, step_s, budget)
        self._before, self._after = self._after, self._before
        events = self._read_out(self._stamp_ns, step_ns, budget)
        self._stamp_ns = stamp_ns
        return events

    def _advance(self, lux: np.ndarray, step_s: float) -> None:
        p = self._pixel
        turn = 2.0 * math.pi * step_s
        self._leak_due_s += step_s if self._noise else 0.0
        leak_s = self._leak_due_s if self._leak_due_s >= LEAK_EVERY_S else 0.0
        self._leak_due_s -= leak_s
        state = (self._receptor, self._before, self._after, self._reference, self._on_level, self._off_level)
        slowest = 1.0 / (turn * p.photoreceptor_max_hz)
        share = -math.expm1(-turn * p.follower_hz)
        gain = turn * p.photoreceptor_hz_per_lux
        leaks = (leak_s * p.leak_per_s, leak_s * p.leak_per_s_per_lux)
        creep = -math.expm1(-turn * p.high_pass_hz)
        advance(lux, p.dark_lux, gain, slowest, share, *leaks, creep, *state, self._tripped[: lux.size])

    def _fire(self, lux: np.ndarray, darkest_lux: float, step_s: float, budget: float) -> None:
        p = self._pixel
        signal = (self._before, self._after, self._reference, self._on_level, self._off_level)
        waiting = (self._waiting, self._ends_s, self._remainders)
        out = (self._pixels, self._offsets_ns, self._counts, self._state)
        reset = (step_s, p.refractory_s, self._unreset)
        stride = max(int(self._asked / (SPARE * budget + 1.0)), 1)
        signal_events(
            *reset, stride, self._tripped, self._active, self._starts_s, self._gathered, *signal, *waiting, *out
        )
        if not self._noise:
            return
        decay = math.exp(-step_s / BURST_DECAY_S)
        burst_hz = self._burst_hz * (1.0 - decay) * BURST_DECAY_S / step_s
        self._burst_hz *= decay
        spectrum = (p.follower_hz, p.noise_at_1_lux**2, -2.0 * p.noise_slope, p.dark_lux, darkest_lux)
        noise_events(*reset, *spectrum, burst_hz, budget, lux, self._by_on, self._by_off, *signal, *waiting, *out)

    def _read_out(self, start_ns: int, step_ns: int, budget: float) -> Events:
        """The arbiter: what it cannot pass on in this step is lost, the same share of every pixel's events."""
        count = int(self._counts[COUNT])
        kept = min(count, int(budget))
        self.dropped += int(self._counts[PUSHED_OUT] + self._counts[SKIPPED]) + count - kept
        self._spare = budget - int(budget) if kept < count else min(budget - kept, 1.0)
        events = Events.empty(kept)
        if kept == 0:
            return events
        if kept < count:
            thin_out(count, kept, random_unit(self._state), self._pixels, self._offsets_ns)
        count_in_order(kept, step_ns, self._offsets_ns, self._firsts, self._order)
        arrays = (events.x, events.y, events.polarity, events.t_ns)
        write_events(self._order, self._pixels, self._offsets_ns, start_ns, self.width, *arrays)
        return events

    def _start(self, lux: np.ndarray) -> None:
        settle(lux, self._pixel.dark_lux, self._receptor, self._before)
        self._reference[:] = self._before
        if self._noise:
            # A leak has run in every pixel since its last event: somewhere on the way to where noise makes an ON event.
            p = self._pixel
            noise = p.noise_at_1_lux * (lux + np.float32(p.dark_lux)) ** -np.float32(p.noise_slope)
            self._reference -= self._phase * np.maximum(self._on_level - NOISE_REACH * noise, 0.0)

    def _use(self, pixel: PixelParameters) -> None:
        self._pixel = pixel
        _set_levels(self._on_level, self._spread[0], pixel.mismatch, pixel.on_threshold)
        _set_levels(self._off_level, self._spread[1], pixel.mismatch, pixel.off_threshold)
        self._unreset = math.exp(-pixel.refractory_s / pixel.reset_s) if pixel.reset_s > 0.0 else 0.0

    def _make_room(self, places: int) -> None:
        self._pixels = np.empty(places, np.int32)
        self._offsets_ns = np.empty(places, np.int64)
        self._order = np.empty(places, np.int32)

    def _checked_light(self, illuminance_lux: np.ndarray) -> tuple[np.ndarray, float]:
        shape = (self.height, self.width)
        if illuminance_lux.shape != shape or illuminance_lux.dtype != np.float32:
            raise InputError(
                f"simulator: frame is {illuminance_lux.dtype} of shape {illuminance_lux.shape}; "
                f"expected float32 of shape {shape}"
            )
        lowest, highest = float(illuminance_lux.min()), float(illuminance_lux.max())
        if not (lowest >= 0.0 and highest < math.inf):
            raise InputError(f"simulator: frame holds {lowest} to {highest} lux; expected finite, not negative")
        return np.ascontiguousarray(illuminance_lux).reshape(-1), lowest


def _set_levels(level: np.ndarray, spread: np.ndarray, mismatch: float, threshold: float) -> None:
    """Thresholds of all pixels, in place."""
    np.multiply(spread, np.float32(mismatch), out=level)
    level += np.float32(threshold)
    np.maximum(level, np.float32(LOWEST_LEVEL), out=level)


def _change(old: PixelParameters, new: PixelParameters) -> float:
    """How far the biases of photoreceptor, follower and comparators moved, in e-folds of their currents."""
    thresholds = (new.on_threshold - old.on_threshold, new.off_threshold - old.off_threshold)
    bandwidths = (new.follower_hz / old.follower_hz, new.photoreceptor_max_hz / old.photoreceptor_max_hz)
    from_thresholds = sum(abs(change) for change in thresholds) / 0.0714
    return from_thresholds + sum(abs(math.log(ratio)) for ratio in bandwidths)


def _checked_size(name: str, size: int | None, most: int) -> int:
    if size is None:
        return most
    if not 1 <= size <= most:
        raise InputError(f"simulator: {name} {size}; expected 1 to {most}")
    return size
