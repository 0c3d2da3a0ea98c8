"""Shows a running stack in the terminal. It only listens: raw messages are counted, the newest of a few are read."""

import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from rclpy.signals import SignalHandlerOptions
from rich.console import Console
from rich.live import Live
from sensor_msgs.msg import Image, PointCloud2
from touchloop_msgs.msg import ControllerState, Episode, Hold, LatentPlan, TaskState

from touchloop.arm_names import in_arm
from touchloop.errors import InputError
from touchloop.report.live_state import LiveState
from touchloop.report.live_view import one_line, view
from touchloop_nodes.parameters import Parameters
from touchloop_nodes.spinning import Stop, stop_on_signals

PLAIN_PERIOD_S = 1.0
OF_AN_ARM = {
    "tcp_pose": PoseStamped,
    "wrench": WrenchStamped,
    "tactile/markers": PointCloud2,
    "camera/wrist/image_raw": Image,
    "plan": LatentPlan,
    "target_pose": PoseStamped,
    "controller_state": ControllerState,
}
SHARED = {"camera/scene/image_raw": Image, "task_state": TaskState, "hold": Hold}


class Tap:
    """A subscription that keeps one message and that nothing spins, so that no message wakes this process's Python.

    How many messages came is known from the sequence numbers that their publisher gives them.
    """

    def __init__(self, subscription: Any) -> None:
        self._subscription = subscription
        self._sequence: int | None = None

    def take(self) -> tuple[int, bytes | None]:
        """How many messages were published since the last call, and the newest."""
        with self._subscription.handle:
            taken = self._subscription.handle.take_message(self._subscription.msg_type, True)
        if taken is None:
            return 0, None
        data, info = taken
        before, self._sequence = self._sequence, info["publication_sequence_number"]
        # A publisher that was started anew counts from one again.
        return (1 if before is None else max(self._sequence - before, 1)), data


class LiveView(Node):
    """A node that nothing spins: ``poll`` fills the state."""

    def __init__(self) -> None:
        super().__init__("live_view", enable_rosout=False, start_parameter_services=False)
        parameters = Parameters(self)
        self.refresh_hz: float = parameters.declare("refresh_hz", 5.0, "Pictures a second.", minimum=0.2, maximum=20.0)
        self.plain: bool = parameters.declare("plain", False, "One line a second in a terminal, too.")
        arms = tuple(parameters.declare("arms", [""], "Names of the arms of a stack of several."))
        parameters.refuse_unknown()
        self.state = LiveState(arms)
        counted = {in_arm(arm, name): kind for name, kind in OF_AN_ARM.items() for arm in arms} | SHARED
        self._counted = {name: Tap(self._subscription(kind, name)) for name, kind in counted.items()}
        self._episode = Tap(self._subscription(Episode, "episode", latched=True))
        # Each node sends its own, so here every message counts.
        self._diagnostics = self._subscription(DiagnosticArray, "/diagnostics", depth=50)
        self._read: dict[str, tuple[type, Callable[[Any], None]]] = {
            "task_state": (TaskState, self.state.read_task_state),
            "hold": (Hold, self.state.read_hold),
        }
        for arm in arms:
            read = partial(self.state.read_controller_state, arm=arm)
            self._read[in_arm(arm, "controller_state")] = (ControllerState, read)

    def poll(self, now_s: float) -> None:
        """Takes all that has come."""
        _, data = self._episode.take()
        if data is not None:
            self.state.read_episode(deserialize_message(data, Episode))
        for name, tap in self._counted.items():
            count, newest = tap.take()
            self.state.streams[name].add(count, now_s)
            if newest is not None and name in self._read:
                kind, read = self._read[name]
                read(deserialize_message(newest, kind))
        with self._diagnostics.handle:
            while (taken := self._diagnostics.handle.take_message(DiagnosticArray, False)) is not None:
                self.state.read_diagnostics(taken[0], now_s)

    def _subscription(self, kind: type, topic: str, depth: int = 1, latched: bool = False) -> Any:
        # Best effort: a view must never make a publisher send again.
        qos = QoSProfile(
            depth=depth,
            reliability=ReliabilityPolicy.RELIABLE if latched else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        )
        return self.create_subscription(kind, topic, lambda _: None, qos, raw=True)


def _show(node: LiveView, ended: Callable[[float], bool]) -> None:
    """Polls and draws until the end is asked for."""
    console = Console()
    if node.plain or not console.is_terminal:
        printed_s = time.monotonic()
        while not ended(1.0 / node.refresh_hz):
            now_s = time.monotonic()
            node.poll(now_s)
            if now_s - printed_s >= PLAIN_PERIOD_S:
                printed_s = now_s
                print(one_line(node.state, now_s), flush=True)
        return
    with Live(console=console, auto_refresh=False) as live:
        while not ended(1.0 / node.refresh_hz):
            now_s = time.monotonic()
            node.poll(now_s)
            live.update(view(node.state, now_s), refresh=True)


def main() -> None:
    """Run the view until Ctrl-C."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    code = 0
    try:
        node = LiveView()
        stop, ended = Stop(), threading.Event()
        stop.future.add_done_callback(lambda _: ended.set())
        with stop_on_signals(stop):
            _show(node, ended.wait)
        node.destroy_node()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        code = 2
    except BrokenPipeError:
        code = 0
    rclpy.try_shutdown()
    sys.exit(code)


if __name__ == "__main__":
    main()
