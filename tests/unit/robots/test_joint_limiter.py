import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.robots.config import JointLimits
from touchloop.robots.joint_limiter import JointLimiter

LIMITS = JointLimits(velocity_rad_s=(1.0, 2.0), acceleration_rad_s2=(5.0, 10.0), jerk_rad_s3=(500.0, 1000.0))
PERIOD_S = 0.004


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=12))
def test_no_target_however_wild_breaks_a_limit(targets: list[tuple[float, float]]) -> None:
    limiter = JointLimiter(LIMITS, PERIOD_S)
    limiter.start(np.zeros(2))
    path = [np.zeros(2)] * 3
    for target in targets:
        path += [limiter.step(np.array(target)) for _ in range(7)]
    for order, most in enumerate((LIMITS.velocity_rad_s, LIMITS.acceleration_rad_s2, LIMITS.jerk_rad_s3), start=1):
        rates = np.diff(np.array(path), n=order, axis=0) / PERIOD_S**order
        assert np.all(np.abs(rates) <= np.array(most) * (1 + 1e-6) + 1e-6)


def test_it_arrives_and_rests() -> None:
    limiter = JointLimiter(LIMITS, PERIOD_S)
    limiter.start(np.zeros(2))
    for _ in range(500):
        last = limiter.step(np.array([0.5, -0.5]))
    np.testing.assert_allclose(last, [0.5, -0.5], atol=1e-9)
    np.testing.assert_allclose(limiter.velocities, 0, atol=1e-9)


def test_not_finite() -> None:
    limiter = JointLimiter(LIMITS, PERIOD_S)
    with pytest.raises(InputError, match="not finite"):
        limiter.step(np.array([np.nan, 0.0]))
