"""Counting a packet agrees with decoding it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.events.codecs import ENCODINGS, make_encoder
from touchloop.events.packet import EventPacket, LostPackets
from touchloop.events.packet_counts import PacketCounts
from touchloop.events.stream import Events


def some_events(seed: int, count: int) -> Events:
    rng = np.random.default_rng(seed)
    return Events(
        rng.integers(0, 346, count).astype(np.uint16),
        np.sort(rng.integers(0, 260, count)).astype(np.uint16),
        rng.integers(0, 2, count).astype(np.uint8),
        np.sort(rng.integers(0, 20_000, count)) * 1000 + 1_000_000_000,
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(seed=st.integers(0, 2**31), counts=st.lists(st.integers(1, 300), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_counts_are_those_of_the_events(encoding: str, seed: int, counts: list[int]) -> None:
    encoder, counter = make_encoder(encoding, 346, 260), PacketCounts()
    for k, count in enumerate(counts):
        events = some_events(seed + k, count)
        shifted = Events(events.x, events.y, events.polarity, events.t_ns + k * 20_000_000)
        payload, base_ns = encoder.encode(shifted)
        packet = EventPacket(0, k, 346, 260, encoding, base_ns, np.frombuffer(payload, np.uint8))
        on = int(events.polarity.sum())
        assert counter.count(packet) == (count - on, on)
    assert counter.damaged == 0


def test_an_empty_packet_is_no_damage_and_a_cut_one_is() -> None:
    counter = PacketCounts()
    empty = np.empty(0, np.uint8)
    assert counter.count(EventPacket(0, 0, 346, 260, "libcaer", 0, empty)) == (0, 0)
    assert counter.damaged == 0
    assert counter.count(EventPacket(0, 0, 346, 260, "libcaer", 0, np.zeros(13, np.uint8))) == (1, 0)
    assert counter.damaged == 1


def test_lost_packets_are_the_gaps() -> None:
    lost = LostPackets()
    assert [lost.see(n) for n in (4, 5, 8, 0, 1)] == [0, 0, 2, 0, 0]
    assert lost.count == 2
