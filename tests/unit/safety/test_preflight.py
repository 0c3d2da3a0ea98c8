import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from touchloop.errors import InputError
from touchloop.geometry.pose import quat_conjugate, rotate
from touchloop.safety.preflight import (
    Check,
    check_calibrated,
    check_calibration_date,
    check_frame_names,
    check_guided_touch,
    check_model,
    check_rates,
    check_rest,
    check_sides,
    check_staleness,
    check_tare,
    check_time_sync,
    summary,
)
from touchloop.safety.states import Preflight

DOWN = np.array([0.5, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
TILTED = np.concatenate([DOWN[:3], Rotation.from_euler("xyz", [math.pi - 0.6, 0, 0]).as_quat()])
directions = arrays(np.float64, 3, elements=st.floats(-1, 1)).filter(lambda v: np.linalg.norm(v) > 0.1)
quats = st.builds(lambda v: Rotation.from_rotvec(v).as_quat(), arrays(np.float64, 3, elements=st.floats(-1.7, 1.7)))


def test_together_they_pass_only_if_each_does() -> None:
    good, bad = Check("a", True, "fine"), Check("b", False, "wrong")
    assert summary([]) == (Preflight.PENDING, "no check has run")
    assert summary([good]) == (Preflight.PASSED, "")
    assert summary([good, bad]) == (Preflight.FAILED, "b: wrong")


def test_rates() -> None:
    expected = {"tcp_pose": 250.0, "wrench": 500.0}
    assert check_rates({"tcp_pose": 240.0, "wrench": 505.0}, expected).passed
    slow = check_rates({"tcp_pose": 125.0}, expected)
    assert slow.reason == "tcp_pose comes at 125 Hz, expected 250 Hz; wrench comes at 0 Hz, expected 500 Hz"
    assert not check_rates({"tcp_pose": 5000.0, "wrench": 500.0}, expected).passed
    assert not check_rates({"tcp_pose": math.nan, "wrench": 500.0}, expected).passed


def test_staleness() -> None:
    limits = {"tcp_pose": 0.1, "wrench": 0.1}
    assert check_staleness({"tcp_pose": 0.01, "wrench": 0.02}, limits).passed
    said = check_staleness({"tcp_pose": 0.5}, limits).reason
    assert "tcp_pose is silent for 0.50 s, at most 0.1 s" in said
    assert "wrench was never received" in said


def test_time() -> None:
    assert check_time_sync({"wrench": [0.001, 0.002, 0.3]}).passed
    assert "300.0 ms behind" in check_time_sync({"wrench": [0.3, 0.3, 0.001]}).reason
    assert "3000.0 ms ahead of" in check_time_sync({"wrench": [-3.0]}).reason
    assert "never received" in check_time_sync({"wrench": []}).reason


def test_frame_names() -> None:
    expected = {"wrench": "ft_sensor"}
    assert check_frame_names({"wrench": "ft_sensor"}, expected).passed
    assert check_frame_names({"wrench": "tool0"}, expected).reason == "wrench is in frame 'tool0', expected 'ft_sensor'"
    assert "never" in check_frame_names({}, expected).reason


@given(directions, quats, st.floats(3.5, 30.0))
def test_a_push_is_felt_from_where_it_comes_whatever_the_orientation(
    push: np.ndarray, quat: np.ndarray, n: float
) -> None:
    sensor = np.concatenate([np.zeros(3), quat])
    force = rotate(quat_conjugate(quat), push / np.linalg.norm(push) * n)
    assert check_guided_touch(push, np.concatenate([force, np.zeros(3)]), sensor).passed
    turned = check_guided_touch(push, np.concatenate([-force, np.zeros(3)]), sensor)
    assert not turned.passed
    assert "sign is turned round" in turned.reason


def test_a_wrong_sensor_frame_and_a_weak_push_are_refused() -> None:
    push = np.array([0.0, 1.0, 0.0])
    swapped = np.array([8.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert "90 degrees beside" in check_guided_touch(push, swapped, DOWN).reason
    assert "push with at least" in check_guided_touch(push, 0.1 * swapped, DOWN).reason
    assert not check_guided_touch(push, np.full(6, np.nan), DOWN).passed
    with pytest.raises(InputError, match="not zero"):
        check_guided_touch(np.zeros(3), swapped, DOWN)


def test_taring() -> None:
    nothing, weight = np.zeros(6), np.array([0.0, 1.5, -4.0, 0, 0, 0])
    assert check_tare([nothing, nothing], [DOWN, TILTED]).passed
    assert "it is not tared" in check_tare([weight, weight], [DOWN, TILTED]).reason
    assert "tool's weight is wrong" in check_tare([nothing, weight], [DOWN, TILTED]).reason
    assert "orientations differ by 0 degrees" in check_tare([nothing, nothing], [DOWN, DOWN]).reason
    assert not check_tare([nothing, np.full(6, np.nan)], [DOWN, TILTED]).passed
    with pytest.raises(InputError, match="two wrenches"):
        check_tare([nothing], [DOWN])


def test_sides() -> None:
    still = {"left": 0.0, "right": 0.0}
    left, right = {"left": 0.02, "right": 0.0}, {"left": 0.0, "right": 0.02}
    assert check_sides(left, left, "left").passed
    for moved, turned in ((right, right), (left, right), (right, left)):
        assert "swapped" in check_sides(moved, turned, "left").reason
    assert "nothing moved" in check_sides(still, still, "left").reason
    with pytest.raises(InputError, match="one of: left, right"):
        check_sides(left, left, "middle")


def test_calibration() -> None:
    today = datetime.date(2026, 6, 1)
    assert check_calibration_date("2026-05-31", today).passed
    assert "92 days old" in check_calibration_date("2026-03-01", today).reason
    assert "in the future" in check_calibration_date("2027-01-01", today).reason
    assert "there is none" in check_calibration_date("", today).reason
    assert "expected as" in check_calibration_date("last week", today).reason


def test_model() -> None:
    assert check_model(DOWN, DOWN).passed
    beside = DOWN.copy()
    beside[0] += 0.05
    assert "50.0 mm and 0.0 degrees" in check_model(beside, DOWN).reason
    assert "wrong URDF" in check_model(TILTED, DOWN).reason
    assert not check_model(np.full(7, np.nan), DOWN).passed


@given(st.floats(0.1, 50.0), st.floats(-100.0, 100.0))
def test_force_before_motion_is_refused_beyond_the_limit_only(most_n: float, force_n: float) -> None:
    tared = np.array([0.0, 0.0, force_n, 0.0, 0.0, 0.0])
    assert check_rest(np.zeros(6), tared, most_n).passed == (abs(force_n) <= most_n)


def test_a_sensor_that_nobody_tared_and_a_force_that_is_no_number_are_refused() -> None:
    assert "not tared" in check_rest(None, np.zeros(6), 10.0).reason
    assert not check_rest(np.zeros(6), np.full(6, np.nan), 10.0).passed


@pytest.mark.parametrize(
    ("dates", "passed", "message"),
    [
        ({"tool": "2026-11-01", "latency": "2026-11-01"}, True, "age: tool 26 days, latency 26 days"),
        ({"tool": "2026-11-01"}, False, "latency was never calibrated: run `touchloop calibrate latency --robot fr3`"),
        ({}, False, "tool was never calibrated: run `touchloop calibrate tool --robot fr3`"),
        (
            {"tool": "2026-07-01", "latency": "2026-11-01"},
            False,
            "tool is 149 days old, at most 90 are allowed: run `touchloop calibrate tool --robot fr3`",
        ),
        (
            {"tool": "2026-11-01", "latency": "2026-11-01", "hand_eye": "2026-01-01"},
            False,
            "hand_eye is 330 days old, at most 90 are allowed: run `touchloop calibrate hand-eye --robot fr3`",
        ),
        ({"tool": "2027-01-01", "latency": "2026-11-01"}, False, "tool's date 2027-01-01 lies in the future"),
    ],
)
def test_each_part_of_a_calibration_must_be_there_and_young(dates: dict[str, str], passed: bool, message: str) -> None:
    known = {part: datetime.date.fromisoformat(day) for part, day in dates.items()}
    check = check_calibrated(known, ("tool", "latency"), datetime.date(2026, 11, 27), 90, "--robot fr3")
    assert check.passed is passed
    assert message in check.reason
