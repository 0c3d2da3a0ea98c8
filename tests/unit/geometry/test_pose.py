import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from touchloop.geometry.pose import (
    action_to_pose,
    compose,
    pose_to_action,
    quat_conjugate,
    quat_from_columns,
    quat_from_rotation_vector,
    quat_multiply,
    quat_normalise,
    relative,
    rotate,
    rotation_vector,
    slerp,
)

IDENTITY = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
vectors = arrays(np.float64, 3, elements=st.floats(-2.0, 2.0))
# Turns of every size up to just below a half turn, where the shorter way is not unique.
turns = st.builds(
    lambda v, angle: angle * v / np.linalg.norm(v),
    arrays(np.float64, 3, elements=st.floats(-1.0, 1.0)).filter(lambda v: np.linalg.norm(v) > 0.1),
    st.one_of(st.floats(0.0, 3.1), st.floats(0.0, 1e-7)),
)
quats = st.builds(lambda q, sign: sign * q, st.builds(quat_from_rotation_vector, turns), st.sampled_from([-1.0, 1.0]))
poses = st.builds(lambda v, q: np.concatenate([v, q]), vectors, quats)


def same_turn(a: np.ndarray, b: np.ndarray, tolerance: float = 1e-12) -> bool:
    """A quaternion and its negative are the same rotation."""
    return min(np.abs(a - b).max(), np.abs(a + b).max()) < tolerance


def assert_same_pose(a: np.ndarray, b: np.ndarray, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(a[:3], b[:3], atol=tolerance)
    assert same_turn(a[3:], b[3:], tolerance)


@given(poses, poses, poses)
def test_composition_is_associative(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    assert_same_pose(compose(compose(a, b), c), compose(a, compose(b, c)))


@given(poses)
def test_identity_is_neutral_and_every_pose_has_an_inverse(a: np.ndarray) -> None:
    assert_same_pose(compose(a, IDENTITY), a)
    assert_same_pose(compose(IDENTITY, a), a)
    inverse = relative(a, IDENTITY)
    assert_same_pose(compose(a, inverse), IDENTITY)
    assert_same_pose(compose(inverse, a), IDENTITY)


@given(poses, poses)
def test_relative_undoes_compose(b_in_c: np.ndarray, a_in_b: np.ndarray) -> None:
    assert_same_pose(relative(b_in_c, compose(b_in_c, a_in_b)), a_in_b)


@given(poses, poses, vectors)
def test_composed_poses_map_points_like_one_after_the_other(b_in_c: np.ndarray, a_in_b: np.ndarray, point) -> None:
    whole = compose(b_in_c, a_in_b)
    in_b = a_in_b[:3] + rotate(a_in_b[3:], point)
    np.testing.assert_allclose(whole[:3] + rotate(whole[3:], point), b_in_c[:3] + rotate(b_in_c[3:], in_b), atol=1e-9)


@given(quats, quats, vectors)
def test_rotations_agree_with_scipy(a: np.ndarray, b: np.ndarray, v: np.ndarray) -> None:
    turn = Rotation.from_quat(a)
    np.testing.assert_allclose(rotate(a, v), turn.apply(v), atol=1e-12)
    np.testing.assert_allclose(rotation_vector(a), turn.as_rotvec(), atol=1e-9)
    assert same_turn(quat_multiply(a, b), (turn * Rotation.from_quat(b)).as_quat())
    assert same_turn(quat_conjugate(a), turn.inv().as_quat())
    columns = turn.as_matrix()
    assert same_turn(quat_from_columns(*(np.ascontiguousarray(columns[:, i]) for i in range(3))), a, 1e-7)


@given(turns)
def test_rotation_vectors_survive_the_way_there_and_back(v: np.ndarray) -> None:
    np.testing.assert_allclose(rotation_vector(quat_from_rotation_vector(v)), v, atol=1e-9)


@given(quats, st.floats(0.1, 10.0))
def test_normalising_restores_the_length(q: np.ndarray, scale: float) -> None:
    np.testing.assert_allclose(quat_normalise(scale * q), q, atol=1e-12)


@given(quats, turns, st.floats(0.0, 1.0))
def test_slerp_turns_at_constant_speed_by_the_shorter_way(a: np.ndarray, turn: np.ndarray, share: float) -> None:
    b = quat_multiply(a, quat_from_rotation_vector(turn))
    between = slerp(a, b, share)
    assert same_turn(between, slerp(a, -b, share), 1e-9)
    done = rotation_vector(quat_multiply(quat_conjugate(a), between))
    np.testing.assert_allclose(done, share * turn, atol=1e-9)


@given(poses)
def test_actions_are_another_form_of_poses(pose: np.ndarray) -> None:
    assert_same_pose(action_to_pose(pose_to_action(pose)), pose, 1e-7)


@given(poses, st.floats(0.2, 5.0), st.floats(0.2, 5.0), st.floats(-0.9, 0.9))
def test_actions_off_the_manifold_are_orthonormalised(pose: np.ndarray, first: float, second: float, lean) -> None:
    action = pose_to_action(pose)
    action[6:9] = second * action[6:9] + lean * action[3:6]
    action[3:6] *= first
    assert_same_pose(action_to_pose(action), pose, 1e-7)
