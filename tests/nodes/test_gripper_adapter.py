"""The gripper adapter and a driver's stand-in, both processes, over DDS."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from node_processes import ACTIVATE, CONFIGURE, DEACTIVATE, Observer, Processes
from robot_yaml import GRIPPER, robot_with
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from touchloop.launching.packages import package_executable

pytestmark = pytest.mark.nodes
PARALLEL = GRIPPER | {"kind": "parallel_gripper_command"}
TOPIC = GRIPPER | {"kind": "topic", "name": "driver/commands"}
MANNER_OF = {"gripper_command": "franka", "parallel_gripper_command": "ros2_control", "topic": "ros2_control"}


class Rig:
    """Adapter, driver, and whoever wants widths."""

    def __init__(self, scene: tuple[Processes, Observer], folder: Path, gripper: dict[str, Any]) -> None:
        self.processes, self.observer = scene
        self.robot, self.gripper = robot_with(folder, gripper=gripper), gripper
        self.states = self.observer.listen(JointState, "gripper/state")
        self.driver_states = self.observer.listen(JointState, "driver/gripper_states")
        self.diagnoses = self.observer.listen(DiagnosticArray, "/diagnostics")
        self.wish = self.observer.node.create_publisher(Float64, "gripper/command", 1)

    def node(self, name: str, *parameters: str) -> None:
        executable = package_executable("touchloop_nodes", name, self.processes.environment)
        words = [word for p in (f"robot:={self.robot}", *parameters) for word in ("-p", p)]
        self.processes.start(executable, "--ros-args", *words)
        assert self.observer.change(name, CONFIGURE)
        assert self.observer.change(name, ACTIVATE)

    def both(self, *parameters: str) -> None:
        self.node("gripper_stand_in", f"manner:={MANNER_OF[self.gripper['kind']]}", *parameters)
        self.node("gripper_adapter")
        self.observer.until(lambda: self.wish.get_subscription_count(), what="the adapter to listen")
        self.observer.until(lambda: self.states and math.isfinite(self.width_m), what="a measured width")

    def diagnosis(self) -> dict[str, str]:
        own = [s for _, d in self.diagnoses for s in d.status if s.name == "gripper_adapter"]
        values = {v.key: v.value for v in own[-1].values} if own else {}
        return {"message": own[-1].message if own else "", "refused": "0", "phase": "", **values}

    def until_says(self, words: str) -> None:
        self.observer.until(lambda: words in self.diagnosis()["message"], what=f"'{words}'")

    def until_phase(self, phase: str) -> None:
        self.observer.until(lambda: self.diagnosis()["phase"] == phase, what=phase)

    @property
    def width_m(self) -> float:
        return self.states[-1][1].position[0]

    def wants(self, width_m: float, until: Callable[[], object], what: str) -> None:
        """Wants a width as a policy does, again and again."""

        def again() -> object:
            self.wish.publish(Float64(data=width_m))
            return until()

        self.observer.until(again, what=what)


@pytest.mark.parametrize("gripper", [GRIPPER, PARALLEL, TOPIC], ids=lambda g: g["kind"])
def test_opens_closes_and_holds_an_object(scene: tuple[Processes, Observer], tmp_path: Path, gripper: dict) -> None:
    rig = Rig(scene, tmp_path, gripper)
    rig.both("object_width_m:=0.03")
    rig.wants(0.05, lambda: abs(rig.width_m - 0.05) < 0.003, "half open")
    rig.until_phase("REACHED")
    rig.wants(0.0, lambda: abs(rig.width_m - 0.03) < 0.003, "the object to be touched")
    rig.until_phase("HOLDING")
    # A width that cannot be leaves the object in the grip.
    rig.wants(math.nan, lambda: "width nan m is refused" in rig.diagnosis()["message"], "a refusal")
    rig.wants(0.5, lambda: "width 0.5 m is refused" in rig.diagnosis()["message"], "a refusal")
    assert abs(rig.width_m - 0.03) < 0.003
    rig.wants(0.08, lambda: abs(rig.width_m - 0.08) < 0.003, "it to open")


def test_goals_that_get_lost_or_are_refused_are_told(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, GRIPPER | {"motion_timeout_s": 1.5})
    rig.both("loss:=1.0")
    rig.wants(0.02, lambda: "no end of the motion to 0.02 m" in rig.diagnosis()["message"], "the loss to be told")
    assert abs(rig.width_m - 0.08) < 0.003


def test_a_driver_that_rejects_is_named(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, PARALLEL)
    rig.both("reject:=true")
    rig.wants(0.02, lambda: "rejected the goal of 0.02 m" in rig.diagnosis()["message"], "the rejection to be told")


def test_without_a_server_nothing_is_stored_for_later(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, GRIPPER)
    rig.node("gripper_adapter")
    rig.observer.until(lambda: rig.wish.get_subscription_count(), what="the adapter to listen")
    rig.wants(0.0, lambda: "is not there" in rig.diagnosis()["message"], "a word about the missing server")
    # Nobody wants anything for longer than a wish lasts; then the server comes.
    rig.observer.spin_for(1.2)
    rig.node("gripper_stand_in", "manner:=franka")
    rig.observer.until(lambda: rig.states and math.isfinite(rig.width_m), what="a measured width")
    rig.observer.spin_for(1.0)
    assert min(s.position[0] for _, s in rig.driver_states) == pytest.approx(0.04)


def test_two_who_want_widths_are_both_refused(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, GRIPPER)
    rig.both()
    rival = rig.observer.node.create_publisher(Float64, "gripper/command", 1)
    rig.until_says("all publish gripper/command")
    rig.wants(0.0, lambda: int(rig.diagnosis()["refused"]) > 5, "refusals")
    assert rig.width_m == pytest.approx(0.08, abs=0.001)
    rig.observer.node.destroy_publisher(rival)
    rig.wants(0.0, lambda: rig.width_m < 0.003, "the only one left to be obeyed")


def test_going_out_of_work_keeps_the_grip(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, GRIPPER)
    rig.both("object_width_m:=0.03")
    rig.wants(0.0, lambda: abs(rig.width_m - 0.03) < 0.003, "the object to be touched")
    assert rig.observer.change("gripper_adapter", DEACTIVATE)
    heard = len(rig.driver_states)
    rig.observer.until(lambda: len(rig.driver_states) > heard + 50, what="half a second of the driver")
    assert rig.driver_states[-1][1].position[0] == pytest.approx(0.015, abs=0.001)
