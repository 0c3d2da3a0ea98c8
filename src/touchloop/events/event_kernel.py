"""The events of a step: comparators that trip, refractory times that end, noise.

Only pixels that do something are looked at here. Within a step the follower's output is taken as a straight line, so
crossings, ends of refractory times and the references sampled there lie between two steps.
"""

import math

import numpy as np
from numba import njit

from touchloop.events.pixel_kernel import fast_log

COUNT, PUSHED_OUT, SKIPPED, WAITING = 0, 1, 2, 3
"""Places in ``counts``: events written, events lost for want of room, events that were only counted, pixels in their
refractory time."""

MOST_PER_PIXEL = 1 << 16
"""Events of one pixel in one step; a pixel that would fire more has its reference put to the signal."""
SPARE = 3.0
"""So many times what the arbiter passes on is written before events are only counted."""
TINY = 1e-9
FEW = 30.0
GROUPS = 16
"""Of pixels with like thresholds: each has candidates for noise at the rate of its most sensitive pixel."""

LOW_HALF = np.uint64(0xFFFFFFFF)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)


@njit(cache=True, inline="always", error_model="numpy")
def random_bits(state: np.ndarray) -> np.uint64:
    """64 random bits; Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014."""
    state[0] += GOLDEN
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * MIX_1
    z = (z ^ (z >> np.uint64(27))) * MIX_2
    return z ^ (z >> np.uint64(31))


@njit(cache=True, inline="always", error_model="numpy")
def random_unit(state: np.ndarray) -> float:
    """Uniform in (0, 1)."""
    return (float(random_bits(state) >> np.uint64(11)) + 0.5) * 1.1102230246251565e-16


@njit(cache=True, inline="always", error_model="numpy")
def put(
    event: int, time_s: float, pixels: np.ndarray, offsets_ns: np.ndarray, counts: np.ndarray, state: np.ndarray
) -> None:
    """Write an event (pixel * 2 + polarity) and its time in the step.

    Where there is no more room, a random one gives way, so that every event of the step has the same chance.
    """
    place = counts[COUNT]
    if place < pixels.size:
        counts[COUNT] = place + 1
    else:
        counts[PUSHED_OUT] += 1
        place = int(random_unit(state) * (place + counts[PUSHED_OUT]))
    if place < pixels.size:
        pixels[place] = event
        offsets_ns[place] = int(time_s * 1e9)


