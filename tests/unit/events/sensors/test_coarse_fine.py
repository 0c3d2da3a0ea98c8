import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.sensors.coarse_fine import current_a, nearest_coarse_fine

LIBCAER_PA = (11, 94, 756, 6054, 48437, 387500, 3.1e6, 24.8e6)


@pytest.mark.parametrize("coarse", range(8))
def test_the_coarse_table_is_libcaers(coarse: int) -> None:
    assert current_a(coarse, 255) * 256 / 255 * 1e12 == pytest.approx(LIBCAER_PA[coarse], rel=0.09)


@given(coarse=st.integers(0, 7), fine=st.integers(1, 254))
def test_current_rises_with_both_values(coarse: int, fine: int) -> None:
    assert current_a(coarse, fine + 1) > current_a(coarse, fine) > current_a(coarse, fine - 1) > 0.0
    if coarse < 7:
        assert current_a(coarse + 1, fine) == pytest.approx(8 * current_a(coarse, fine))


@given(exponent=st.floats(-11.5, -4.8))
def test_the_nearest_values_are_near(exponent: float) -> None:
    wanted_a = 10.0**exponent
    coarse, fine = nearest_coarse_fine(wanted_a)
    # Rounded to the nearest fine value, of what was wanted: that may be half a value below.
    step = 0.5 / (fine - 0.5) + 1e-9
    if 1 < fine < 255:
        assert abs(current_a(coarse, fine) / wanted_a - 1.0) <= step


@given(start=st.floats(-10.0, -6.0), coarse=st.integers(0, 7))
def test_a_slow_sweep_crosses_each_boundary_once(start: float, coarse: int) -> None:
    kept, _ = nearest_coarse_fine(10.0**start, coarse)
    changes, last_a = 0, 0.0
    for k in range(200):
        wanted_a = 10.0 ** (start + k * 0.009)
        new, fine = nearest_coarse_fine(wanted_a, kept)
        changes += new != kept
        assert new >= kept or k == 0
        assert current_a(new, fine) >= 0.999 * last_a
        kept, last_a = new, current_a(new, fine)
    assert changes <= math.ceil(1.8 / math.log10(8.0)) + 1


def test_going_back_a_little_does_not_go_back_over_the_boundary() -> None:
    coarse, fine = nearest_coarse_fine(current_a(4, 245), 4)
    assert coarse == 5
    assert nearest_coarse_fine(current_a(coarse, fine) * 0.9, coarse)[0] == 5


@pytest.mark.parametrize("wrong", [0.0, -1e-9, math.nan, math.inf])
def test_a_current_that_is_none_is_refused(wrong: float) -> None:
    with pytest.raises(InputError, match="bias current"):
        nearest_coarse_fine(wrong)


@pytest.mark.parametrize(("coarse", "fine"), [(-1, 1), (8, 1), (0, -1), (0, 256)])
def test_values_beyond_the_generator_are_refused(coarse: int, fine: int) -> None:
    with pytest.raises(InputError, match="expected 0 to"):
        current_a(coarse, fine)
