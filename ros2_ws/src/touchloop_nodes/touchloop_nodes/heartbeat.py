"""Tells the lifecycle manager 20 times a second that this node's process lives."""

import threading
import time
from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode
from touchloop_msgs.msg import Heartbeat as HeartbeatMessage

from touchloop.control.process_life import ProcessName
from touchloop_nodes import shared_memory

HEARTBEAT_PERIOD_S = 0.05
LOOK_BEATS = 20
"""So many beats between two looks at the shared memory."""
STALL_LIMIT_S = 1.0
"""Longest time without a turn of the node's executor before the node counts as hung."""


class Heartbeat:
    """Sends from a thread of its own, so that a long callback does not look like a death.

    It falls silent when the process dies, is stopped, or when the executor has not turned for ``STALL_LIMIT_S``
    outside a transition. Stamps are wall time.

    Args:
        node: whose.
        name: of the node for the manager, as ``left/fast_controller``.
        topic: the manager's.
        lifecycle_state: says the node's state.
        on_deaf: told why when the node can hear no more; the heart stops then.
    """

    def __init__(
        self,
        node: LifecycleNode,
        name: str,
        topic: str,
        lifecycle_state: Callable[[], int],
        on_deaf: Callable[[str], None],
    ) -> None:
        self._node, self._name = node, name
        self._lifecycle_state, self._on_deaf = lifecycle_state, on_deaf
        self._publisher = node.create_publisher(HeartbeatMessage, topic, 1)
        self._process = ProcessName.own()
        self._wall_clock = Clock(clock_type=ClockType.SYSTEM_TIME)
        steady_clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._turned_at_s = time.monotonic()
        self._timer = node.create_timer(STALL_LIMIT_S / 5, self._note_turn, clock=steady_clock)
        self.in_transition = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to send as soon as the executor turns; a node that fails before that has nobody to end the thread."""
        clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._starter = self._node.create_timer(0.0, self._begin, clock=clock)

    def stop(self) -> None:
        """Send no more; returns when the thread has ended."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def _begin(self) -> None:
        self._starter.cancel()
        if not self._ended.is_set():
            self._thread.start()

    def _note_turn(self) -> None:
        self._turned_at_s = time.monotonic()

    def _beat(self) -> None:
        hearing = shared_memory.Hearing(LOOK_BEATS)
        while not self._ended.wait(HEARTBEAT_PERIOD_S):
            if fault := hearing.fault():
                self._on_deaf(fault)
                return
            if self.in_transition:
                self._note_turn()
            if time.monotonic() - self._turned_at_s > STALL_LIMIT_S:
                continue
            self._publisher.publish(
                HeartbeatMessage(
                    stamp=self._wall_clock.now().to_msg(),
                    node=self._name,
                    lifecycle_state=self._lifecycle_state(),
                    process_id=self._process.process_id,
                    machine=self._process.machine,
                )
            )
