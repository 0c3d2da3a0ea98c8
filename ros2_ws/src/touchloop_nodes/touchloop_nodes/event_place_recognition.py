"""Recognises from the events of a camera where on a mapped way it is."""

import math
from pathlib import Path

import numpy as np
from event_camera_msgs.msg import EventPacket as EventPacketMessage
from touchloop_msgs.msg import Place

from touchloop.errors import InputError
from touchloop.events.codecs import Decoder, make_decoder
from touchloop.events.packet import EventPacket, LostPackets
from touchloop.events.places.frame_builder import FRAME_NS, FrameBuilder
from touchloop.events.places.place_map import PlaceMap
from touchloop.events.places.recogniser import Match, PlaceObservation, PlaceRecogniser
from touchloop_nodes import qos
from touchloop_nodes.cdr import NS_PER_S
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.event_packets import read_packet
from touchloop_nodes.managed_node import ManagedNode, run_node


class EventPlaceRecognition(ManagedNode):
    """Decodes packets, cuts them into frames, and matches each against the map."""

    def __init__(self) -> None:
        super().__init__("event_place_recognition")
        declare = self.parameters.declare
        declare("map", "", "File (.npz) made by `touchloop vpr map`.")
        declare("sequences", True, "Match sequences of frames instead of single ones.")
        self._recogniser: PlaceRecogniser | None = None
        self._input = self._publisher = None
        self._forget()

    def on_configure_checked(self) -> None:
        """Load the map."""
        path = self.parameters["map"]
        if not path:
            raise InputError("map is empty; expected a file made by 'touchloop vpr map'")
        places = PlaceMap.load(Path(path))
        single = PlaceRecogniser(places, None)
        self._recogniser = PlaceRecogniser(places) if self.parameters["sequences"] else single
        # Compiles, so that the first frames need not wait.
        width, height = places.sensor
        frame = np.ones((2, height, width), np.uint16)
        state = self._recogniser.start()
        for step in range(10):
            state, _ = self._recogniser.step(state, PlaceObservation(step, frame), 0.1)
        self._publisher = self.create_publisher(Place, "place", 10)

    def on_activate_checked(self) -> None:
        """Begin to look."""
        self._forget()
        self._state = self._recogniser.start()
        profile = qos.stream_input(self.lockstep, 100)
        self._input = self.create_subscription(EventPacketMessage, "events", self._on_packet, profile, raw=True)

    def on_deactivate_checked(self) -> None:
        """Look no more."""
        if self._input is not None:
            self.destroy_subscription(self._input)
        self._input = None

    def on_cleanup_checked(self) -> None:
        """Forget the map."""
        self.on_deactivate_checked()
        if self._publisher is not None:
            self.destroy_publisher(self._publisher)
        self._publisher = self._recogniser = None

    def diagnose(self) -> Diagnosis:
        """The last place, and what was lost."""
        if self._input is None:
            return Diagnosis(OK, "not active")
        values = {"frames": self._frames, "lost_packets": self._lost.count}
        values |= {"damaged": self._decoder.damaged if self._decoder is not None else 0}
        if self._match is not None:
            values |= {"position_m": self._match.position_m, "confidence": self._match.confidence}
        if self._fault:
            return Diagnosis(ERROR, self._fault, values)
        if not self._frames:
            return Diagnosis(WARN, "no frame of events yet", values)
        unused = self._match is not None and not self._match.seen
        return Diagnosis(WARN if unused else OK, f"last frame: {self._match.reason}" if unused else "looking", values)

    def _forget(self) -> None:
        self._decoder: Decoder | None = None
        self._stream: tuple[str, int, int] | None = None
        self._builder: FrameBuilder | None = None
        self._lost, self._frames, self._fault = LostPackets(), 0, ""
        self._match: Match | None = None
        self._offset_ns, self._stamp_ns = 0, -1

    def _on_packet(self, data: bytes) -> None:
        if self._input is None:
            return
        try:
            self._take(read_packet(data))
            self._fault = ""
        except (ValueError, InputError) as error:
            self._fault = str(error)

    def _take(self, packet: EventPacket) -> None:
        stream = (packet.encoding, packet.width, packet.height)
        if stream != self._stream:
            self._decoder = make_decoder(*stream)
            self._builder = FrameBuilder(packet.width, packet.height)
            self._stream = stream
        self._lost.see(packet.sequence)
        if not len(packet.payload):
            return
        events = self._decoder.decode(packet.payload, packet.time_base_ns)
        if len(events):
            # Frames are cut on the sensor's clock, and published with the driver's stamps.
            self._offset_ns = packet.stamp_ns - int(events.t_ns[0])
        for end_ns, counts in self._builder.add(events):
            dt_s = FRAME_NS * 1e-9 if self._stamp_ns < 0 else max(end_ns - self._stamp_ns, 0) * 1e-9
            self._stamp_ns = end_ns
            self._state, self._match = self._recogniser.step(self._state, PlaceObservation(end_ns, counts), dt_s)
            self._frames += 1
            self._publish(end_ns + self._offset_ns, self._match)

    def _publish(self, stamp_ns: int, match: Match) -> None:
        position_m = 0.0 if math.isnan(match.position_m) else match.position_m
        message = Place(index=match.index, position_m=position_m, confidence=match.confidence)
        message.stamp.sec, message.stamp.nanosec = divmod(stamp_ns, NS_PER_S)
        message.seen, message.reason = match.seen, match.reason
        self._publisher.publish(message)


def main() -> None:
    """Run the node."""
    run_node(EventPlaceRecognition)


if __name__ == "__main__":
    main()
