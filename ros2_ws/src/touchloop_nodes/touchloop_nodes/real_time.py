"""Prepares a node's process that must be on time, and says what the machine does not grant it."""

from rclpy.node import Node

from touchloop.control.real_time import REMEDY, lock_memory, missing_rights


def prepare(node: Node, priority: int) -> None:
    """Lock the process's memory; log what is missing. The node works without, with more lateness.

    Args:
        priority: highest real-time priority that the process will ask for.
    """
    lock_memory()
    missing = missing_rights(priority)
    if missing:
        node.get_logger().warning(f"{'; '.join(missing)}; {REMEDY}")