@njit(cache=True, inline="always", error_model="numpy")
def wait(
    pixel: int,
    end_s: float,
    remains: float,
    reference: np.ndarray,
    waiting: np.ndarray,
    ends_s: np.ndarray,
    remainders: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Put a pixel on the list of those whose refractory time outlasts the step, by ``end_s``."""
    place = counts[WAITING]
    reference[pixel] = np.nan
    waiting[place] = pixel
    ends_s[place] = end_s
    remainders[place] = remains
    counts[WAITING] = place + 1


@njit(cache=True, error_model="numpy")
def active_pixels(
    step_s: float,
    tripped: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    reference: np.ndarray,
    waiting: np.ndarray,
    ends_s: np.ndarray,
    remainders: np.ndarray,
    active: np.ndarray,
    starts_s: np.ndarray,
    counts: np.ndarray,
) -> int:
    """List the pixels that may fire in this step, and from when on; how many there are.

    Those whose refractory time ends in it get their reference and leave the list of those that wait; the comparators
    of the others tripped.
    """
    found = 0
    still = 0
    for row in range(counts[WAITING]):
        pixel = waiting[row]
        end_s = ends_s[row]
        if end_s >= step_s:
            waiting[still] = pixel
            ends_s[still] = end_s - step_s
            remainders[still] = remainders[row]
            still += 1
        else:
            sampled = before[pixel] + end_s / step_s * (after[pixel] - before[pixel])
            reference[pixel] = sampled - remainders[row]
            active[found] = pixel
            starts_s[found] = end_s
            found += 1
    counts[WAITING] = still
    words = tripped.view(np.uint64)
    for word in range(words.size):
        bits = words[word]
        if bits != 0:
            for k in range(8):
                if (bits >> np.uint64(8 * k)) & np.uint64(1):
                    active[found] = word * 8 + k
                    starts_s[found] = 0.0
                    found += 1
    return found


@njit(cache=True, error_model="numpy")
def signal_events(
    step_s: float,
    refractory_s: float,
    unreset: float,
    stride: int,
    tripped: np.ndarray,
    active: np.ndarray,
    starts_s: np.ndarray,
    gathered: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    reference: np.ndarray,
    on_level: np.ndarray,
    off_level: np.ndarray,
    waiting: np.ndarray,
    ends_s: np.ndarray,
    remainders: np.ndarray,
    pixels: np.ndarray,
    offsets_ns: np.ndarray,
    counts: np.ndarray,
    state: np.ndarray,
) -> None:
    """Events that the light makes.

    After an event a pixel is blind for ``refractory_s``; at the end of that time its reference is sampled, short of
    the part ``unreset`` of the difference at which it fired. In a flood only each so manieth event of
    a pixel is written, from a random one on, and those between are counted as lost.

    Args:
        step_s: length of the step.
        refractory_s: see PixelParameters.
        unreset: see there at ``reset_s``.
        stride: 1: all events are written; n: one in n.
        tripped: (multiple of 8) uint8, from ``pixel_kernel.advance``; the last ones 0.
        active: int32, room for all pixels.
        starts_s: float64, likewise.
        gathered: float32 (pixels, 5), likewise.
        before: follower's output of each pixel at the start of the step.
        after: at its end.
        reference: of each pixel, NaN where it is blind; updated.
        on_level: threshold of each pixel.
        off_level: likewise, positive.
        waiting: int32, pixels blind beyond the step; updated with ``ends_s`` (from the start of the next step) and
            ``remainders`` (of the difference, not reset).
        ends_s: see ``waiting``.
        remainders: see ``waiting``.
        pixels: int32, written: pixel * 2 + polarity of each event.
        offsets_ns: int64, written: its time in the step.
        counts: see COUNT.
        state: (1,) uint64, of the random numbers.
    """
    found = active_pixels(
        step_s, tripped, before, after, reference, waiting, ends_s, remainders, active, starts_s, counts
    )
    # Gathered first: loads without a branch between them wait for the memory together.
    for row in range(found):
        pixel = active[row]
        gathered[row, 0] = before[pixel]
        gathered[row, 1] = after[pixel]
        gathered[row, 2] = reference[pixel]
        gathered[row, 3] = on_level[pixel]
        gathered[row, 4] = off_level[pixel]
    per_step = 1.0 / step_s
    for row in range(found):
        pixel = active[row]
        now_s = starts_s[row]
        first = float(gathered[row, 0])
        last = float(gathered[row, 1])
        slope = (last - first) * per_step
        base = float(gathered[row, 2])
        on = float(gathered[row, 3])
        off = float(gathered[row, 4])
        blind = False
        period_s, debt = step_s, 0
        if stride > 1:
            period_s = refractory_s + (on if slope > 0.0 else off) * (1.0 - unreset) / (abs(slope) + TINY)
            debt = int(random_unit(state) * stride)
        for _ in range(MOST_PER_PIXEL):
            difference = first + slope * now_s - base
            level = difference
            if -off < difference < on:
                if -off < last - base < on:
                    now_s = step_s
                    break
                level = on if slope > 0.0 else -off
                now_s += (level - difference) / slope
            if now_s >= step_s:
                break
            if debt == 0:
                put(pixel * 2 + (level > 0.0), now_s, pixels, offsets_ns, counts, state)
                debt = stride - 1
            else:
                passed = min(debt - 1, int((step_s - now_s) / period_s))
                counts[SKIPPED] += 1 + passed
                now_s += passed * period_s
                debt -= 1 + passed
            now_s += refractory_s
            if now_s >= step_s:
                wait(pixel, now_s - step_s, level * unreset, reference, waiting, ends_s, remainders, counts)
                blind = True
                break
            base = first + slope * now_s - level * unreset
        if not blind:
            # A pixel that would fire without end is stopped at the signal.
            reference[pixel] = base if now_s >= step_s else after[pixel]


@njit(cache=True, error_model="numpy")
def random_count(mean: float, state: np.ndarray) -> int:
    """Poisson's distribution; past a mean of 30 a Gaussian, rounded."""
    if mean < FEW:
        least = math.exp(-mean)
        count = 0
        product = random_unit(state)
        while product > least:
            count += 1
            product *= random_unit(state)
        return count
    radius = math.sqrt(-2.0 * math.log(random_unit(state)))
    spread = radius * math.cos(2.0 * math.pi * random_unit(state))
    return max(int(mean + math.sqrt(mean) * spread + 0.5), 0)


@njit(cache=True, error_model="numpy")
def noise_events(
    step_s: float,
    refractory_s: float,
    unreset: float,
    hz: float,
    variance_at_1_lux: float,
    variance_slope: float,
    dark_lux: float,
    darkest_lux: float,
    burst_hz: float,
    budget: float,
    lux: np.ndarray,
    by_on: np.ndarray,
    by_off: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    reference: np.ndarray,
    on_level: np.ndarray,
    off_level: np.ndarray,
    waiting: np.ndarray,
    ends_s: np.ndarray,
    remainders: np.ndarray,
    pixels: np.ndarray,
    offsets_ns: np.ndarray,
    counts: np.ndarray,
    state: np.ndarray,
) -> None:
    """Shot noise, and the burst that follows a bias change.

    A Gaussian signal of bandwidth f and variance s^2 crosses a level theta about f exp(-theta^2 / 2 s^2) times a
    second (Rice, "Mathematical analysis of random noise", 1945). Candidates come at the rate of a group's most
    sensitive pixel in the darkest light, on random pixels of the group, and are kept with the ratio of the pixel's own
    rate to that one. Biases can ask for more noise than anything could take: past some times the budget, candidates
    are only counted as lost.

    Args:
        step_s: length of the step; this and what is not listed here as in ``signal_events``.
        hz: bandwidth of the noise.
        variance_at_1_lux: of the noise.
        variance_slope: it goes with lux to this power.
        dark_lux: dark current as light.
        darkest_lux: least of ``lux``.
        burst_hz: events a second and pixel of the burst.
        lux: light on each pixel.
        by_on: int32, pixels in the order of their ON thresholds.
        by_off: in that of their OFF thresholds.
    """
    size = before.size
    most = variance_at_1_lux * (darkest_lux + dark_lux) ** variance_slope
    shift = math.log(variance_at_1_lux)
    for group in range(2 * GROUPS + 1):
        burst = group == 2 * GROUPS
        is_on = group < GROUPS
        order = by_on if is_on else by_off
        levels = on_level if is_on else off_level
        first = 0 if burst else (group % GROUPS) * size // GROUPS
        stop = size if burst else (group % GROUPS + 1) * size // GROUPS
        if stop == first:
            continue
        if burst:
            own_hz = burst_hz
        else:
            lowest = levels[order[first]]
            own_hz = hz * math.exp(-lowest * lowest / (2.0 * most))
        mean = own_hz * (stop - first) * step_s
        room = SPARE * budget / GROUPS + FEW
        excess = max(mean / room, 1.0)
        made = 0
        for _ in range(random_count(mean / excess, state)):
            bits = random_bits(state)
            pixel = order[first + int(((bits & LOW_HALF) * np.uint64(stop - first)) >> np.uint64(32))]
            if math.isnan(reference[pixel]):
                continue
            polarity = int(bits >> np.uint64(63)) if burst else int(is_on)
            if not burst:
                light = np.float32(lux[pixel] + dark_lux)
                variance = math.exp(shift + variance_slope * fast_log(light))
                level = float(levels[pixel])
                if random_unit(state) * own_hz >= hz * math.exp(-level * level / (2.0 * variance)):
                    continue
            time_s = random_unit(state) * step_s
            put(pixel * 2 + polarity, time_s, pixels, offsets_ns, counts, state)
            made += 1
            end_s = time_s + refractory_s
            rise = float(after[pixel]) - float(before[pixel])
            difference = float(before[pixel]) + time_s / step_s * rise - float(reference[pixel])
            if end_s >= step_s:
                wait(pixel, end_s - step_s, difference * unreset, reference, waiting, ends_s, remainders, counts)
            else:
                reference[pixel] = before[pixel] + end_s / step_s * rise - difference * unreset
        counts[SKIPPED] += int(made * (excess - 1.0))
