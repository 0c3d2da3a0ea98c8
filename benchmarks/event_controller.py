"""What the bias controller's node costs at 10 Mev/s, and what it does in an overload of 50 Mev/s.

    .venv/bin/python benchmarks/event_controller.py [--seconds 10] [--json-file FILE]

The real node over real DDS; packets are encoded beforehand and sent from this process, 100 a second. Processor time of
the node by the system's count; its memory before and after.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import rclpy
import tyro
from event_camera_msgs.msg import EventPacket as EventPacketMessage
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.qos import QoSProfile
from rich.console import Console
from rich.table import Table
from touchloop_msgs.msg import BiasState

from touchloop.events.codecs import make_encoder
from touchloop.events.packet import EventPacket
from touchloop.events.stream import Events
from touchloop.launching.environment import ros_environment
from touchloop.launching.packages import package_executable
from touchloop_nodes.event_packets import packet_bytes

PACKETS_A_SECOND = 100
PERIOD_NS = 10_000_000


@dataclass(frozen=True)
class Arguments:
    seconds: float = 10.0
    """At each rate."""
    json_file: Path | None = None


def packets(encoding: str, rate_hz: float, count: int) -> list[EventPacket]:
    """Encoded packets of random events, row by row as a sensor reads out."""
    encoder, rng = make_encoder(encoding, 346, 260), np.random.default_rng(0)
    found = []
    for k in range(count):
        n = round(rate_hz / PACKETS_A_SECOND)
        t_ns = np.sort(rng.integers(0, PERIOD_NS // 1000, n)) * 1000 + k * PERIOD_NS
        events = Events(
            rng.integers(0, 346, n).astype(np.uint16),
            rng.integers(0, 260, n).astype(np.uint16),
            rng.integers(0, 2, n).astype(np.uint8),
            t_ns,
        )
        payload, base_ns = encoder.encode(events)
        found.append(EventPacket(0, k, 346, 260, encoding, base_ns, np.frombuffer(payload, np.uint8)))
    return found


class Bench:
    def __init__(self) -> None:
        environment = {**ros_environment(), "ROS_DOMAIN_ID": str(101 + os.getpid() % 100), "OMP_NUM_THREADS": "1"}
        os.environ.update(environment)
        rclpy.init()
        self.node = rclpy.create_node("bench")
        quiet = ["--ros-args", "-r", "events:=elsewhere"]
        names = {"event_camera": quiet, "event_bias_controller": []}
        self.processes = {
            name: subprocess.Popen([package_executable("touchloop_nodes", name, environment), *words], env=environment)
            for name, words in names.items()
        }
        self.looks = 0
        self.node.create_subscription(BiasState, "bias_state", self._on_look, 100)
        self.publisher = self.node.create_publisher(EventPacketMessage, "events", QoSProfile(depth=100))
        for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
            self._change("event_bias_controller", transition)

    def close(self) -> None:
        for process in self.processes.values():
            process.terminate()
            process.wait(20)
        rclpy.shutdown()

    def run(self, encoding: str, rate_hz: float, seconds: float) -> dict:
        ready = packets(encoding, rate_hz, 50)
        process = psutil.Process(self.processes["event_bias_controller"].pid)
        self._send(ready, 1.0)
        before_s, memory, self.looks = sum(process.cpu_times()[:2]), process.memory_info().rss, 0
        began_s = time.monotonic()
        sent = self._send(ready, seconds)
        wall_s = time.monotonic() - began_s
        cpu_s = sum(process.cpu_times()[:2]) - before_s
        return {
            "encoding": encoding,
            "sent_mev_s": sent * rate_hz / PACKETS_A_SECOND / wall_s / 1e6,
            "core_share": cpu_s / wall_s,
            "looks_a_second": self.looks / wall_s,
            "memory_growth_mb": (process.memory_info().rss - memory) / 1e6,
        }

    def _send(self, ready: list[EventPacket], seconds: float) -> int:
        began_s, sent = time.monotonic(), 0
        while time.monotonic() - began_s < seconds:
            if time.monotonic() - began_s < sent / PACKETS_A_SECOND:
                rclpy.spin_once(self.node, timeout_sec=0.002)
                continue
            packet = ready[sent % len(ready)]
            stamp_ns = time.time_ns()
            data = packet_bytes(
                EventPacket(stamp_ns, sent, 346, 260, packet.encoding, packet.time_base_ns, packet.payload), "bench"
            )
            self.publisher.publish(data)
            sent += 1
        return sent

    def _on_look(self, _: BiasState) -> None:
        self.looks += 1

    def _change(self, name: str, transition: int) -> None:
        client = self.node.create_client(ChangeState, f"{name}/change_state")
        if not client.wait_for_service(60.0):
            raise SystemExit(f"{name} did not start")
        future = client.call_async(ChangeState.Request(transition=Transition(id=transition)))
        rclpy.spin_until_future_complete(self.node, future, timeout_sec=60.0)
        if not future.done() or not future.result().success:
            raise SystemExit(f"{name} could not be brought up")


def main(arguments: Annotated[Arguments, tyro.conf.OmitArgPrefixes]) -> int:
    bench = Bench()
    try:
        rows = [bench.run(encoding, 10e6, arguments.seconds) for encoding in ("libcaer", "evt3")]
        rows.append(bench.run("libcaer", 50e6, 3.0 * arguments.seconds))
    finally:
        bench.close()
    table = Table(title="event_bias_controller, the node")
    for name in rows[0]:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()))
    Console().print(table)
    if arguments.json_file is not None:
        arguments.json_file.write_text(json.dumps(rows, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Arguments)))
