import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from touchloop.touch.wrench import SENSOR_TO_TCP_M, low_pass_share, wrench_at_tcp

wrenches = arrays(np.float64, 6, elements=st.floats(-50.0, 50.0))


def moved(wrench: np.ndarray, bias: np.ndarray) -> np.ndarray:
    out = np.empty(6)
    wrench_at_tcp(wrench, bias, out)
    return out


@given(wrenches, wrenches)
def test_the_torque_moves_with_the_lever_and_the_bias_goes(wrench: np.ndarray, bias: np.ndarray) -> None:
    tared = wrench - bias
    lever = np.array([0.0, 0.0, -SENSOR_TO_TCP_M])
    at_tcp = moved(wrench, bias)
    np.testing.assert_allclose(at_tcp[:3], tared[:3])
    np.testing.assert_allclose(at_tcp[3:], tared[3:] + np.cross(lever, tared[:3]), atol=1e-9)


@given(arrays(np.float64, 3, elements=st.floats(-50.0, 50.0)))
def test_a_force_through_the_tcp_has_no_torque_there(force: np.ndarray) -> None:
    at_sensor = np.concatenate([force, np.cross([0.0, 0.0, SENSOR_TO_TCP_M], force)])
    np.testing.assert_allclose(moved(at_sensor, np.zeros(6))[3:], 0.0, atol=1e-9)


@pytest.mark.parametrize("cutoff_hz", [5.0, 30.0, 100.0])
def test_the_filter_reaches_63_percent_after_its_time_constant(cutoff_hz: float) -> None:
    period_s = 1e-4
    share, value = low_pass_share(cutoff_hz, period_s), 0.0
    for _ in range(round(1.0 / (2.0 * np.pi * cutoff_hz) / period_s)):
        value += share * (1.0 - value)
    assert value == pytest.approx(1.0 - np.exp(-1.0), abs=0.02)


@given(st.floats(0.1, 1e4), st.floats(1e-4, 0.1))
def test_the_share_is_a_share(cutoff_hz: float, period_s: float) -> None:
    assert 0.0 < low_pass_share(cutoff_hz, period_s) <= 1.0
