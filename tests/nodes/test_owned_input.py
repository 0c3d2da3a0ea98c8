"""A topic on which one node has a say, with strangers beside it, over real DDS."""

from collections.abc import Callable, Iterator

import pytest
import rclpy
from node_processes import Observer, own_domain
from rclpy.qos import QoSProfile
from std_msgs.msg import Header

from touchloop_nodes.owned_input import ANYBODY, OwnedInput

pytestmark = pytest.mark.nodes
DEPTH = QoSProfile(depth=50)


class Senders:
    """Nodes that send headers whose frame is their own name, and who listens to them."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.nodes = {name: rclpy.create_node(name, context=observer.context) for name in ("owner", "stranger")}
        self.publishers = {name: node.create_publisher(Header, "/t", DEPTH) for name, node in self.nodes.items()}

    def listen(self, owner: str) -> OwnedInput:
        return OwnedInput(self.observer.node, Header, "/t", DEPTH, owner)

    def send(self, name: str) -> None:
        self.publishers[name].publish(Header(frame_id=name))

    def until_taken(self, source: OwnedInput, name: str) -> set[str]:
        """Sends in a name until something of it is taken; returns all names that were taken."""
        taken: set[str] = set()

        def arrived() -> bool:
            source.look()
            self.send("owner")
            self.send("stranger")
            taken.update("owner" if b"owner" in data else "stranger" for data in source.take())
            return name in taken and (source.ignored > 10 or len(taken) == 2)

        self.observer.until(arrived, 20.0, f"a message of {name}")
        return taken

    def close(self) -> None:
        for node in self.nodes.values():
            node.destroy_node()


@pytest.fixture
def senders() -> Iterator[Senders]:
    with own_domain() as domain:
        observer = Observer(domain)
        senders = Senders(observer)
        try:
            yield senders
        finally:
            senders.close()
            observer.close()


def closing(source: OwnedInput, check: Callable[[OwnedInput], None]) -> None:
    try:
        check(source)
    finally:
        source.close()


def test_only_the_owner_counts_and_the_stranger_is_named(senders: Senders) -> None:
    def check(source: OwnedInput) -> None:
        assert senders.until_taken(source, "owner") == {"owner"}
        assert source.strangers == "/stranger also publishes /t"

    closing(senders.listen("/owner"), check)


def test_without_a_name_the_first_who_sends_is_the_owner(senders: Senders) -> None:
    def check(source: OwnedInput) -> None:
        def first() -> bool:
            senders.send("owner")
            return bool(list(source.take()))

        senders.observer.until(first, 20.0, "the first message")
        assert senders.until_taken(source, "owner") == {"owner"}
        assert source.strangers == "/stranger also publishes /t"

    closing(senders.listen(""), check)


def test_anybody_counts_where_that_is_asked_for(senders: Senders) -> None:
    closing(senders.listen(ANYBODY), lambda source: assert_both(senders.until_taken(source, "stranger")))


def assert_both(taken: set[str]) -> None:
    assert taken == {"owner", "stranger"}
