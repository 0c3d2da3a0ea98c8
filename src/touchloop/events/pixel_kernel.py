"""The analogue part of all pixels, one step: photoreceptor, source follower, high-pass, comparators.

One pass over the pixels in float32 that the compiler turns into vector instructions. What a pixel seldom does (an
event, its refractory time) is in ``event_kernel``.
"""

import numpy as np
from numba import njit

KEEPS_NAN = {"contract", "reassoc", "arcp", "nsz"}
"""Fast arithmetic that still knows NaN: the reference of a pixel in its refractory time is NaN, so that neither
comparator can trip."""

REFERENCE_LUX = 100.0
"""Logarithms are relative to this, so that they stay small and float32 resolves a leak."""


BLOCK = 2048
"""Pixels that go through all stages together, so that they stay in the first cache. Each stage is a loop of its own:
with more arrays in one loop the compiler gives up proving that they do not overlap, and with it the vectors."""

SQRT_2 = np.float32(1.4142135)
LN_2 = np.float32(0.6931472)


@njit(cache=True, inline="always", error_model="numpy")
def fast_log(x: np.float32) -> np.float32:
    """Natural logarithm of a positive normal float32, within 2e-6 of its exponent's share.

    The exponent from the bits; the mantissa m in [1, 2) by the series of ln m = ln sqrt 2 + 2 artanh(s) with
    s = (m - sqrt 2) / (m + sqrt 2).
    """
    bits = np.float32(x).view(np.int32)
    exponent = np.int32(bits >> np.int32(23))
    m = np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000)).view(np.float32)
    s = (m - SQRT_2) / (m + SQRT_2)
    q = s * s
    series = np.float32(2.0) + q * (np.float32(0.6666667) + q * np.float32(0.4))
    return (np.float32(exponent) - np.float32(126.5)) * LN_2 + s * series


@njit(cache=True, fastmath=KEEPS_NAN, error_model="numpy")
def settle(lux: np.ndarray, dark_lux: float, receptor: np.ndarray, follower: np.ndarray) -> None:
    """Set photoreceptor and follower to what they are after a long time in this light; arrays are flat float32."""
    for i in range(lux.size):
        level = fast_log((lux[i] + np.float32(dark_lux)) * np.float32(1.0 / REFERENCE_LUX))
        receptor[i] = level
        follower[i] = level


@njit(cache=True, fastmath=KEEPS_NAN, error_model="numpy")
def _receive(lux: np.ndarray, dark_lux: float, light_gain: float, slowest: float, receptor: np.ndarray) -> None:
    dark = np.float32(dark_lux)
    gain = np.float32(light_gain)
    slow = np.float32(slowest)
    one = np.float32(1.0)
    for i in range(lux.size):
        light = lux[i] + dark
        level = fast_log(light * np.float32(1.0 / REFERENCE_LUX))
        x = gain * light
        x = x / (one + x * slow)
        # 1 - exp(-x) = e / (1 + e) with e = exp(x) - 1 as a polynomial: exact where x is small, 1 where it is large.
        e = x * (one + x * (np.float32(0.5) + x * (np.float32(0.16666667) + x * np.float32(0.05))))
        receptor[i] += e / (one + e) * (level - receptor[i])


@njit(cache=True, fastmath=KEEPS_NAN, error_model="numpy")
def _follow(share: float, receptor: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    part = np.float32(share)
    for i in range(receptor.size):
        after[i] = before[i] + part * (receptor[i] - before[i])


@njit(cache=True, fastmath=KEEPS_NAN, error_model="numpy")
def _leak(drop: float, drop_per_lux: float, lux: np.ndarray, reference: np.ndarray) -> None:
    dark = np.float32(drop)
    light = np.float32(drop_per_lux)
    for i in range(lux.size):
        reference[i] -= dark + light * lux[i]


@njit(cache=True, fastmath=KEEPS_NAN, error_model="numpy")
def _high_pass(share: float, before: np.ndarray, after: np.ndarray, reference: np.ndarray) -> None:
    # A reference that creeps to the signal is a first-order high-pass of the difference of both.
    part = np.float32(share)
    half = np.float32(0.5)
    for i in range(after.size):
        reference[i] += part * (half * (before[i] + after[i]) - reference[i])


@njit(cache=True, fastmath=KEEPS_NAN, error_model="numpy")
def _compare(
    after: np.ndarray, reference: np.ndarray, on_level: np.ndarray, off_level: np.ndarray, tripped: np.ndarray
) -> None:
    for i in range(after.size):
        difference = after[i] - reference[i]
        tripped[i] = (difference >= on_level[i]) | (difference <= -off_level[i])


@njit(cache=True, error_model="numpy")
def advance(
    lux: np.ndarray,
    dark_lux: float,
    light_gain: float,
    slowest: float,
    follower_share: float,
    leak: float,
    leak_per_lux: float,
    high_pass_share: float,
    receptor: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    reference: np.ndarray,
    on_level: np.ndarray,
    off_level: np.ndarray,
    tripped: np.ndarray,
) -> None:
    """Advance all pixels by a step; all arrays are flat, one element a pixel, float32.

    Args:
        lux: light on the pixels.
        dark_lux: dark current as light.
        light_gain: step over the photoreceptor's time constant for each lux.
        slowest: one over the step over the time constant that the photoreceptor's bias allows.
        follower_share: of the way to its input that the follower goes in a step.
        leak: fall of the reference in this step.
        leak_per_lux: what each lux adds.
        high_pass_share: of the way to the signal that the reference goes in a step; 0 for no high-pass.
        receptor: output of the photoreceptor, updated.
        before: follower's output at the start of the step.
        after: at its end, written.
        reference: what the differencing amplifier compares with; NaN in the refractory time. Updated.
        on_level: threshold of each pixel's ON comparator.
        off_level: of its OFF comparator, positive.
        tripped: uint8, written: 1 where a comparator trips at the end of the step.
    """
    for start in range(0, lux.size, BLOCK):
        part = slice(start, min(start + BLOCK, lux.size))
        _receive(lux[part], dark_lux, light_gain, slowest, receptor[part])
        _follow(follower_share, receptor[part], before[part], after[part])
        if leak != 0.0 or leak_per_lux != 0.0:
            _leak(leak, leak_per_lux, lux[part], reference[part])
        if high_pass_share > 0.0:
            _high_pass(high_pass_share, before[part], after[part], reference[part])
        _compare(after[part], reference[part], on_level[part], off_level[part], tripped[part])
