from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from robot_samples import robot

from touchloop.errors import InputError
from touchloop.geometry.pose import quat_normalise, rotate
from touchloop.robots.adapters.adapter import TipFrame
from touchloop.robots.feedback import Feedback
from touchloop.robots.wire import JointSample, PoseSample, TwistSample, WrenchSample

numbers = st.lists(st.floats(-1.0, 1.0), min_size=7, max_size=7)
poses = numbers.map(np.array).filter(lambda pose: np.linalg.norm(pose[3:]) > 0.1)


def unit(pose: np.ndarray) -> np.ndarray:
    return np.concatenate([pose[:3], quat_normalise(pose[3:])])


def framed(base: np.ndarray, tcp: np.ndarray, sensor: np.ndarray | None = None):
    config = robot()
    return replace(
        config,
        frames=replace(
            config.frames,
            base_link_in_base=tuple(unit(base)),
            tcp_in_tip=tuple(unit(tcp)),
            ft_sensor_in_sensor=tuple(unit(base if sensor is None else sensor)),
        ),
    )


@given(poses, poses, poses)
def test_a_target_and_the_pose_that_comes_back_are_the_same(base, tcp, target) -> None:
    config, target = framed(base, tcp), unit(target)
    sent = TipFrame(config).pose(target)
    back = Feedback(config).tcp_pose(PoseSample(0, "base_link", sent))
    np.testing.assert_allclose(back[:3], target[:3], atol=1e-9)
    assert abs(abs(back[3:] @ target[3:]) - 1.0) < 1e-9


@given(poses, poses)
def test_power_does_not_depend_on_the_frames(base, sensor) -> None:
    """A wrench times the twist at its own point is the same number seen from any frame."""
    feedback = Feedback(framed(base, base, sensor))
    wrench, twist = np.array([1.0, 2.0, 3.0, 0.1, 0.2, 0.3]), np.array([0.3, -0.2, 0.1, 1.0, -1.0, 0.5])
    in_sensor = feedback.wrench(WrenchSample(0, "ft_sensor", wrench))
    pose = unit(sensor)
    turned = np.concatenate([rotate(pose[3:] * [-1, -1, -1, 1], part) for part in (twist[:3], twist[3:])])
    offset = rotate(pose[3:] * [-1, -1, -1, 1], pose[:3])
    turned[:3] += np.cross(turned[3:], offset)
    assert wrench @ twist == pytest.approx(in_sensor @ turned, abs=1e-9)


def test_twist_is_of_the_tcp() -> None:
    config = framed(np.array([0, 0, 0, 0, 0, 0, 1.0]), np.array([0, 0, 0.1, 0, 0, 0, 1.0]))
    tcp = np.array([0.5, 0, 0.3, 0, 0, 0, 1.0])
    twist = Feedback(config).tcp_twist(TwistSample(0, "base_link", np.array([0, 0, 0, 1.0, 0, 0])), tcp)
    np.testing.assert_allclose(twist, [0, -0.1, 0, 1, 0, 0], atol=1e-12)


def test_joints_in_any_order_and_among_others() -> None:
    config = robot()
    names = ("gripper", *reversed(config.joints))
    positions, velocities = Feedback(config).joints(JointSample(0, names, np.arange(8.0)))
    np.testing.assert_array_equal(positions, np.arange(7.0, 0.0, -1.0))
    np.testing.assert_array_equal(velocities, np.zeros(7))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f.tcp_pose(PoseSample(0, "world", np.zeros(7))), "frame 'world'; expected 'base_link'"),
        (lambda f: f.tcp_pose(PoseSample(0, "/base_link", np.full(7, np.nan))), "not finite"),
        (lambda f: f.tcp_pose(PoseSample(0, "base_link", np.zeros(7))), "length 0.0000"),
        (lambda f: f.wrench(WrenchSample(0, "tool0", np.zeros(6))), "expected 'ft_sensor'"),
        (lambda f: f.joints(JointSample(0, ("a",), np.zeros(1))), "lacks panda_joint1"),
    ],
)
def test_what_must_not_be_used_is_refused(call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call(Feedback(robot()))
