"""Prophesee Gen3.1, Gen4.1 and EVK4 (IMX636): ranges and signs of the biases, and a guess at what they set.

The ranges are those that metavision_driver accepts, the start values those of Prophesee's documentation ("Biases").
Prophesee publishes neither currents nor bandwidths: **the scales of thresholds, bandwidths and refractory times below
are guesses**, with the right direction and order of size, except for the shape of EVK4's refractory curve, which
follows a measurement.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.events.sensors.biases import Bias
from touchloop.events.sensors.pixel import PixelParameters

GEN31_BIASES = (
    Bias("bias_diff_on", "on_threshold", 374, 499, 384, rate_sign=-1),
    Bias("bias_diff_off", "off_threshold", 100, 234, 221, rate_sign=1),
    Bias("bias_fo", "follower", 1250, 1800, 1477, rate_sign=-1),
    Bias("bias_hpf", "high_pass", 900, 1800, 1499, rate_sign=1),
    Bias("bias_pr", "photoreceptor", 0, 1800, 1250, rate_sign=-1),
    Bias("bias_refr", "refractory", 1300, 1800, 1500, rate_sign=1),
)
GEN41_BIASES = (
    Bias("bias_diff_on", "on_threshold", 95, 140, 115, rate_sign=-1),
    Bias("bias_diff_off", "off_threshold", 25, 65, 52, rate_sign=1),
    Bias("bias_fo", "follower", 45, 110, 74, rate_sign=1),
    Bias("bias_hpf", "high_pass", 0, 120, 0, rate_sign=-1),
    Bias("bias_refr", "refractory", 30, 100, 68, rate_sign=1),
)
EVK4_BIASES = (
    Bias("bias_diff_on", "on_threshold", -85, 140, 0, rate_sign=-1),
    Bias("bias_diff_off", "off_threshold", -35, 190, 0, rate_sign=-1),
    Bias("bias_fo", "follower", -35, 55, 0, rate_sign=1),
    Bias("bias_hpf", "high_pass", 0, 120, 0, rate_sign=-1),
    Bias("bias_refr", "refractory", -20, 235, 0, rate_sign=1),
)

RESET_S = 20e-6
EVK4_REFRACTORY = ((-20, 1.2e-2), (0, 5.4e-3), (40, 1.5e-3), (100, 1.5e-3), (160, 14e-6), (235, 3.3e-6))
"""bias_refr -> refractory time [s]. One busy scene gave 176 kev/s at 0, about 450 at 40 to 100, 2.1 Mev/s at 160 and
6.9 at 235 (documentation of eventcv 1.0.8): with pixels that would fire 1000 times a second these times, and the reset
time above, give the same ratios. The times themselves are a guess."""


@dataclass(frozen=True, slots=True)
class Table:
    """A quantity over a bias value, straight in its logarithm between the given points."""

    points: Sequence[tuple[int, float]]

    def __call__(self, value: int) -> float:
        """The quantity at a value; beyond the ends, the ends."""
        x, y = zip(*self.points, strict=True)
        return float(math.exp(np.interp(value, x, np.log(y))))


EVK4_REFRACTORY_S = Table(EVK4_REFRACTORY)
GEN41_REFRACTORY_S = Table(((30, 1.0e-2), (68, 1.4e-3), (85, 1.4e-4), (100, 5e-6)))
GEN31_REFRACTORY_S = Table(((1300, 1.0e-2), (1500, 1.4e-3), (1700, 1.4e-4), (1800, 5e-6)))
GEN31_HIGH_PASS_HZ = Table(((900, 40.0), (1499, 0.1), (1800, 0.01)))

GEN31_REFERENCE = 300
"""bias_diff, which is not to be changed."""
GEN41_REFERENCE = 80


def gen31(values: Mapping[str, int]) -> PixelParameters:
    """Gen3.1: biases are millivolts; thresholds are the distances of bias_diff_on and bias_diff_off from bias_diff.

    Lower bias_fo and bias_pr mean more bandwidth (documentation of Prophesee, Gen3). Scales: guesses.
    """
    return PixelParameters(
        on_threshold=0.003 * (values["bias_diff_on"] - GEN31_REFERENCE),
        off_threshold=0.003 * (GEN31_REFERENCE - values["bias_diff_off"]),
        follower_hz=300.0 * math.exp((1477 - values["bias_fo"]) / 100.0),
        photoreceptor_max_hz=2000.0 * math.exp((1250 - values["bias_pr"]) / 200.0),
        high_pass_hz=GEN31_HIGH_PASS_HZ(values["bias_hpf"]),
        refractory_s=GEN31_REFRACTORY_S(values["bias_refr"]),
        reset_s=RESET_S,
    )


def gen41(values: Mapping[str, int]) -> PixelParameters:
    """Gen4.1: thresholds are distances from bias_diff; higher bias_fo means more bandwidth. Scales: guesses."""
    return PixelParameters(
        on_threshold=0.0075 * (values["bias_diff_on"] - GEN41_REFERENCE),
        off_threshold=0.0075 * (GEN41_REFERENCE - values["bias_diff_off"]),
        follower_hz=300.0 * math.exp((values["bias_fo"] - 74) / 20.0),
        high_pass_hz=_high_pass_hz(values["bias_hpf"]),
        refractory_s=GEN41_REFRACTORY_S(values["bias_refr"]),
        reset_s=RESET_S,
    )


def evk4(values: Mapping[str, int]) -> PixelParameters:
    """EVK4 and other IMX636 cameras: biases are offsets from the factory's values. Scales: guesses."""
    return PixelParameters(
        on_threshold=0.25 * math.exp(values["bias_diff_on"] / 140.0),
        off_threshold=0.25 * math.exp(values["bias_diff_off"] / 140.0),
        follower_hz=300.0 * math.exp(values["bias_fo"] / 25.0),
        high_pass_hz=_high_pass_hz(values["bias_hpf"]),
        refractory_s=EVK4_REFRACTORY_S(values["bias_refr"]),
        reset_s=RESET_S,
    )


def _high_pass_hz(value: int) -> float:
    return 0.1 * math.expm1(value / 20.0)
