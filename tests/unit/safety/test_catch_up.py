"""Whatever the target does, what is sent gets to it gently, and not away from the arm."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.safety.catch_up import CATCH_UP_M_S, CATCH_UP_M_S2, LAG_S, CatchUp

DT_S = 0.004
AXIS = np.array([0.0, 0.0, 1.0])
START = np.array([0.5, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
ways = st.tuples(*[st.floats(-0.3, 0.3)] * 3).map(np.array)


def at(way: np.ndarray) -> np.ndarray:
    return np.concatenate([START[:3] + way, START[3:]])


@settings(max_examples=60)
@given(ways, st.floats(0.02, 0.4), st.integers(5, 400))
def test_no_step_is_faster_than_it_may_be_and_the_target_is_reached(way: np.ndarray, lag_s: float, ticks: int) -> None:
    """An arm that follows what is sent with a lag."""
    catch_up, pose, tcp, target = CatchUp(AXIS), START.copy(), START.copy(), at(way)
    for k in range(ticks):
        before = tcp.copy()
        goal = catch_up.step(target, pose, tcp, (tcp[:3] - before[:3]) / DT_S, DT_S).copy()
        most_m = (CATCH_UP_M_S + CATCH_UP_M_S2 * (k + 1) * DT_S) * DT_S
        assert np.linalg.norm(goal[:3] - pose[:3]) <= most_m + 1e-12
        assert np.linalg.norm(target[:3] - goal[:3]) <= np.linalg.norm(target[:3] - pose[:3]) + 1e-12
        pose = goal
        tcp[:3] += (pose[:3] - tcp[:3]) * min(DT_S / lag_s, 1.0)
    if lag_s < LAG_S / 2 and ticks * DT_S * CATCH_UP_M_S > 2.0 * np.linalg.norm(way):
        np.testing.assert_allclose(pose, target)


@settings(max_examples=60)
@given(ways)
def test_an_arm_that_does_not_move_is_not_left_behind(way: np.ndarray) -> None:
    catch_up, pose = CatchUp(AXIS), START.copy()
    # Along the tool's axis it presses, which is for others to limit.
    way[2] = 0.0
    for _ in range(1000):
        pose = catch_up.step(at(way), pose, START, np.zeros(3), DT_S).copy()
    assert np.linalg.norm(pose[:2] - START[:2]) <= 1.1 * LAG_S * (CATCH_UP_M_S + CATCH_UP_M_S2 * LAG_S)
