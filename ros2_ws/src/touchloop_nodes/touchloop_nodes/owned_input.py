"""A polled topic on which one node has a say: what others send there is passed over, and they are named."""

import time
from collections.abc import Iterator

from rclpy.node import Node
from rclpy.qos import QoSProfile

from touchloop.safety.ownership import Owners, Publisher
from touchloop_nodes.polled_input import PolledInput

ANYBODY = "anybody"
FORGOTTEN_S = 1.0
"""An owner silent for so long may be replaced: by a new one of its name, or where none is named by the first who
sends."""


class OwnedInput:
    """Taken from one thread, looked after from another.

    Args:
        node: whose topic names and remappings hold.
        kind: type of the messages.
        topic: name.
        profile: quality of service; enough depth that a stranger's messages do not crowd out the owner's.
        owner: full name of the node that counts; empty for the first who sends; or "anybody".

    Attributes:
        strangers: what is said about others, empty if there are none.
        ignored: how many messages were passed over.
    """

    def __init__(self, node: Node, kind: type, topic: str, profile: QoSProfile, owner: str) -> None:
        self._node, self._topic, self._owner = node, topic, owner
        self._polled = PolledInput(node, kind, topic, profile)
        self._named = Owners(owner)
        self._first: frozenset[bytes] = frozenset()
        self._dead: frozenset[bytes] = frozenset()
        self._heard_s = -1e9
        self.strangers, self.ignored = "", 0

    def take(self) -> Iterator[bytes]:
        """The owner's messages that wait, oldest first."""
        for data in self._polled.take():
            if self._counts(self._polled.sender):
                yield bytes(data)
            else:
                self.ignored += 1

    def arrival_ns(self) -> int:
        """When the last message came in, whoever sent it, as ``time.monotonic_ns()``."""
        return self._polled.arrival_ns()

    def look(self) -> None:
        """Asks the graph who publishes; to be called a few times a second."""
        found = [
            Publisher(f"{info.node_namespace.rstrip('/')}/{info.node_name}", bytes(info.endpoint_gid))
            for info in self._node.get_publishers_info_by_topic(self._topic)
        ]
        if self._owner == ANYBODY:
            return
        silent = time.monotonic() - self._heard_s > FORGOTTEN_S
        if self._owner:
            self.strangers = self._named.judge(found, silent).sentence(self._topic)
            return
        passed_over = [publisher for publisher in found if publisher.identity not in self._first | self._dead]
        others = sorted({publisher.node for publisher in passed_over})
        self.strangers = f"{', '.join(others)} also publishes {self._topic}" if others and not silent else ""

    def close(self) -> None:
        """Ends the subscription."""
        self._polled.close()

    def _counts(self, sender: bytes) -> bool:
        if self._owner == ANYBODY:
            return True
        now_s = time.monotonic()
        if not self._owner and sender not in self._first and now_s - self._heard_s > FORGOTTEN_S:
            # The graph shows one that was killed for a while.
            self._dead |= self._first
            self._first = frozenset({sender})
        if sender not in (self._named.identities if self._owner else self._first):
            return False
        self._heard_s = now_s
        return True
