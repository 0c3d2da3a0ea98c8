"""Topic discovery on real DDS, in this process, without an executor."""

from collections.abc import Iterator, Sequence

import pytest
import rclpy
from node_processes import own_domain, wait_until
from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.node import Node
from rosbags.interfaces import Qos
from std_msgs.msg import Int32

from touchloop_nodes.bag_discovery import TopicDiscovery

pytestmark = pytest.mark.nodes
COUNT = 200
QUEUE_DEPTH = 500


class Kept:
    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []

    def add_topic(self, topic: str, msgtype: str, qos: Sequence[Qos]) -> None:
        pass

    def take(self, topic: str, data: bytes) -> None:
        self.messages.append((topic, data))


@pytest.fixture
def node() -> Iterator[Node]:
    with own_domain() as domain:
        context = Context()
        rclpy.init(context=context, domain_id=domain)
        node = Node("recorder", context=context)
        yield node
        node.destroy_node()
        context.shutdown()


def test_what_arrived_before_the_end_is_taken_in_turn(node: Node) -> None:
    publishers = [node.create_publisher(Int32, topic, QUEUE_DEPTH) for topic in ("/a", "/b")]
    kept = Kept()
    discovery = TopicDiscovery(node, kept, lambda topic: topic in ("/a", "/b"), False, QUEUE_DEPTH)

    def all_found() -> bool:
        discovery.look()
        return len(discovery.topics) == 2 and all(p.get_subscription_count() for p in publishers)

    wait_until(all_found, 10.0, "the subscriptions")
    for number in range(COUNT):
        for publisher in publishers:
            publisher.publish(Int32(data=number))
    for publisher in publishers:
        assert publisher.wait_for_all_acked(Duration(seconds=5.0))
    assert kept.messages == []
    discovery.close()
    assert [topic for topic, _ in kept.messages] == ["/a", "/b"] * COUNT
    numbers = [int.from_bytes(data[4:8], "little") for _, data in kept.messages]
    assert numbers == [number for number in range(COUNT) for _ in publishers]
    assert discovery.topics == []
