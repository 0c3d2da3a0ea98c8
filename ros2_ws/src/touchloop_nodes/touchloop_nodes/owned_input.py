"""A polled topic on which one node has a say: what others send there is passed over, and they are named."""

import time
from collections.abc import Iterator

from rclpy.node import Node
from rclpy.qos import QoSProfile

from touchloop.safety.ownership import Publisher, ownership
from touchloop_nodes.polled_input import PolledInput

ANYBODY = "anybody"
FORGOTTEN_S = 1.0
"""Where no owner is named, the first who sends is it, until it was silent for so long."""


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
        self._owners: frozenset[bytes] = frozenset()
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
        if self._owner:
            judged = ownership(found, self._owner, self._owners)
            self._owners, self.strangers = judged.owners, judged.sentence(self._topic)
        else:
            others = sorted({publisher.node for publisher in found if publisher.identity not in self._owners})
            named = len(found) > 1 and others
            self.strangers = f"{', '.join(others)} also publishes {self._topic}" if named else ""

    def close(self) -> None:
        """Ends the subscription."""
        self._polled.close()

    def _counts(self, sender: bytes) -> bool:
        if self._owner == ANYBODY:
            return True
        if self._owner:
            return sender in self._owners
        now_s = time.monotonic()
        if sender not in self._owners and now_s - self._heard_s > FORGOTTEN_S:
            self._owners = frozenset({sender})
        if sender not in self._owners:
            return False
        self._heard_s = now_s
        return True
