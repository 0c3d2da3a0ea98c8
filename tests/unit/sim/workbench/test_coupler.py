import numpy as np
import pytest

from touchloop.geometry.pose import compose, quat_from_rotation_vector
from touchloop.sim.workbench.coupler import CLOSING_S, Coupler, fits

PERIOD_S = 0.004
GRASP = np.array([0.4, 0.1, 0.04, 1.0, 0.0, 0.0, 0.0])


def off(shift_m=(0.0, 0.0, 0.0), turn_deg=(0.0, 0.0, 0.0)):
    return compose(GRASP, np.concatenate([shift_m, quat_from_rotation_vector(np.radians(turn_deg))]))


@pytest.mark.parametrize(
    ("shift_m", "turn_deg", "taken"),
    [
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), True),
        ((0.003, 0.0, 0.002), (0.0, 0.0, 0.0), True),
        ((0.006, 0.0, 0.0), (0.0, 0.0, 0.0), False),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 6.0), True),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 12.0), False),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 180.0), True),
        ((0.0, 0.0, 0.0), (9.0, 0.0, 0.0), False),
    ],
)
def test_takes_what_is_within_millimetres_and_degrees(shift_m, turn_deg, taken):
    assert fits(off(shift_m, turn_deg), GRASP) is taken


def close(coupler, there="wiper"):
    for _ in range(int(CLOSING_S / PERIOD_S) + 2):
        coupler.step("close", PERIOD_S, lambda: there)


def test_closing_takes_time_and_opening_none():
    coupler = Coupler()
    coupler.step("close", PERIOD_S, lambda: "wiper")
    assert not coupler.closed
    assert coupler.holds is None
    close(coupler)
    assert coupler.closed
    assert coupler.holds == "wiper"
    assert coupler.step("open", PERIOD_S, lambda: None) == "wiper"
    assert coupler.holds is None


def test_what_comes_after_closing_is_not_taken():
    coupler = Coupler()
    close(coupler, None)
    close(coupler, "wiper")
    assert coupler.holds is None


def test_a_jammed_coupler_closes_on_nothing():
    coupler = Coupler(jammed=True)
    close(coupler)
    assert coupler.closed
    assert coupler.holds is None
