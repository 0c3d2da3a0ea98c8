"""What the supervisor knows of the measured arm: its limits, its clock, what is missing."""

import numpy as np

from touchloop.geometry.pose import rotate
from touchloop.safety.measured_limits import MeasuredGuard, MeasuredLimits
from touchloop.touch.wrench import wrench_at_tcp
from touchloop_nodes.safety_inputs import BIAS, STREAMS, TCP, TWIST, WRENCH, SafetyInputs

AHEAD_NS = 6_000_000
"""Between two measurements the clock runs on for so long; see touchloop.control.clock."""
GONE_S = 0.03
"""After so long without one it runs on by the machine's own clock."""
TIME_JUMP_S = 0.5
SETTLE_S = 0.2
BIAS_BOUND_N = 60.0
"""A bias larger than this is no bias."""


class Measuring:
    """Looks at the newest pose, twist and wrench.

    Args:
        limits: of the measured arm.
        inputs: that are polled.

    Attributes:
        fault: what is wrong with the measurements beside their age; empty if nothing is.
    """

    def __init__(self, limits: MeasuredLimits, inputs: SafetyInputs) -> None:
        self._guard, self._inputs = MeasuredGuard(limits), inputs
        self._streams = tuple(inputs.channels[topic] for topic in STREAMS)
        self._bias, self._at_tcp, self._in_base = np.zeros(6), np.zeros(6), np.zeros(6)
        self._stamp_ns, self._clock_ns, self._settled_s = -1, -1, 0.0
        self._violation, self.fault, self._tared = "", "", False

    @property
    def figures(self) -> np.ndarray:
        """(8,) as ``MeasuredGuard.figures``."""
        return self._guard.figures

    def tool(self) -> tuple[np.ndarray, np.ndarray]:
        """Pose (7,) of the tool in base, and the tared wrench (6,) at the TCP along the tool's axes."""
        wrench_at_tcp(self._inputs.channels[WRENCH].value, self._bias, tared := np.zeros(6))
        return self._inputs.channels[TCP].value, tared

    @property
    def bias(self) -> np.ndarray | None:
        """(6,) that the controller told; None before the first."""
        return self._bias if self._tared else None

    def observe(self, now_s: float) -> str:
        """Which limit the arm is beyond; empty if none. To be called after each poll."""
        channels = self._inputs.channels
        tcp, bias = channels[TCP], channels[BIAS]
        if bias.new and np.abs(bias.value).max() < BIAS_BOUND_N:
            self._bias, self._tared = bias.value, True
        if tcp.new and tcp.stamp_ns != self._stamp_ns:
            self._look(tcp.value, tcp.stamp_ns, now_s)
        self.fault = "the measurements' time jumped" if now_s < self._settled_s else ""
        return self._violation

    def missing(self, now_s: float, timeout_s: float) -> str:
        """Which stream is missing or unusable; empty if none."""
        for channel in self._streams:
            if channel.fault:
                return channel.fault
            age_s = now_s - channel.arrival_s
            if age_s > timeout_s:
                return f"{channel.topic} is silent for {age_s:.2f} s" if age_s < 1e6 else f"no {channel.topic} yet"
        # Old measurements may come as often as new ones: their stamps tell, or that stamps cannot be believed.
        newest_ns = self._inputs.channels[TCP].stamp_ns
        for channel in self._streams:
            apart_s = 1e-9 * (channel.stamp_ns - newest_ns)
            if abs(apart_s) > timeout_s:
                return f"{channel.topic}'s stamp is {apart_s:.2f} s from tcp_pose's"
        return ""

    def clock_ns(self, now_s: float) -> int:
        """Now, by the measurements' stamps; it never goes back but when they do. -1 before the first."""
        tcp = self._inputs.channels[TCP]
        if tcp.stamp_ns < 0:
            return -1
        passed_s = now_s - tcp.arrival_s
        passed_ns = int(passed_s * 1e9) if passed_s > GONE_S else min(int(passed_s * 1e9), AHEAD_NS)
        self._clock_ns = max(self._clock_ns, tcp.stamp_ns + passed_ns)
        return self._clock_ns

    def _look(self, pose: np.ndarray, stamp_ns: int, now_s: float) -> None:
        dt_s = (stamp_ns - self._stamp_ns) * 1e-9
        first = self._stamp_ns < 0
        self._stamp_ns = stamp_ns
        if first or not 0.0 < dt_s < TIME_JUMP_S:
            if not first and abs(dt_s) >= TIME_JUMP_S:
                self._settled_s, self._clock_ns = now_s + SETTLE_S, -1
            self._guard.reset()
            self._violation = ""
            return
        channels = self._inputs.channels
        wrench_at_tcp(channels[WRENCH].value, self._bias, self._at_tcp)
        self._in_base[:3] = rotate(pose[3:], self._at_tcp[:3])
        self._in_base[3:] = rotate(pose[3:], self._at_tcp[3:])
        self._violation = self._guard.observe(pose, channels[TWIST].value, self._in_base, dt_s)
