"""Prints as JSON who publishes, subscribes, offers and calls what.

Run as ``python -m touchloop_nodes.graph_record SECONDS``.
"""

import json
import os
import sys
import time

import rclpy
from rclpy.action import graph as actions
from rclpy.node import Node

PERIOD_S = 0.5


def main() -> int:
    """Look for as many seconds as the first argument says; what was there at any time counts."""
    seconds = float(sys.argv[1])
    rclpy.init()
    node = rclpy.create_node(f"_graph_record_{os.getpid()}")
    seen: dict[str, dict[str, set[str]]] = {}
    end_s = time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0.0:
        rclpy.spin_once(node, timeout_sec=min(PERIOD_S, left_s))
        for name, namespace in node.get_node_names_and_namespaces():
            # A leading underscore hides a node: command line tools and this one.
            if not name.startswith("_"):
                _look(node, name, namespace, seen.setdefault(f"{namespace.rstrip('/')}/{name}", {}))
    node.destroy_node()
    rclpy.shutdown()
    print(json.dumps({name: {kind: sorted(names) for kind, names in uses.items()} for name, uses in seen.items()}))
    return 0


def _look(node: Node, name: str, namespace: str, uses: dict[str, set[str]]) -> None:
    asked = {
        "publish": node.get_publisher_names_and_types_by_node,
        "subscribe": node.get_subscriber_names_and_types_by_node,
        "reply": node.get_service_names_and_types_by_node,
        "request": node.get_client_names_and_types_by_node,
        "execute": lambda *who: actions.get_action_server_names_and_types_by_node(node, *who),
        "call": lambda *who: actions.get_action_client_names_and_types_by_node(node, *who),
    }
    for kind, ask in asked.items():
        try:
            uses.setdefault(kind, set()).update(topic for topic, _ in ask(name, namespace))
        except rclpy.node.NodeNameNonExistentError:
            # It has ended between the two questions.
            return


if __name__ == "__main__":
    sys.exit(main())
