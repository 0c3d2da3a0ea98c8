import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.safety.bounds import pose_fault, twist_fault, wrench_fault


@pytest.mark.parametrize("judge", [twist_fault, wrench_fault])
@given(place=st.integers(0, 5), value=st.one_of(st.just(float("nan")), st.just(float("inf")), st.floats(1e4, 1e300)))
def test_one_number_that_cannot_be_makes_a_measurement_unusable(judge, place: int, value: float) -> None:
    values = np.zeros(6)
    values[place] = value
    assert judge(values)
    values[place] = -value
    assert judge(values)


@given(values=st.lists(st.floats(-19.0, 19.0), min_size=6, max_size=6))
def test_what_an_arm_can_do_is_usable(values: list[float]) -> None:
    assert twist_fault(np.array(values)) == ""
    assert wrench_fault(100.0 * np.array(values)) == ""


@given(values=st.lists(st.floats(-1e308, 1e308), min_size=7, max_size=7))
def test_random_numbers_are_no_pose(values: list[float]) -> None:
    assert (pose_fault(np.array(values)) == "") == (
        np.abs(values[:3]).max() <= 100.0 and abs(np.linalg.norm(np.clip(values[3:], -2.0, 2.0)) - 1.0) <= 1e-3
    )


def test_wrong_shapes_are_named() -> None:
    assert "expected (6,)" in twist_fault(np.zeros(5))
    assert "expected (7,)" in pose_fault(np.zeros(6))
