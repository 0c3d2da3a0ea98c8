import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from robot_samples import HOME_POSE, moved

from touchloop.robots.config import Compliance
from touchloop.robots.kinematics import pose_error
from touchloop.robots.spring import VirtualSpring

PERIOD_S = 0.004


def settled(wrench: np.ndarray, target: np.ndarray = HOME_POSE, ticks: int = 1000) -> VirtualSpring:
    spring = VirtualSpring(Compliance())
    spring.start(HOME_POSE)
    for _ in range(ticks):
        spring.step(target, wrench, PERIOD_S)
    return spring


def test_it_comes_to_the_target_and_gives_way_by_force_over_stiffness() -> None:
    np.testing.assert_allclose(settled(np.zeros(6), moved(0.02)).pose, moved(0.02), atol=1e-6)
    # 8 N on the tool along -z of tcp, which points down, push it up.
    np.testing.assert_allclose(settled(np.array([0, 0, -8.0, 0, 0, 0])).pose[:3], moved(z=0.01)[:3], atol=1e-6)
    turned = settled(np.array([0, 0, 0, 0, 0, 2.0]))
    np.testing.assert_allclose(pose_error(HOME_POSE, turned.pose)[3:], [0, 0, -0.05], atol=1e-6)


@given(st.lists(st.floats(-50, 50), min_size=6, max_size=6))
def test_it_never_swings_up(wrench: list[float]) -> None:
    spring = settled(np.array(wrench), ticks=50)
    start = np.abs(pose_error(HOME_POSE, spring.pose)).max()
    for _ in range(2000):
        spring.step(HOME_POSE, np.zeros(6), PERIOD_S)
    assert np.abs(pose_error(HOME_POSE, spring.pose)).max() <= 1e-3 * start + 1e-9
    np.testing.assert_allclose(spring.twist_in_base, 0, atol=1e-3)
