import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.control.admittance import AdmittanceConfig, admittance_step

DT = 0.004
GAINS = AdmittanceConfig()
forces = st.floats(-100.0, 100.0)
offsets = st.floats(-GAINS.max_offset_m, GAINS.max_offset_m)


def step(offset_m: float, previous_error_n: float, error_n: float) -> float:
    return admittance_step(
        offset_m,
        previous_error_n,
        error_n,
        DT,
        GAINS.gain_m_per_ns,
        GAINS.damping_m_per_n,
        GAINS.max_speed_m_s,
        GAINS.max_offset_m,
    )


@given(offsets, forces, forces)
def test_speed_and_reach_are_bounded(offset_m: float, previous_error_n: float, error_n: float) -> None:
    after_m = step(offset_m, previous_error_n, error_n)
    assert abs(after_m) <= GAINS.max_offset_m
    assert abs(after_m - offset_m) <= GAINS.max_speed_m_s * DT + 1e-12


@given(offsets, st.floats(0.01, 100.0))
def test_too_little_force_presses_on_and_too_much_yields(offset_m: float, error_n: float) -> None:
    assert step(offset_m, error_n, error_n) >= offset_m
    assert step(offset_m, -error_n, -error_n) <= offset_m
    assert step(0.0, error_n, error_n) > 0.0 > step(0.0, -error_n, -error_n)


@given(offsets)
def test_the_right_force_moves_nothing(offset_m: float) -> None:
    assert step(offset_m, 0.0, 0.0) == pytest.approx(offset_m, abs=1e-15)


@given(forces, forces, forces)
def test_a_larger_error_never_moves_less(previous_error_n: float, one_n: float, other_n: float) -> None:
    low, high = sorted((one_n, other_n))
    assert step(0.0, previous_error_n, low) <= step(0.0, previous_error_n, high)


@pytest.mark.parametrize("stiffness_n_per_m", [300.0, 500.0, 700.0])
@pytest.mark.parametrize("planned_n", [3.0, 5.5, 8.0])
def test_on_a_spring_the_force_settles_at_the_planned_one(stiffness_n_per_m: float, planned_n: float) -> None:
    offset_m = previous_n = force_n = peak_n = 0.0
    for _ in range(500):
        error_n = planned_n - force_n
        offset_m = step(offset_m, previous_n, error_n)
        previous_n = error_n
        force_n = max(stiffness_n_per_m * offset_m, 0.0)
        peak_n = max(peak_n, force_n)
    assert force_n == pytest.approx(planned_n, abs=0.01)
    assert peak_n < 1.5 * planned_n
