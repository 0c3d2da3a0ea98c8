from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from robot_samples import FOLDER

from touchloop.errors import InputError
from touchloop.robots.config_gripper import Gripper
from touchloop.robots.load import load_robot

ROBOTIQ = Gripper(
    kind="parallel_gripper_command",
    name="/robotiq_gripper_controller/gripper_cmd",
    joint="robotiq_85_left_knuckle_joint",
    states="/joint_states",
    open_width_m=0.085,
    open_position=0.0,
    closed_position=0.7929,
)


@given(width_m=st.floats(0.0, 0.085), ends=st.tuples(st.floats(-1.0, 1.0), st.floats(1.1, 3.0)))
def test_positions_and_widths_are_each_others_inverse(width_m: float, ends: tuple[float, float]) -> None:
    gripper = replace(ROBOTIQ, open_position=ends[0], closed_position=ends[1])
    assert gripper.width_m(gripper.position(width_m)) == pytest.approx(width_m, abs=1e-9)
    assert min(ends) - 1e-9 <= gripper.position(width_m) <= max(ends) + 1e-9


def test_franka_is_told_half_the_width() -> None:
    gripper = load_robot(FOLDER / "fr3.yaml")[0].gripper
    assert gripper is not None
    assert gripper.position(0.08) == pytest.approx(0.04)
    assert gripper.position(0.0) == pytest.approx(0.0)


@pytest.mark.parametrize("name", ["ur5e", "fr3", "fr3_left", "fr3_right", "rizon4", "xarm7"])
def test_a_shipped_robot_says_how_its_gripper_is_driven(name: str) -> None:
    gripper = load_robot(FOLDER / f"{name}.yaml")[0].gripper
    assert gripper is not None
    assert gripper.name.startswith("/")
    assert gripper.states


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "action"}, "kind 'action': expected one of topic, gripper_command, parallel_gripper_command"),
        ({"name": ""}, "name is empty"),
        ({"open_width_m": 0.0}, "expected 0 <= closed_width_m < open_width_m"),
        ({"closed_position": 0.0}, "both 0"),
        ({"joint": ""}, "joint is empty"),
        ({"max_effort": -1.0}, "max_effort is -1"),
        ({"min_period_s": 0.0}, "min_period_s is 0"),
    ],
)
def test_faults_are_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(ROBOTIQ, **changes)
