"""Adapters and stand-ins of the families that move stiff joints, each against the manners of its documentation."""

from dataclasses import replace

import numpy as np
import pytest
from robot_samples import URDF, measured, robot

from touchloop.errors import InputError
from touchloop.robots.adapters.adapter import ArmState
from touchloop.robots.adapters.make import make_adapter
from touchloop.robots.config import FAMILIES
from touchloop.robots.kinematics import Kinematics
from touchloop.robots.stand_ins.make import make_stand_in
from touchloop.robots.wire import JointPath, JointSample, Numbers, PoseSample, TwistSample, WrenchSample
from touchloop.sim.arm import HOME_JOINT_POSITIONS as HOME
from touchloop.sim.arm import JOINT_NAMES

TICK_NS = 4_000_000
HOME_TCP = Kinematics(robot(), URDF).tcp_in_base(HOME)
NEAR = HOME + 0.02
STEP = np.array([0.01, 0, 0, 0, 0, 0, 0])


def stand_in(family: str):
    made = make_stand_in(robot(family), URDF)
    made.start(measured(0, HOME_TCP))
    return made


def after(made, ticks: int, first: int = 0) -> np.ndarray:
    for tick in range(first, first + ticks):
        out = made.step(measured(tick * TICK_NS, HOME_TCP), 0.004)
    return out


def path(*points: np.ndarray, times: tuple[float, ...] = (0.1,), **changes: object) -> JointPath:
    return replace(JointPath(0, JOINT_NAMES, times, np.array(points)), **changes)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family not in ("crisp", "fzi")])
def test_without_a_command_the_joints_stay(family: str) -> None:
    np.testing.assert_allclose(after(stand_in(family), 50), HOME)


def test_forward_drops_what_is_not_finite_and_keeps_the_last_for_ever() -> None:
    made = stand_in("forward_command_controller")
    made.receive(0, "commands", Numbers(NEAR))
    made.receive(0, "commands", Numbers(np.full(7, np.nan)))
    assert made.dropped == 1
    np.testing.assert_allclose(after(made, 1000), NEAR, atol=1e-9)


def test_forward_ends_at_a_wrong_count() -> None:
    made = stand_in("forward_command_controller")
    made.receive(0, "commands", Numbers(np.zeros(6)))
    assert "6 numbers for 7 joints" in made.problem


@pytest.mark.parametrize(
    ("family", "command", "message"),
    [
        ("forward_command_controller", "commands", Numbers(HOME + 0.2)),
        ("topic_based", "robot_joint_command", JointSample(0, JOINT_NAMES, HOME + 0.2)),
        ("topic_based", "robot_joint_command", JointSample(0, JOINT_NAMES, HOME * np.nan)),
        ("joint_trajectory_controller", "joint_trajectory", path(HOME + 0.2, times=(0.001,))),
        ("joint_trajectory_controller", "joint_trajectory", path(HOME * np.nan)),
    ],
)
def test_a_seam_stops_the_arm_until_it_is_released(family: str, command: str, message) -> None:
    made = stand_in(family)
    made.receive(0, command, message)
    np.testing.assert_allclose(after(made, 10), HOME)
    assert "protective stop" in made.problem
    made.start(measured())
    assert made.problem == ""


def test_topic_based_goes_by_names() -> None:
    made = stand_in("topic_based")
    made.receive(0, "robot_joint_command", JointSample(0, ("lid", JOINT_NAMES[6]), np.array([3.0, HOME[6] + 0.02])))
    np.testing.assert_allclose(after(made, 500), [*HOME[:6], HOME[6] + 0.02], atol=1e-9)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (path(NEAR, names=("a", *JOINT_NAMES[1:])), "not the controller's"),
        (path(times=(), positions=np.empty((0, 7))), "no points"),
        (path(NEAR[:6]), "not a number for every joint"),
        (path(NEAR, velocities=np.full((1, 7), 0.1)), "last point's velocity"),
        (path(NEAR, NEAR, times=(0.1, 0.1)), "do not increase"),
        (path(NEAR, stamp_ns=1), "ends in the past"),
    ],
)
def test_a_trajectory_that_is_refused_changes_nothing(message: JointPath, why: str) -> None:
    made = stand_in("joint_trajectory_controller")
    made.receive(1_000_000_000, "joint_trajectory", message)
    assert why in made.refusal
    np.testing.assert_allclose(after(made, 100, first=250), HOME)


