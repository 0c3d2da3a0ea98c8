import numpy as np
from controller_samples import POSE
from hypothesis import given
from hypothesis import strategies as st

from touchloop.control.standstill import RUN_ON_SHARE, standstill_pose
from touchloop.geometry.pose import quat_from_rotation_vector, quat_multiply, rotate

TOOL_AXIS = np.array([0.0, 0.0, 1.0])
numbers = st.floats(-0.3, 0.3)
vectors = st.tuples(numbers, numbers, numbers).map(np.array)


@given(vectors, vectors, vectors)
def test_it_is_close_to_the_arm_along_the_surface_and_at_the_target_along_the_tool(
    turn: np.ndarray, target_m: np.ndarray, tcp_m: np.ndarray
) -> None:
    orientation = quat_multiply(quat_from_rotation_vector(turn), POSE[3:])
    target = np.concatenate([target_m, orientation])
    tcp = np.concatenate([tcp_m, POSE[3:]])
    before = target.copy()
    stop = standstill_pose(target, tcp, TOOL_AXIS)
    axis = rotate(orientation, TOOL_AXIS)
    np.testing.assert_allclose((stop[:3] - target_m) @ axis, 0.0, atol=1e-12)
    to_rest, to_target = (np.cross(pose[:3] - tcp_m, axis) for pose in (stop, target))
    np.testing.assert_allclose(to_rest, RUN_ON_SHARE * to_target, atol=1e-12)
    np.testing.assert_array_equal(stop[3:], orientation)
    np.testing.assert_array_equal(target, before)
