import pytest
from geometry_msgs.msg import PoseStamped
from node_processes import Observer, Processes, end, text_of
from rclpy.qos import DurabilityPolicy, QoSProfile
from touchloop_msgs.msg import ControllerState, Episode, Hold, TaskState

from touchloop.launching.packages import package_executable

pytestmark = pytest.mark.nodes
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Stack:
    """Sends what the view reads, ten times a second, the pose a hundred times."""

    def __init__(self, observer: Observer) -> None:
        node = observer.node
        self._observer = observer
        episode = node.create_publisher(Episode, "episode", LATCHED)
        self._pose = node.create_publisher(PoseStamped, "tcp_pose", 10)
        self._task = node.create_publisher(TaskState, "task_state", 10)
        self._controller = node.create_publisher(ControllerState, "controller_state", 10)
        self._hold = node.create_publisher(Hold, "hold", 10)
        episode.publish(Episode(seed=1003, task="wipe", perturbation="both"))
        self.reason = ""

    def run(self) -> None:
        self._task.publish(TaskState(task="wipe", phase="wipe", score=0.5, progress=0.63))
        self._controller.publish(ControllerState(mode=ControllerState.FOLLOW, force_n=5.4, planned_force_n=5.5))
        self._hold.publish(Hold(hold=bool(self.reason), reason=self.reason))
        for _ in range(10):
            self._pose.publish(PoseStamped())
            self._observer.spin_for(0.01)


def test_view_tells_what_runs_and_what_is_silent(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    stack = Stack(observer)
    view = processes.start(package_executable("touchloop_nodes", "live_view", processes.environment))

    def told(*words: str) -> bool:
        stack.run()
        return any(all(word in line for word in words) for line in text_of(view).splitlines())

    observer.until(
        lambda: told("wipe | seed 1003 | FOLLOW | wipe", "force 5.4 of 5.5 N", "progress 63%"), what="the state"
    )
    observer.until(lambda: told("silent: wrench", "plan", "target_pose"), what="the silent streams")
    assert not told("silent: tcp_pose")
    stack.reason = "missing: slow_planner"
    observer.until(lambda: told("hold: missing: slow_planner"), what="the order to hold")
    assert end(view) == 0


def test_view_says_that_nothing_runs(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    view = processes.start(package_executable("touchloop_nodes", "live_view", processes.environment))
    observer.until(lambda: "no stream yet: is a stack running" in text_of(view), what="a line")
    assert end(view) == 0


@pytest.mark.parametrize(("parameter", "problem"), [("refresh_hz:=99.0", "refresh_hz"), ("colour:=1", "no parameter")])
def test_bad_parameter(scene: tuple[Processes, Observer], parameter: str, problem: str) -> None:
    processes, _ = scene
    executable = package_executable("touchloop_nodes", "live_view", processes.environment)
    view = processes.start(executable, "--ros-args", "-p", parameter)
    assert view.wait(20) == 2
    assert problem in text_of(view)
