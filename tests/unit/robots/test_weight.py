from dataclasses import replace

import numpy as np
import pytest
from robot_samples import robot
from scipy.spatial.transform import Rotation

from touchloop.errors import InputError
from touchloop.robots.config_calibration import Calibration
from touchloop.robots.weight import ToolCompensation
from touchloop.touch.tool_weight import weight_at_sensor

KNOWN = Calibration(
    tool_mass_kg=1.2, tool_com_in_sensor_m=(0.01, 0.0, 0.07), sensor_bias=(1.0, -2.0, 3.0, 0.1, 0.0, -0.1)
)


def test_a_calibrated_tool_feels_nothing_in_free_air_however_it_is_turned() -> None:
    compensation = ToolCompensation(robot(calibration=KNOWN))
    gravity = np.array([0.0, 0.0, -9.80665])
    push = np.array([0.0, 0.0, -5.0, 0.0, 0.1, 0.0])
    for turn in Rotation.random(10, rng=0).as_quat():
        pose = np.concatenate([[0.4, 0.0, 0.3], turn])
        told = weight_at_sensor(1.2, np.array([0.01, 0.0, 0.07]), turn, gravity) + KNOWN.sensor_bias
        np.testing.assert_allclose(compensation.applied(told, pose), np.zeros(6), atol=1e-12)
        np.testing.assert_allclose(compensation.applied(told + push, pose), push, atol=1e-12)


def test_gravity_has_another_direction_on_a_wall() -> None:
    frames = replace(robot().frames, gravity_in_base_link_m_s2=(9.80665, 0.0, 0.0))
    compensation = ToolCompensation(robot(calibration=replace(KNOWN, sensor_bias=(0.0,) * 6), frames=frames))
    identity = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    told = np.array([1.2 * 9.80665, 0.0, 0.0, 0.0, 1.2 * 9.80665 * 0.07, 0.0])
    np.testing.assert_allclose(compensation.applied(told, identity), np.zeros(6), atol=1e-12)


def test_without_a_calibration_nothing_changes_and_no_pose_is_needed() -> None:
    wrench = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    np.testing.assert_array_equal(ToolCompensation(robot(calibration=Calibration())).applied(wrench, None), wrench)


def test_a_weight_needs_a_pose() -> None:
    with pytest.raises(InputError, match="before any pose"):
        ToolCompensation(robot(calibration=KNOWN)).applied(np.zeros(6), None)
