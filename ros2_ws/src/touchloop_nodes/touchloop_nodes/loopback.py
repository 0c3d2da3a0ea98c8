"""Sends a message to another process and back over DDS, and tells what sockets that took.

Run as ``python -m touchloop_nodes.loopback``.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict

import rclpy
from std_msgs.msg import String

from touchloop.deploy.sockets import family, open_sockets

DEADLINE_S = 10.0
PERIOD_S = 0.05


def main() -> int:
    """Print the middleware, the round-trip time and the open sockets as JSON; return 1 if nothing came back in time."""
    echo = "--echo" in sys.argv
    name = sys.argv[-1] if echo else f"touchloop_loopback_{os.getpid()}"
    rclpy.init()
    node = rclpy.create_node(name + ("_echo" if echo else ""))
    came_back: list[float] = []
    if echo:
        back = node.create_publisher(String, f"{name}/pong", 1)
        node.create_subscription(String, f"{name}/ping", back.publish, 1)
        _spin(node, lambda: os.getppid() == 1)
        return 0
    node.create_subscription(
        String, f"{name}/pong", lambda message: came_back.append(time.monotonic() - float(message.data)), 1
    )
    there = node.create_publisher(String, f"{name}/ping", 1)
    child = subprocess.Popen([sys.executable, "-m", "touchloop_nodes.loopback", "--echo", name])
    try:
        node.create_timer(PERIOD_S, lambda: there.publish(String(data=repr(time.monotonic()))))
        # The first one also pays for the discovery.
        _spin(node, lambda: len(came_back) > 3)
        sockets = [asdict(one) for one in open_sockets(family(os.getpid()))]
    finally:
        child.kill()
        child.wait()
    middleware = rclpy.get_rmw_implementation_identifier()
    node.destroy_node()
    rclpy.shutdown()
    round_trip_ms = min(came_back) * 1e3 if came_back else None
    print(json.dumps({"rmw": middleware, "round_trip_ms": round_trip_ms, "sockets": sockets}))
    return 0 if came_back else 1


def _spin(node, is_over) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_over() and time.monotonic() < deadline:
        rclpy.spin_once(node, timeout_sec=PERIOD_S)


if __name__ == "__main__":
    sys.exit(main())