def test_a_trajectory_goes_evenly_from_where_it_is_and_holds_its_end() -> None:
    made = stand_in("joint_trajectory_controller")
    made.receive(0, "joint_trajectory", path(NEAR, times=(0.4,)))
    middle = after(made, 50)
    assert np.all((middle > HOME + 0.006) & (middle < HOME + 0.01))
    made.receive(50 * TICK_NS, "joint_trajectory", path(HOME, times=(0.1,)))
    np.testing.assert_allclose(after(made, 200, first=50), HOME, atol=1e-6)


def test_servo_halts_at_a_stale_or_invalid_command() -> None:
    made = stand_in("moveit_servo")
    moving = TwistSample(0, "base_link", np.array([0.05, 0, 0, 0, 0, 0]))
    made.receive(0, "delta_twist_cmds", moving)
    after(made, 40)
    assert "stale" in made.problem
    stood = after(made, 60, first=40)
    np.testing.assert_allclose(after(made, 20, first=100), stood, atol=1e-4)
    travelled = Kinematics(robot(), URDF).tcp_in_base(after(made, 200, first=120))[0] - HOME_TCP[0]
    assert 0.004 < travelled < 0.006
    made.receive(0, "pose_target_cmds", PoseSample(0, "base_link", np.full(7, np.nan)))
    assert made.problem == "invalid command"
    made.receive(0, "delta_twist_cmds", replace(moving, frame="moon"))
    assert made.problem == "invalid command"


def test_fzi_passes_over_nan_and_other_frames_but_not_infinity() -> None:
    made = stand_in("fzi")
    for bad in (PoseSample(0, "base_link", np.full(7, np.nan)), PoseSample(0, "world", HOME_TCP + 0.1 * STEP)):
        made.receive(0, "target_frame", bad)
    made.receive(0, "ft_sensor_wrench", WrenchSample(0, "ft_sensor", np.full(6, np.nan)))
    np.testing.assert_allclose(after(made, 20), HOME, atol=1e-4)
    made.receive(0, "ft_sensor_wrench", WrenchSample(0, "ft_sensor", np.full(6, np.inf)))
    with np.errstate(invalid="ignore"):
        after(made, 2)
    assert "not finite" in made.problem


def test_fzi_moves_towards_the_target_and_away_from_a_push() -> None:
    made = stand_in("fzi")
    made.receive(0, "target_frame", PoseSample(0, "base_link", HOME_TCP + STEP))
    forward = Kinematics(robot(), URDF).tcp_in_base(after(made, 10))
    assert forward[0] > HOME_TCP[0] + 1e-4
    made = stand_in("fzi")
    made.receive(0, "ft_sensor_wrench", WrenchSample(0, "ft_sensor", np.array([0, 0, -10.0, 0, 0, 0])))
    pushed = Kinematics(robot(), URDF).tcp_in_base(after(made, 10))
    assert pushed[2] > HOME_TCP[2] + 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_adapter_and_stand_in_bring_the_arm_to_the_target(family: str) -> None:
    """An arm that follows at once: joints are where they are told to be."""
    config = robot(family)
    kinematics, adapter, made = Kinematics(config, URDF), make_adapter(config, URDF), make_stand_in(config, URDF)
    joints, tcp = HOME.copy(), HOME_TCP.copy()
    state = ArmState(joints, tcp)
    adapter.start(state)
    made.start(measured(0, tcp, joints))
    for tick in range(600):
        now_ns = tick * TICK_NS
        for name, message in adapter.step(now_ns, HOME_TCP + STEP, np.zeros(6), state):
            made.receive(now_ns, name, message)
        out = made.step(measured(now_ns, tcp, joints), 0.004)
        if made.drive == "pose":
            tcp = out
        else:
            joints, tcp = out.copy(), kinematics.tcp_in_base(out)
        state.joint_positions, state.tcp_in_base = joints, tcp
    assert made.problem == ""
    np.testing.assert_allclose(tcp[:3], (HOME_TCP + STEP)[:3], atol=3e-4)


def test_what_a_family_needs_is_asked_for() -> None:
    config = robot("fzi")
    with pytest.raises(InputError, match=r"topics\.commands lacks ft_sensor_wrench"):
        make_adapter(replace(config, topics=replace(config.topics, commands={"target_frame": "f"})), URDF)
    with pytest.raises(InputError, match="has no option horizon; it has: horizon_s"):
        make_adapter(robot("joint_trajectory_controller", options={"horizon": 1.0}), URDF)
    with pytest.raises(InputError, match="joint_states has not come yet"):
        make_adapter(robot("topic_based"), URDF).start(ArmState())
