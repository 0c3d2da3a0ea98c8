import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.events.pixel_kernel import REFERENCE_LUX, advance, fast_log, settle


def test_fast_log_is_within_1e_4_over_all_light() -> None:
    x = np.geomspace(1e-6, 1e8, 200_001).astype(np.float32)
    out, other = np.empty_like(x), np.empty_like(x)
    settle(x, 0.0, out, other)
    assert np.abs(out - np.log(x.astype(np.float64) / REFERENCE_LUX)).max() < 1e-5


@given(x=st.floats(2.0**-100, 2.0**100, width=32))
def test_fast_log_of_any_number(x: float) -> None:
    assert fast_log(np.float32(x)) == pytest.approx(math.log(np.float32(x)), abs=1e-4)


def stages(size: int = 5000) -> dict[str, np.ndarray]:
    names = ("receptor", "before", "after", "reference", "on_level", "off_level")
    arrays = {name: np.zeros(size, np.float32) for name in names}
    arrays["on_level"][:] = arrays["off_level"][:] = 0.2
    arrays["tripped"] = np.zeros(size, np.uint8)
    return arrays


@pytest.mark.parametrize("x", [1e-3, 0.1, 0.5, 1.0, 3.0, 30.0])
def test_photoreceptor_goes_its_share_of_the_way(x: float) -> None:
    """1 - exp(-x), within a hundredth."""
    arrays = stages()
    lux = np.full(5000, math.e * REFERENCE_LUX, np.float32)
    advance(lux, 0.0, x / lux[0], 0.0, 1.0, 0.0, 0.0, 0.0, **arrays)
    assert arrays["receptor"] == pytest.approx(-math.expm1(-x), rel=0.01)
    assert arrays["after"] == pytest.approx(arrays["receptor"])


def test_both_limits_of_the_photoreceptor_add_up() -> None:
    arrays = stages()
    lux = np.full(5000, math.e * REFERENCE_LUX, np.float32)
    advance(lux, 0.0, 0.02 / lux[0], 1.0 / 0.02, 1.0, 0.0, 0.0, 0.0, **arrays)
    assert arrays["receptor"] == pytest.approx(-math.expm1(-0.01), rel=1e-3)


def test_comparators_trip_at_their_own_levels_and_never_for_a_blind_pixel() -> None:
    arrays = stages(8)
    arrays["before"][:] = arrays["receptor"][:] = (0.19, 0.21, -0.19, -0.21, 5.0, -5.0, 0.0, 0.0)
    arrays["reference"][4:6] = np.nan
    advance(np.full(8, REFERENCE_LUX, np.float32), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, **arrays)
    assert arrays["tripped"].tolist() == [0, 1, 0, 1, 0, 0, 0, 0]


def test_leak_lowers_the_reference_more_in_light() -> None:
    arrays = stages(2)
    advance(np.array([0.0, 100.0], np.float32), 1.0, 0.0, 0.0, 0.0, 1e-3, 1e-5, 0.0, **arrays)
    assert arrays["reference"] == pytest.approx([-1e-3, -2e-3], rel=1e-4)
