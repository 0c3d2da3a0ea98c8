import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.robots.taring import CONTACT_N, SPEED_M_S, TareGuard

PERIOD_S = 0.02


def guard(force_n: float = 0.0, speed_m_s: float = 0.0, noise_n: float = 0.1, turning_rad_s: float = 0.0) -> TareGuard:
    """One that watched an arm for two seconds, up to time 0."""
    rng, out = np.random.default_rng(0), TareGuard()
    for k in range(100):
        now_s = (k - 99) * PERIOD_S
        out.wrench(np.array([0, 0, force_n, 0, 0, 0]) + noise_n * rng.standard_normal(6), now_s)
        out.twist(np.array([speed_m_s, 0, 0, turning_rad_s, 0, 0]), now_s)
    return out


def test_a_still_arm_in_free_air_may_be_tared() -> None:
    assert guard(force_n=12.0).refusal(0.0) == ""
    known = guard(force_n=12.0)
    known.bias(np.array([0, 0, 12.0, 0, 0, 0]))
    assert known.refusal(0.0) == ""


@given(force_n=st.floats(-50.0, 50.0).filter(lambda f: abs(f) > CONTACT_N + 0.5))
def test_never_in_contact_where_the_bias_is_known(force_n: float) -> None:
    pressed = guard(force_n=force_n)
    pressed.bias(np.zeros(6))
    assert "in contact" in pressed.refusal(0.0)


@given(speed_m_s=st.floats(SPEED_M_S * 1.01, 2.0))
def test_never_in_motion(speed_m_s: float) -> None:
    assert "the arm moves" in guard(speed_m_s=speed_m_s).refusal(0.0)


def test_motion_counts_for_half_a_second() -> None:
    stopped = guard(speed_m_s=0.1)
    for k in range(1, 101):
        stopped.wrench(np.zeros(6), k * PERIOD_S)
        stopped.twist(np.zeros(6), k * PERIOD_S)
    assert "the arm moves" in stopped.refusal(0.3)
    assert stopped.refusal(2.0) == ""


@pytest.mark.parametrize(
    ("watched", "message"),
    [
        (TareGuard(), "wrench is silent"),
        (guard(turning_rad_s=0.5), "the arm moves"),
        (guard(noise_n=5.0), "the force is not steady"),
        (guard(noise_n=np.nan), "the force is not steady"),
        (guard(speed_m_s=np.nan), "the arm moves"),
    ],
)
def test_what_is_not_known_or_not_still_is_refused(watched: TareGuard, message: str) -> None:
    assert message in watched.refusal(0.0)


def test_not_while_somebody_commands() -> None:
    commanded = guard()
    commanded.target(-0.2)
    assert "the controller commands the arm" in commanded.refusal(0.0)
