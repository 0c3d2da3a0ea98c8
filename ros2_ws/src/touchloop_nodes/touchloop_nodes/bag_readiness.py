"""Waiting for others: before a bag is played, and at each tick of a lock-step."""

import threading
import time
from collections.abc import Callable, Sequence

from geometry_msgs.msg import PoseStamped
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from rclpy.node import Node

from touchloop.data.bag_types import MessageTypes
from touchloop.errors import InputError

_POLL_S = 0.02
_ASK_AGAIN_S = 0.5


class Readiness:
    """Waits for subscribers, publishers and for lifecycle nodes to be active.

    Args:
        node: The node that asks; its executor must run.
        topics: Topics that need a subscriber.
        nodes: Names of lifecycle nodes.
        answers: Topics that need a publisher.
    """

    def __init__(self, node: Node, topics: Sequence[str], nodes: Sequence[str], answers: Sequence[str]) -> None:
        self._node = node
        self._topics = [topic for topic in topics if topic]
        self._answers = tuple(answers)
        self._clients = {name: node.create_client(GetState, f"{name}/get_state") for name in nodes if name}
        self._active: set[str] = set()
        self._asked_s: dict[str, float] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ends all waiting."""
        self._stopped.set()

    def wait(self, settle_s: float, timeout_s: float, matched: Callable[[], bool]) -> None:
        """Waits until all are there and all publishers matched, and that has been so for some time.

        The graph shows the endpoints of a new process one by one, so the first moment would be too early.

        Args:
            settle_s: How long it must have been so.
            timeout_s: Give up after this.
            matched: Tells whether the publishers are connected.

        Raises:
            InputError: Somebody is still missing at the end; it says who.
        """
        start_s = complete_since_s = time.monotonic()
        while not self._stopped.wait(_POLL_S):
            now_s = time.monotonic()
            missing = self._missing() or ("" if matched() else "a subscriber does not connect")
            if missing:
                complete_since_s = now_s
            elif now_s - complete_since_s >= settle_s:
                return
            if now_s - start_s >= timeout_s + settle_s:
                raise InputError(f"nobody to play to after {now_s - start_s:.1f} s: {missing}")

    def _missing(self) -> str:
        for name in self._clients:
            self._ask(name)
        unheard = [topic for topic in self._topics if not self._node.count_subscribers(topic)]
        silent = [topic for topic in self._answers if not self._node.count_publishers(topic)]
        inactive = sorted(set(self._clients) - self._active)
        found = {"no subscriber on": unheard, "nobody publishes": silent, "not active:": inactive}
        return "; ".join(f"{what} {', '.join(names)}" for what, names in found.items() if names)

    def _ask(self, name: str) -> None:
        now_s = time.monotonic()
        client = self._clients[name]
        if name in self._active or now_s - self._asked_s.get(name, 0.0) < _ASK_AGAIN_S or not client.service_is_ready():
            return
        self._asked_s[name] = now_s

        def note(future) -> None:
            result = future.result()
            if result is not None and result.current_state.id == State.PRIMARY_STATE_ACTIVE:
                self._active.add(name)

        client.call_async(GetState.Request()).add_done_callback(note)


class Answers:
    """Listens for the answer to each tick of simulated time.

    Args:
        node: The node that listens; its executor must run.
        topic: Where the answers come, geometry_msgs/PoseStamped with the tick's stamp.
    """

    def __init__(self, node: Node, topic: str) -> None:
        self._topic = topic
        self._stamp = MessageTypes().stamp_reader("geometry_msgs/msg/PoseStamped")
        self._newest_ns = -1
        self._stopped = False
        self._changed = threading.Condition()
        self._node = node
        node.create_subscription(PoseStamped, topic, self._take, 100, raw=True)

    def stop(self) -> None:
        """Ends all waiting."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def wait_for(self, time_ns: int, timeout_s: float) -> bool:
        """Waits for an answer stamped at or after an instant; False when stopped instead.

        Raises:
            InputError: None came in time; it says who is silent.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._newest_ns >= time_ns, timeout_s)
            if self._stopped:
                return False
            if self._newest_ns < time_ns:
                publishers = self._node.get_publishers_info_by_topic(self._topic)
                names = ", ".join(sorted(publisher.node_name for publisher in publishers)) or "nobody publishes it"
                raise InputError(
                    f"{self._topic} is silent for {timeout_s:g} s at {time_ns / 1e9:.3f} s of simulated time: {names}"
                )
            return True

    def _take(self, data: bytes) -> None:
        with self._changed:
            self._newest_ns = max(self._newest_ns, self._stamp(data) or 0)
            self._changed.notify_all()
