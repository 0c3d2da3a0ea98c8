from collections.abc import Iterator

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from touchloop.geometry.pose import compose, quat_conjugate, quat_from_rotation_vector, quat_multiply, rotation_vector
from touchloop.sim.arm import EFFORT_LIMITS, HOME_JOINT_POSITIONS, Arm, impedance_torque
from touchloop.sim.bullet import pybullet
from touchloop.sim.world import PERIOD_S, PHYSICS_STEPS
from touchloop.touch.wrench import SENSOR_TO_TCP_M, wrench_at_tcp

START = np.array([0.42, 0.0, 0.33, 1.0, 0.0, 0.0, 0.0])


@pytest.fixture
def arm() -> Iterator[Arm]:
    client = pybullet.connect(pybullet.DIRECT)
    pybullet.setTimeStep(PERIOD_S / PHYSICS_STEPS, physicsClientId=client)
    pybullet.setGravity(0.0, 0.0, -9.81, physicsClientId=client)
    arm = Arm(client)
    arm.reset(START)
    yield arm
    pybullet.disconnect(client)


def drive(arm: Arm, target: np.ndarray, seconds: float, push: np.ndarray | None = None) -> None:
    for _ in range(round(seconds * PHYSICS_STEPS / PERIOD_S)):
        if push is not None:
            arm.push(push)
        arm.step(target)
        pybullet.stepSimulation(physicsClientId=arm.client)


def error(arm: Arm, target: np.ndarray) -> tuple[float, float]:
    tcp = arm.tcp_in_base()
    turn = rotation_vector(quat_multiply(target[3:], quat_conjugate(tcp[3:])))
    return float(np.linalg.norm(target[:3] - tcp[:3])), float(np.linalg.norm(turn))


def test_a_reset_puts_the_tool_where_it_shall_be(arm: Arm) -> None:
    for offset in ([0.0, 0.0, 0.0], [0.1, 0.2, -0.05], [-0.1, -0.15, 0.1]):
        pose = START.copy()
        pose[:3] += offset
        arm.reset(pose)
        assert max(error(arm, pose)) < 1e-4
        assert not arm.joint_state()[1].any()


def test_it_stands_still_against_gravity_and_follows_a_step(arm: Arm) -> None:
    drive(arm, START, 0.5)
    assert error(arm, START)[0] < 1e-3
    goal = START.copy()
    goal[:3] += [0.05, 0.05, -0.03]
    goal[3:] = (Rotation.from_rotvec([0.1, 0.0, 0.2]) * Rotation.from_quat(START[3:])).as_quat()
    drive(arm, goal, 2.0)
    distance, turn = error(arm, goal)
    assert distance < 3e-3
    assert turn < 0.03


def test_a_push_moves_it_as_a_spring_and_it_comes_back(arm: Arm) -> None:
    drive(arm, START, 0.2)
    drive(arm, START, 1.0, np.array([0.0, 8.0, 0.0]))
    moved = arm.tcp_in_base()[:3] - START[:3]
    assert 0.003 < moved[1] < 0.03
    drive(arm, START, 1.5)
    assert error(arm, START)[0] < 2e-3


def test_the_sensor_carries_the_tools_weight_and_sees_no_torque_about_its_own_axis(arm: Arm) -> None:
    drive(arm, START, 0.5)
    mass = sum(
        pybullet.getDynamicsInfo(arm.body, arm.links[name], physicsClientId=arm.client)[0] for name in ("tool0", "tcp")
    )
    wrench = arm.wrench_at_sensor()
    # The tool points down, so its weight pulls it out of the sensor, along +z.
    np.testing.assert_allclose(wrench[:3], [0.0, 0.0, 9.81 * mass], atol=0.05)
    np.testing.assert_allclose(wrench[3:], 0.0, atol=0.02)


def test_an_arm_elsewhere_moves_in_its_own_base_frame() -> None:
    client = pybullet.connect(pybullet.DIRECT)
    pybullet.setTimeStep(PERIOD_S / PHYSICS_STEPS, physicsClientId=client)
    pybullet.setGravity(0.0, 0.0, -9.81, physicsClientId=client)
    base = np.concatenate([[0.9, 0.3, 0.1], quat_from_rotation_vector(np.array([0.0, 0.0, 2.5]))])
    arm = Arm(client, base, tool="bare")
    arm.reset(START)
    assert max(error(arm, START)) < 1e-4
    np.testing.assert_allclose(arm.tcp_in_world(), compose(base, START), atol=1e-4)
    goal = START.copy()
    goal[:3] += [0.03, 0.05, -0.03]
    drive(arm, goal, 2.0)
    assert error(arm, goal)[0] < 3e-3
    pybullet.disconnect(client)


def loaded(arm: Arm, force: np.ndarray, torque: np.ndarray) -> np.ndarray:
    """Mean wrench at the sensor under a load on the tool, without the tool's weight."""
    means = []
    for load in (np.zeros(3), np.ones(3)):
        wrenches = []
        for _ in range(500):
            arm.step(START)
            arm.load_tool(load * force, load * torque)
            pybullet.stepSimulation(physicsClientId=arm.client)
            wrenches.append(arm.wrench_at_sensor())
        means.append(np.mean(wrenches[-100:], axis=0))
    return means[1] - means[0]


def test_a_load_on_the_tool_is_felt_by_the_sensor(arm: Arm) -> None:
    # The tool points down: base z is the sensor's -z, base y its -y.
    pressed = loaded(arm, np.array([0.0, 0.0, 5.0]), np.zeros(3))
    np.testing.assert_allclose(pressed[:3], [0.0, 0.0, -5.0], atol=0.1)
    np.testing.assert_allclose(pressed[3:], 0.0, atol=0.1)
    turned = loaded(arm, np.zeros(3), np.array([0.0, 0.0, 0.4]))
    np.testing.assert_allclose(turned[:3], 0.0, atol=0.1)
    np.testing.assert_allclose(turned[3:], [0.0, 0.0, -0.4], atol=0.03)


@pytest.mark.parametrize("force", [(5.0, 0.0, 0.0), (0.0, -4.0, 0.0), (3.0, 3.0, 6.0)])
def test_a_sideways_force_on_the_tool_is_a_torque_about_the_sensors_origin(
    arm: Arm, force: tuple[float, float, float]
) -> None:
    # The tool points down: half a turn about x.
    in_sensor = np.array(force) * [1.0, -1.0, -1.0]
    felt = loaded(arm, np.array(force), np.zeros(3))
    np.testing.assert_allclose(felt[:3], in_sensor, atol=0.1)
    np.testing.assert_allclose(felt[3:], np.cross([0.0, 0.0, SENSOR_TO_TCP_M], in_sensor), atol=0.01)
    # So at the TCP there is no torque.
    at_tcp = np.empty(6)
    wrench_at_tcp(felt, np.zeros(6), at_tcp)
    np.testing.assert_allclose(at_tcp[3:], 0.0, atol=0.01)


def test_torques_never_exceed_the_joints_limits() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        quat = Rotation.random(random_state=int(rng.integers(1000))).as_quat()
        target = np.concatenate([rng.uniform(-5.0, 5.0, 3), quat])
        torque = impedance_torque(
            target,
            START,
            rng.standard_normal((6, 7)),
            rng.uniform(-2.0, 2.0, 7),
            rng.uniform(-2.0, 2.0, 7),
            rng.uniform(-30.0, 30.0, 7),
            HOME_JOINT_POSITIONS,
        )
        assert (np.abs(torque) <= EFFORT_LIMITS).all()
