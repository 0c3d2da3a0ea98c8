"""DAVIS346: from coarse and fine bias values to pixel parameters."""

import math
from collections.abc import Mapping

from touchloop.events.sensors.biases import Bias
from touchloop.events.sensors.coarse_fine import current_a
from touchloop.events.sensors.pixel import PixelParameters

THRESHOLD_PER_E_FOLD = 0.0714
"""theta = 0.0714 ln(I_on / I_diff) in units of the logarithm of light: kappa_n C2 / (kappa_p^2 C1) of the differencing
amplifier. Nozaki and Delbruck, "Temperature and parasitic photocurrent effects in dynamic vision sensors", IEEE TED
2017, equation 1; the number is jAER's for DAVIS346."""
THERMAL_VOLTAGE_V = 0.02585
FOLLOWER_CAPACITANCE_F = 131e-15
"""Of the node behind the source follower; jAER's for DAVIS346."""
PHOTORECEPTOR_CAPACITANCE_F = 131e-15
"""A guess: no figure is published; the node is of the same size as the follower's."""
REFRACTORY_CAPACITANCE_F = 20e-15
REFRACTORY_SWING_V = 0.8
LOWEST_THRESHOLD = 0.01
"""A comparator bias on the wrong side of DiffBn makes a pixel that fires all the time; the model stops here."""

BIASES = (
    Bias("PrBp", "photoreceptor", 0, 255, 119, 1, 1),
    Bias("PrSFBp", "follower", 0, 255, 32, 0, 1),
    Bias("DiffBn", "reference", 0, 255, 109, 4, 0),
    Bias("ONBn", "on_threshold", 0, 255, 63, 6, -1),
    Bias("OFFBn", "off_threshold", 0, 255, 168, 2, 1),
    Bias("RefrBp", "refractory", 0, 255, 25, 4, 1),
)
"""Start values of arXiv 2403.16425; DiffBn, which the paper does not move, such that its thresholds come out."""


def pixel(values: Mapping[str, int]) -> PixelParameters:
    """Currents, and what they set.

    - Thresholds: see THRESHOLD_PER_E_FOLD.
    - Follower: f = I_sf / (2 pi U_T 131 fF), as long as I_sf < I_pr / 2 (jAER); above that the photoreceptor cannot
      drive it, and I_pr / 2 counts. What lies above is a guess.
    - Photoreceptor: f_bias = I_pr / (2 pi U_T C) in series with a bandwidth that grows with light, 3.5 Hz/lux. That
      one follows from the latency of 15 us at 1 klux of Lichtsteiner et al. 2008 for a step of 70 % and a threshold
      of 15 %: time constant 45 us.
    - Refractory time: T = C V / I with 20 fF and 0.8 V (jAER). The time constant of the reset, 1 us, is a guess: with
      it the event rate is flat over most of the range of RefrBp and rises by about 1000 at its end, as measured on
      the camera (documentation of eventcv 1.0.8).
    """
    amps = {bias.name: current_a(values[bias.coarse_name], values[bias.fine_name]) for bias in BIASES}
    follower_a = min(amps["PrSFBp"], amps["PrBp"] / 2.0)
    return PixelParameters(
        on_threshold=threshold(amps["ONBn"], amps["DiffBn"]),
        off_threshold=threshold(amps["DiffBn"], amps["OFFBn"]),
        follower_hz=bandwidth_hz(follower_a, FOLLOWER_CAPACITANCE_F),
        photoreceptor_max_hz=bandwidth_hz(amps["PrBp"], PHOTORECEPTOR_CAPACITANCE_F),
        refractory_s=REFRACTORY_CAPACITANCE_F * REFRACTORY_SWING_V / amps["RefrBp"],
    )


def threshold(upper_a: float, lower_a: float) -> float:
    """Threshold of a comparator from its two currents, in units of the logarithm of light."""
    return max(THRESHOLD_PER_E_FOLD * math.log(upper_a / lower_a), LOWEST_THRESHOLD)


def bandwidth_hz(bias_a: float, capacitance_f: float) -> float:
    """A transistor in weak inversion that drives a capacitance: f = I / (2 pi U_T C)."""
    return bias_a / (2.0 * math.pi * THERMAL_VOLTAGE_V * capacitance_f)
