"""Listens to the world itself, before the line: every tick, by the stamps of the world."""

import time

import numpy as np
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from rclpy.node import Node

from touchloop.chaos.topics import SENT
from touchloop.chaos.track import FORCE, MONOTONIC, Track
from touchloop_nodes import qos
from touchloop_nodes.cdr import StampedDoubles
from touchloop_nodes.polled_input import PolledInput

DEPTH = 1000
"""A witness that a busy machine keeps from looking for four seconds misses nothing."""
JUMP_NS = 500_000_000
TARING_NS = 150_000_000
"""An episode begins at rest in free air; so long the sensor's bias is measured."""
CONTACT_N = 1.0
CONTACT_SAMPLES = 5
FRESH_S = 0.1
WAITING = 64


class Witness:
    """Keeps the arm's track.

    Attributes:
        track: of the arm.
        newest_ns: newest stamp heard; -1 before the first.
        began_s: when the episode began, by the machine's clock.
    """

    def __init__(self, node: Node) -> None:
        kinds = {"tcp_pose": (PoseStamped, 7), "tcp_twist": (TwistStamped, 6), "wrench": (WrenchStamped, 6)}
        self._inputs = [
            (index, PolledInput(node, kind, f"/{SENT}{topic}", qos.stream_input(False, DEPTH)), StampedDoubles(size))
            for index, (topic, (kind, size)) in enumerate(kinds.items())
        ]
        self.track = Track()
        self.newest_ns, self.began_s = -1, -1e9
        self._ticks: dict[int, list] = {}
        self._bias, self._air, self._air_from_ns = np.zeros(3), [], -1

    def look(self) -> np.ndarray:
        """Takes what has come; returns the new rows (n, 9) of the track."""
        now_s, before = time.monotonic(), self.track.samples
        for index, polled, read in self._inputs:
            for data in polled.take():
                stamp_ns, values = read.stamp_and_values(data)
                self._ticks.setdefault(stamp_ns, [None, None, None])[index] = values
        for stamp_ns in sorted(stamp for stamp, parts in self._ticks.items() if all(p is not None for p in parts)):
            self._add(stamp_ns, *self._ticks.pop(stamp_ns), now_s)
        if len(self._ticks) > WAITING:
            self._ticks = dict(list(self._ticks.items())[-3:])
        return self.track.last(self.track.samples - before) if self.track.samples > before else np.zeros((0, 9))

    @property
    def fresh(self) -> bool:
        """Whether the world speaks."""
        newest = self.track.newest
        return newest is not None and time.monotonic() - newest[MONOTONIC] < FRESH_S

    @property
    def contact(self) -> bool:
        """Whether the arm touches now."""
        rows = self.track.last(CONTACT_SAMPLES)
        return self.fresh and len(rows) == CONTACT_SAMPLES and bool((rows[:, FORCE] > CONTACT_N).all())

    def _add(self, stamp_ns: int, tcp: np.ndarray, twist: np.ndarray, wrench: np.ndarray, now_s: float) -> None:
        if self.newest_ns < 0 or abs(stamp_ns - self.newest_ns) > JUMP_NS:
            self._air, self._air_from_ns, self.began_s = [], stamp_ns, now_s
        self.newest_ns = stamp_ns
        if stamp_ns - self._air_from_ns < TARING_NS:
            self._air.append(wrench[:3])
            self._bias = np.mean(self._air, axis=0)
        self.track.add(stamp_ns, tcp, twist, wrench[:3] - self._bias, now_s)
