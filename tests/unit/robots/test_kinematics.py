from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from robot_samples import URDF, robot

from touchloop.errors import InputError
from touchloop.robots.kinematics import SINGULAR_BELOW, Kinematics, pose_error
from touchloop.sim.arm import HOME_JOINT_POSITIONS

KINEMATICS = Kinematics(robot(), URDF)
PERIOD_S = 0.004
offsets = st.lists(st.floats(-0.4, 0.4), min_size=7, max_size=7).map(np.array)


@given(offsets)
def test_the_jacobian_is_the_derivative_of_the_pose(offset: np.ndarray) -> None:
    joints = HOME_JOINT_POSITIONS + offset
    jacobian, step = KINEMATICS.jacobian(joints), 1e-6
    for joint in range(7):
        change = step * np.eye(7)[joint]
        moved = pose_error(KINEMATICS.tcp_in_base(joints - change), KINEMATICS.tcp_in_base(joints + change))
        np.testing.assert_allclose(moved / (2 * step), jacobian[:, joint], atol=1e-6)


@given(offsets)
def test_inverse_steps_come_to_a_pose_within_reach(offset: np.ndarray) -> None:
    wanted = KINEMATICS.tcp_in_base(HOME_JOINT_POSITIONS + 0.5 * offset)
    joints = HOME_JOINT_POSITIONS.copy()
    for _ in range(400):
        before, joints = joints, KINEMATICS.inverse_step(joints, wanted, PERIOD_S)
        assert np.all(np.abs(joints - before) <= KINEMATICS.speed_limits * PERIOD_S + 1e-12)
    assert np.abs(pose_error(KINEMATICS.tcp_in_base(joints), wanted)).max() < 1e-4


def test_the_null_space_pulls_to_the_posture() -> None:
    pose = KINEMATICS.tcp_in_base(HOME_JOINT_POSITIONS)
    joints = HOME_JOINT_POSITIONS + 0.3 * np.linalg.svd(KINEMATICS.jacobian(HOME_JOINT_POSITIONS))[2][-1]
    far = np.linalg.norm(joints - HOME_JOINT_POSITIONS)
    for _ in range(1500):
        joints = KINEMATICS.inverse_step(joints, pose, PERIOD_S)
    assert np.linalg.norm(joints - HOME_JOINT_POSITIONS) < 0.1 * far


def test_out_of_reach_it_stretches_calmly_and_stays_within_the_limits() -> None:
    joints = HOME_JOINT_POSITIONS.copy()
    away = KINEMATICS.tcp_in_base(joints) + np.array([1.5, 0, 0, 0, 0, 0, 0])
    for _ in range(2000):
        before, joints = joints, KINEMATICS.inverse_step(joints, away, PERIOD_S)
        assert np.all((joints > KINEMATICS.lower) & (joints < KINEMATICS.upper))
        assert np.all(np.abs(joints - before) <= KINEMATICS.speed_limits * PERIOD_S + 1e-12)
    assert KINEMATICS.smallest_singular_value < SINGULAR_BELOW


def test_tip_and_base_may_be_others_than_the_projects() -> None:
    config = robot()
    frames = replace(
        config.frames, tip="panda_link8", tcp_in_tip=(0.0, 0.0, 0.134, 0.0, 0.0, -np.sin(np.pi / 8), np.cos(np.pi / 8))
    )
    other = Kinematics(replace(config, frames=frames), URDF)
    np.testing.assert_allclose(
        pose_error(other.tcp_in_base(HOME_JOINT_POSITIONS), KINEMATICS.tcp_in_base(HOME_JOINT_POSITIONS)), 0, atol=1e-6
    )
    np.testing.assert_allclose(
        other.jacobian(HOME_JOINT_POSITIONS), KINEMATICS.jacobian(HOME_JOINT_POSITIONS), atol=1e-6
    )


@pytest.mark.parametrize(
    ("urdf", "changes", "message"),
    [
        ("<robot", {}, "not a URDF"),
        (URDF, {"joints": ("elbow", *robot().joints[1:])}, "lacks joint elbow; it has: panda_joint1"),
        (URDF, {"frames": replace(robot().frames, tip="hand")}, "lacks link hand; it has: .*tcp"),
    ],
)
def test_a_wrong_description_is_refused(urdf: str, changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Kinematics(robot(**changes), urdf)
