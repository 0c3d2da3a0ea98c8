"""Packets read and written by hand are what rclpy reads and writes."""

import contextlib

import numpy as np
import pytest
from event_camera_msgs.msg import EventPacket as EventPacketMessage
from hypothesis import given, settings
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message

from touchloop.events.packet import EventPacket
from touchloop_nodes.event_packets import packet_bytes, read_packet

packets = st.builds(
    EventPacket,
    stamp_ns=st.integers(0, 2**31 * 10**9 - 1),
    sequence=st.integers(0, 2**63 - 1),
    width=st.integers(1, 2**32 - 1),
    height=st.integers(1, 2**32 - 1),
    encoding=st.sampled_from(["evt3", "libcaer", "libcaer_cmp", "mono", ""]),
    time_base_ns=st.integers(0, 2**63 - 1),
    payload=st.binary(max_size=64).map(lambda b: np.frombuffer(b, np.uint8)),
)


def fields(packet: EventPacket) -> tuple:
    return (packet.stamp_ns, packet.sequence, packet.width, packet.height, packet.encoding, packet.time_base_ns)


@given(packet=packets, frame=st.sampled_from(["", "a", "event_camera", "left/event_camera"]))
@settings(max_examples=100, deadline=None)
def test_round_trip_and_rclpy_agree(packet: EventPacket, frame: str) -> None:
    data = packet_bytes(packet, frame)
    message = deserialize_message(data, EventPacketMessage)
    assert (message.header.frame_id, message.seq, message.encoding) == (frame, packet.sequence, packet.encoding)
    assert (message.width, message.height, message.time_base) == (packet.width, packet.height, packet.time_base_ns)
    assert bytes(message.events) == packet.payload.tobytes()
    for form in (data, serialize_message(message)):
        back = read_packet(form)
        assert fields(back) == fields(packet)
        assert back.payload.tobytes() == packet.payload.tobytes()


@given(packet=packets, cut=st.integers(1, 60), noise=st.binary(max_size=80))
@settings(max_examples=100, deadline=None)
def test_damage_is_said(packet: EventPacket, cut: int, noise: bytes) -> None:
    data = packet_bytes(packet, "camera")
    with pytest.raises(ValueError, match="EventPacket"):
        read_packet(data[: max(len(data) - cut, 4)])
    with contextlib.suppress(ValueError):
        read_packet(noise)
