"""The safety supervisor between a controller that misbehaves and a simulated arm, over real DDS."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped, TwistStamped
from node_processes import Observer, Processes, stage, text_of
from nodes_under_test import bring_up, start
from std_msgs.msg import Header, String
from std_srvs.srv import Trigger
from touchloop_msgs.msg import SafetyState

from touchloop_nodes.cdr import StampedDoubles, stamp_of
from touchloop_nodes.conversions import from_time, to_pose, to_time

pytestmark = [pytest.mark.nodes, pytest.mark.slow, pytest.mark.timeout(300)]
HOLD_LIMIT_S = 0.2
STANDSTILL_M_S = 0.02
"""It moves at 0.055 m/s; in free air nothing but its own compliance brakes it."""
CONTROLLER = Path(__file__).with_name("moving_controller.py")
S = SafetyState
read_twist = StampedDoubles(6).stamp_and_values


class Cell:
    """World, supervisor, controller and an observer. Instants are the arm's stamps [s]."""

    def __init__(self, processes: Processes, observer: Observer) -> None:
        self.processes, self.observer = processes, observer
        self.states = observer.listen(SafetyState, "safety_state")
        self.twists: list[bytes] = []
        observer.node.create_subscription(TwistStamped, "tcp_twist", self.twists.append, 100, raw=True)
        self.told = "good"
        self._answers = observer.listen(Header, "misbehaves")
        self._words = observer.node.create_publisher(String, "misbehave", 1)
        self.world = processes.start(
            sys.executable,
            *("-m", "touchloop_nodes.pybullet_world", "--ros-args", "-r", "target_pose:=safe/target_pose"),
            *("-p", "start_episode:=true"),
        )
        self.controller = self.start_controller()
        self.supervisor = start(processes, "safety_supervisor", "use_sim_time:=true")
        bring_up(observer, "pybullet_world", self.world)
        bring_up(observer, "safety_supervisor", self.supervisor)

    def start_controller(self) -> Any:
        self.told = "good"
        self.controller = self.processes.start(sys.executable, CONTROLLER)
        return self.controller

    def tell(self, word: str) -> float:
        """Returns from which instant on the controller does it [s]."""
        self.told = word
        self._answers.clear()
        self._words.publish(String(data=word))
        self.observer.until(lambda: self._answers, 10.0, "the controller's answer")
        return from_time(self._answers[-1][1].stamp) * 1e-9

    def ask(self, service: str) -> tuple[bool, str]:
        answer = self.observer.call(Trigger, service, Trigger.Request(), patience_s=5.0)
        return answer.success, answer.message

    @property
    def now_s(self) -> float:
        return stamp_of(self.twists[-1]) * 1e-9

    def until(self, state: int, said: str = "", timeout_s: float = 20.0) -> SafetyState:
        def there() -> bool:
            return bool(self.states) and self.states[-1][1].state == state and said in self.states[-1][1].reason

        try:
            self.observer.until(there, timeout_s, f"state {state} because of '{said}'")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.states[-1:]}\n{text_of(self.supervisor)}") from error
        return self.states[-1][1]

    def speeds(self, from_s: float) -> list[float]:
        samples = [read_twist(data) for data in self.twists]
        return [float(np.linalg.norm(twist[:3])) for stamp_ns, twist in samples if stamp_ns * 1e-9 >= from_s]

    def run(self) -> None:
        """Runs, and moves."""
        if self.controller.poll() is not None:
            self.start_controller()
        elif self.told != "good":
            self.tell("good")
        if self.states and self.states[-1][1].state in (S.PROTECTIVE_STOP, S.E_STOP):
            assert self.ask("safety_supervisor/reset")[0]
        if not self.states or self.states[-1][1].state not in (S.RUNNING, S.HOLDING):
            self.until(S.READY)
            self.observer.until(lambda: self.ask("safety_supervisor/start")[0], 20.0, "the start")
        self.until(S.RUNNING)
        self.twists.clear()
        self.observer.until(self._moves_evenly, 30.0, "even motion")

    def _moves_evenly(self) -> bool:
        """Follows the circle, and is not on its way to it."""
        if len(self.twists) < 150:
            return False
        speeds = self.speeds(self.now_s - 0.4)
        return len(speeds) > 50 and float(np.median(speeds)) > 0.04 and max(speeds) < 0.075

    def assert_holds(self, since_s: float) -> None:
        self.observer.until(lambda: self.now_s > since_s + 2 * HOLD_LIMIT_S, 20.0, "time to pass")
        speeds = self.speeds(since_s + HOLD_LIMIT_S)
        assert len(speeds) > 10
        late = [round(speed, 4) for speed in self.speeds(since_s)][::12]
        print(f"from the fault on, each 48 ms: {late} m/s")
        print(f"at most {max(speeds):.4f} m/s from {HOLD_LIMIT_S:g} s after the fault on")
        assert max(speeds) < STANDSTILL_M_S


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    with stage(tmp_path_factory.mktemp("safety")) as (processes, observer):
        yield Cell(processes, observer)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nan", "target_pose holds a NaN or an infinity"),
        ("silent", "target_pose is silent for"),
        ("jump", "target_pose jumps by 0."),
        ("ahead", "s ahead of the measurements"),
    ],
)
def test_it_holds_while_the_target_cannot_be_followed_and_goes_on_after(cell: Cell, word: str, said: str) -> None:
    cell.run()
    since_s = cell.tell(word)
    cell.until(S.HOLDING, said)
    cell.assert_holds(since_s)
    cell.tell("good")
    cell.until(S.RUNNING)


