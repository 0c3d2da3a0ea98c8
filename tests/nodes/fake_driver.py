"""An event camera's driver in the test's own process: parameters that misbehave as asked, packets with any stamps."""

from collections.abc import Collection

import numpy as np
import rclpy
from driver_tables import DRIVERS
from event_camera_msgs.msg import EventPacket as EventPacketMessage
from node_processes import Observer
from rcl_interfaces.msg import IntegerRange, ParameterDescriptor
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile

from touchloop.events.codecs import make_encoder
from touchloop.events.packet import EventPacket
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.stream import Events
from touchloop_nodes.event_packets import packet_bytes

PERIOD_NS = 10_000_000


class FakeDriver:
    """Runs while the observer spins.

    Args:
        observer: whose executor runs it.
        lacks: bias parameters that it does not have.
        refuses: those that cannot be written.
        step: fine values are rounded down to multiples of it.
        camera: whose driver it is; others than the default have the real driver's ranges and start values, too.

    Attributes:
        rate_hz: events a second in its packets.
        offset_ns: added to the stamps.
        unplugged: whether no packets are sent; parameters are still answered.
        skip_every: each so many packets one gets lost before it is sent; 0: none.
        skipped: packets lost so far that later ones tell of.
    """

    def __init__(
        self,
        observer: Observer,
        lacks: Collection[str] = (),
        refuses: Collection[str] = (),
        step: int = 1,
        camera: str = "",
    ) -> None:
        self._model = CAMERAS[camera or "davis346"]
        self._encoding = "libcaer" if self._model.name == "davis346" else "evt3"
        self._names = tuple(self._model.start_values())
        self.node = rclpy.create_node("event_camera", context=observer.context)
        self.rate_hz, self.offset_ns, self.unplugged, self.skip_every, self.skipped = 1.1e6, 0, False, 0, 0
        self._sequence, self._payloads = 0, {0: np.empty(0, np.uint8)}
        table = DRIVERS[camera] if camera else {}
        for name, value in self._model.start_values().items():
            if name not in lacks:
                low, high, start = table.get(name, (0, 0, value))
                described = ParameterDescriptor(read_only=name in refuses)
                if table:
                    described.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
                self.node.declare_parameter(name, _rounded(name, start, step), described)
        if step > 1:
            self.node.add_pre_set_parameters_callback(
                lambda found: [Parameter(p.name, value=_rounded(p.name, p.value, step)) for p in found]
            )
        self._publisher = self.node.create_publisher(EventPacketMessage, "events", QoSProfile(depth=100))
        self._timer = self.node.create_timer(PERIOD_NS * 1e-9, self._send)
        observer.executor.add_node(self.node)

    @property
    def values(self) -> dict[str, int]:
        """Its biases."""
        names = [n for n in self._names if self.node.has_parameter(n)]
        return {p.name: p.value for p in self.node.get_parameters(names)}

    def _send(self) -> None:
        if self.unplugged:
            return
        self._sequence += 1
        if self.skip_every and self._sequence % self.skip_every == 0:
            self.skipped += 1
            return
        stamp_ns = self.node.get_clock().now().nanoseconds + self.offset_ns
        payload = self._payload(round(self.rate_hz * PERIOD_NS * 1e-9))
        packet = EventPacket(
            stamp_ns, self._sequence, self._model.width, self._model.height, self._encoding, 0, payload
        )
        self._publisher.publish(packet_bytes(packet, "event_camera"))

    def _payload(self, count: int) -> np.ndarray:
        if count not in self._payloads:
            rng = np.random.default_rng(count)
            columns = (rng.integers(0, high, count) for high in (self._model.width, self._model.height, 2))
            x, y, polarity = (c.astype(t) for c, t in zip(columns, (np.uint16, np.uint16, np.uint8), strict=True))
            t_ns = np.sort(rng.integers(0, PERIOD_NS // 1000, count)) * 1000
            encoded, _ = make_encoder(self._encoding, self._model.width, self._model.height).encode(
                Events(x, y, polarity, t_ns)
            )
            self._payloads[count] = np.frombuffer(encoded, np.uint8)
        return self._payloads[count]


def _rounded(name: str, value: int, step: int) -> int:
    return value // step * step if name.endswith("_fine") else value
