"""A simulated event camera that packs what it sees, as a driver does."""

from collections.abc import Iterator

import cv2
import numpy as np

from touchloop.errors import InputError
from touchloop.events.codecs import make_encoder
from touchloop.events.packet import EventPacket
from touchloop.events.simulator import EventSimulator
from touchloop.events.stream import Events

GAMMA = 2.2
"""Of rendered pictures: their grey values are meant for a screen."""
GREY_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
DARKEST_SHARE = 0.002
"""No surface is perfectly black."""


class SimulatedCamera:
    """Light in, packets out.

    Args:
        simulator: the pixels.
        encoding: of the packets.

    Attributes:
        last_count: events of the last packet.
    """

    def __init__(self, simulator: EventSimulator, encoding: str) -> None:
        self.simulator = simulator
        self._encoding = encoding
        self._encoder = make_encoder(encoding, simulator.width, simulator.height)
        self._parts: list[Events] = []
        self._sequence = 0
        self.last_count = 0

    @staticmethod
    def warm_up(simulator: EventSimulator, encoding: str) -> None:
        """Compiles what is compiled at first use, on a camera that is thrown away (some seconds, once a machine)."""
        camera = SimulatedCamera(
            EventSimulator(simulator.camera, 0, simulator.width, simulator.height, values=simulator.values), encoding
        )
        rng = np.random.default_rng(0)
        for step in range(1, 11):
            camera.look(rng.uniform(1.0, 1e4, (simulator.height, simulator.width)).astype(np.float32), step * 4_000_000)
        camera.simulator.set_biases({})
        camera.packet(0)

    def look(self, lux: np.ndarray, sensor_ns: int) -> None:
        """Sees a frame (height, width) float32 [lux] at this time of the sensor's clock."""
        events = self.simulator.step(lux, sensor_ns)
        if len(events):
            self._parts.append(events)

    def packet(self, stamp_ns: int, whole_us: bool = True) -> EventPacket:
        """What was seen since the last packet; it may be empty.

        Args:
            stamp_ns: for the packet's header.
            whole_us: cut times to microseconds, which is what most encodings hold.
        """
        events, self._parts = Events.join(self._parts), []
        self.last_count = len(events)
        if whole_us:
            events = Events(events.x, events.y, events.polarity, events.t_ns // 1000 * 1000)
        payload, base_ns = self._encoder.encode(events)
        packet = EventPacket(
            stamp_ns,
            self._sequence,
            self.simulator.width,
            self.simulator.height,
            self._encoding,
            base_ns,
            np.frombuffer(payload, np.uint8),
        )
        self._sequence += 1
        return packet


class PictureLight:
    """Light from rendered or recorded pictures, which come much slower than a simulator wants frames.

    Between two pictures each pixel's light goes straight from one to the other, so what comes out lags by a picture.

    Args:
        width: columns of the frames; pictures of another size are scaled.
        height: rows.
        period_ns: between two frames.
    """

    def __init__(self, width: int, height: int, period_ns: int) -> None:
        self._size = (width, height)
        self._period_ns = period_ns
        self._last: tuple[int, np.ndarray] | None = None

    def frames(self, picture: np.ndarray, stamp_ns: int, light_lux: float) -> Iterator[tuple[int, np.ndarray]]:
        """Yields (stamp_ns, (height, width) float32 [lux]) up to this picture.

        Args:
            picture: (H, W) or (H, W, 3) uint8.
            stamp_ns: when it was taken; after a jump backwards the picture is a first one.
            light_lux: light on a white pixel.

        Raises:
            InputError: another shape or type.
        """
        lux = self._light(picture, light_lux)
        last, self._last = self._last, (stamp_ns, lux)
        if last is None or stamp_ns <= last[0]:
            yield stamp_ns, lux
            return
        count = max(round((stamp_ns - last[0]) / self._period_ns), 1)
        for k in range(1, count + 1):
            share = np.float32(k / count)
            yield last[0] + (stamp_ns - last[0]) * k // count, last[1] + share * (lux - last[1])

    def _light(self, picture: np.ndarray, light_lux: float) -> np.ndarray:
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
            raise InputError(f"picture: {picture.dtype} of shape {picture.shape}; expected uint8 (H, W) or (H, W, 3)")
        grey = picture.astype(np.float32) if picture.ndim == 2 else picture.astype(np.float32) @ GREY_WEIGHTS
        share = np.maximum((grey / 255.0) ** GAMMA, DARKEST_SHARE)
        return cv2.resize(share * np.float32(light_lux), self._size, interpolation=cv2.INTER_LINEAR)
