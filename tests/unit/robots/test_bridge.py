import numpy as np
import pytest
from robot_samples import URDF, robot

from touchloop.geometry.pose import compose
from touchloop.robots.bridge import ArmBridge
from touchloop.robots.kinematics import Kinematics
from touchloop.robots.wire import JointSample, PoseSample
from touchloop.sim.arm import HOME_JOINT_POSITIONS, JOINT_NAMES

TICK_NS = 4_000_000
AT_HOME = Kinematics(robot(), URDF).tcp_in_base(HOME_JOINT_POSITIONS)


def moved(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    """Where the arm is at home, moved [m]."""
    return np.concatenate([AT_HOME[:3] + np.array([x, y, z]), AT_HOME[3:]])


def bridge(tick: int = 250) -> ArmBridge:
    made = ArmBridge(robot(), URDF, "base_link", 0.1)
    hear(made, tick)
    return made


def hear(made: ArmBridge, tick: int) -> None:
    made.joints(JointSample(tick * TICK_NS, JOINT_NAMES, HOME_JOINT_POSITIONS))
    made.pose(PoseSample(tick * TICK_NS, "base_link", AT_HOME))


def target(tick: int = 250, pose: np.ndarray = AT_HOME, frame: str = "base_link") -> PoseSample:
    return PoseSample(tick * TICK_NS, frame, pose)


def test_a_good_target_goes_through() -> None:
    made = bridge()
    (*_, (name, sent)) = made.target(target())
    assert name == "target_pose"
    np.testing.assert_allclose(sent.pose, AT_HOME)
    assert made.problem == ""


@pytest.mark.parametrize(
    "wrong", [moved(z=0.1), moved(x=0.006), compose(AT_HOME, np.array([0, 0, 0, 0, np.sin(0.03), 0, np.cos(0.03)]))]
)
def test_no_motion_begins_with_a_description_that_does_not_fit(wrong: np.ndarray) -> None:
    made = bridge()
    made.pose(PoseSample(250 * TICK_NS, "base_link", wrong))
    assert made.target(target()) == []
    assert "the robot's description does not fit" in made.problem


def test_a_description_is_judged_before_motion_only() -> None:
    made = bridge()
    made.target(target())
    made.pose(PoseSample(251 * TICK_NS, "base_link", moved(x=0.02)))
    assert made.target(target(251))


def test_the_posture_is_told_once() -> None:
    made = bridge()
    assert [name for name, _ in made.target(target())] == ["target_joint", "target_pose"]
    assert [name for name, _ in made.target(target(251))] == ["target_pose"]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (target(pose=np.full(7, np.nan)), "not finite"),
        (target(pose=np.array([0.4, 0, 0.2, 0, 0, 0, 0.5])), "length 0.5000"),
        (target(frame="world"), "frame 'world'"),
        (target(220), "0.120 s old"),
        (target(280), "-0.120 s old"),
    ],
)
def test_a_bad_target_is_not_obeyed_and_named(bad: PoseSample, why: str) -> None:
    made = bridge()
    assert made.target(bad) == []
    assert why in made.problem
    assert made.refused == 1


def test_targets_in_turn_of_two_sources_are_noticed() -> None:
    made = bridge()
    made.target(target(250))
    assert made.target(target(245)) == []
    assert "second publisher" in made.problem


def test_silence_stops_the_arm_where_it_is_once() -> None:
    made = bridge()
    ahead = moved(0.05, 0, -0.01)
    made.target(target(pose=ahead))
    hear(made, 275)
    assert made.stop_if_silent() == []
    hear(made, 276)
    ((_, sent),) = made.stop_if_silent()
    # Along the tool's axis the target stays, so the contact force does; across it the arm comes to rest.
    np.testing.assert_allclose(sent.pose[:3], moved(0.01, 0, -0.01)[:3], atol=1e-9)
    assert "no target_pose" in made.problem
    assert made.stop_if_silent() == []


def test_nothing_is_sent_before_the_driver_spoke() -> None:
    made = ArmBridge(robot(), URDF, "base_link", 0.1)
    assert made.target(target()) == []
    assert "has not said anything" in made.problem