def test_an_emergency_stop_lasts_until_a_person_resets(cell: Cell) -> None:
    cell.run()
    since_s = cell.now_s
    assert cell.ask("e_stop")[0]
    cell.until(S.E_STOP, "a person asked for it")
    cell.assert_holds(since_s)
    success, message = cell.ask("safety_supervisor/start")
    assert not success
    assert "needs a person's reset first" in message
    assert cell.states[-1][1].state == S.E_STOP
    cell.run()


def test_a_second_publisher_of_the_target_is_named_and_not_obeyed(cell: Cell) -> None:
    cell.run()
    node = cell.observer.node
    foreign = node.create_publisher(PoseStamped, "target_pose", 1)
    there = np.array([0.6, 0.25, 0.45, 1.0, 0.0, 0.0, 0.0])

    def send() -> None:
        header = Header(stamp=to_time(round(cell.now_s * 1e9)), frame_id="base_link")
        foreign.publish(PoseStamped(header=header, pose=to_pose(there)))

    timer = node.create_timer(0.004, send)
    said = "/observer also publishes target_pose"
    cell.observer.until(lambda: said in cell.states[-1][1].foreign, 10.0, said)
    cell.observer.spin_for(0.5)
    assert {message.state for _, message in cell.states[-5:]} == {S.RUNNING}
    node.destroy_timer(timer)
    node.destroy_publisher(foreign)
    cell.observer.until(lambda: not cell.states[-1][1].foreign, 10.0, "nobody else")


def test_a_second_publisher_to_the_arm_is_named_and_makes_it_hold(cell: Cell) -> None:
    cell.run()
    rival = cell.observer.node.create_publisher(PoseStamped, "safe/target_pose", 1)
    try:
        cell.until(S.HOLDING, "/observer also publishes safe/target_pose")
        cell.assert_holds(cell.now_s)
    finally:
        cell.observer.node.destroy_publisher(rival)
    cell.until(S.RUNNING)


def test_a_flood_is_named_and_does_not_move_the_arm_faster(cell: Cell) -> None:
    cell.run()
    since_s = cell.tell("flood")
    said = "/fast_controller floods target_pose with"
    cell.observer.until(lambda: any(said in text for text in cell.states[-1][1].foreign), 10.0, said)
    assert max(cell.speeds(since_s)) < 0.4
    cell.tell("good")
    cell.until(S.RUNNING)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_arm_holds_when_the_controller_is_gone_and_goes_on_with_a_new_one(cell: Cell, number: int) -> None:
    cell.run()
    since_s = cell.now_s
    cell.controller.send_signal(number)
    cell.until(S.HOLDING)
    cell.assert_holds(since_s)
    cell.until(S.HOLDING, "fast_controller has died or was stopped")
    cell.controller.kill()
    cell.start_controller()
    cell.until(S.RUNNING, timeout_s=60.0)


def test_the_arm_stands_still_when_the_supervisor_is_killed(cell: Cell) -> None:
    cell.run()
    since_s = cell.now_s
    cell.supervisor.kill()
    cell.assert_holds(since_s)
