import numpy as np
import pytest
from event_samples import HEIGHT, WIDTH, WRAP_NS, equal, events_of, random_events, streams
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.codecs import ENCODINGS, make_decoder, make_encoder
from touchloop.events.codecs.files import split
from touchloop.events.stream import Events


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(packets=streams())
def test_a_stream_comes_back_packet_by_packet(encoding: str, packets: list[Events]) -> None:
    encoder, decoder = make_encoder(encoding, WIDTH, HEIGHT), make_decoder(encoding, WIDTH, HEIGHT)
    for events in packets:
        if len(events):
            assert equal(decoder.decode(*encoder.encode(events)), events)
    assert decoder.damaged == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(packets=streams(), first=st.integers(0, 5))
def test_a_decoder_may_join_at_any_packet(encoding: str, packets: list[Events], first: int) -> None:
    encoder, decoder = make_encoder(encoding, WIDTH, HEIGHT), make_decoder(encoding, WIDTH, HEIGHT)
    for number, events in enumerate(packets):
        packet = encoder.encode(events)
        if number >= first and len(events):
            assert equal(decoder.decode(*packet), events)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(
    content=st.one_of(st.binary(max_size=600), st.integers(0, 1 << 32).map(lambda s: _random_bytes(s, 5000))),
    base_ns=st.integers(0, (1 << 64) - 1),
)
def test_random_bytes_are_counted_and_give_no_event_outside(encoding: str, content: bytes, base_ns: int) -> None:
    decoder = make_decoder(encoding, 346, 260)
    for payload in (content, content[: len(content) // 2], b""):
        events = decoder.decode(payload, base_ns)
        assert (events.x < 346).all()
        assert (events.y < 260).all()
        assert (events.polarity < 2).all()
    assert decoder.damaged > 0  # the empty one, at least


def _random_bytes(seed: int, count: int) -> bytes:
    return np.random.default_rng(seed).bytes(count)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_cut_off_packet_gives_what_is_whole(encoding: str) -> None:
    events = random_events(3, 200, 1000, 10**15)
    payload, base_ns = make_encoder(encoding, WIDTH, HEIGHT).encode(events)
    decoder = make_decoder(encoding, WIDTH, HEIGHT)
    found = decoder.decode(payload[:-1], base_ns)
    assert decoder.damaged == 1
    assert 0 < len(found) < len(events)
    assert equal(found, events[: len(found)])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_payloads_of_any_kind_and_place_in_memory(encoding: str) -> None:
    events = random_events(4, 300, 10_000)
    payload, base_ns = make_encoder(encoding, WIDTH, HEIGHT).encode(events)
    shifted = np.frombuffer(b"\0" + payload, np.uint8)[1:]
    for form in (payload, bytearray(payload), memoryview(payload), shifted):
        assert equal(make_decoder(encoding, WIDTH, HEIGHT).decode(form, base_ns), events)
    with pytest.raises(InputError, match="uint8"):
        make_decoder(encoding, WIDTH, HEIGHT).decode(shifted.view(np.int8), base_ns)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_events_outside_a_smaller_sensor_are_damage(encoding: str) -> None:
    events = random_events(5, 2000, 10_000)
    payload, base_ns = make_encoder(encoding, WIDTH, HEIGHT).encode(events)
    decoder = make_decoder(encoding, 640, 480)
    inside = (events.x < 640) & (events.y < 480)
    assert equal(decoder.decode(payload, base_ns), events[inside])
    assert decoder.damaged == len(events) - inside.sum()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_impossible_time_base_is_a_damaged_packet(encoding: str) -> None:
    payload, _ = make_encoder(encoding, WIDTH, HEIGHT).encode(random_events(6, 10, 1000))
    decoder = make_decoder(encoding, WIDTH, HEIGHT)
    assert not len(decoder.decode(payload, (1 << 64) - 1))
    assert decoder.damaged == 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_an_encoding_cannot_hold_is_refused(encoding: str) -> None:
    encoder = make_encoder(encoding, 346, 260)
    with pytest.raises(InputError, match=r"x 346; expected 0 to 345"):
        encoder.encode(events_of([(346, 0, 1, 0)]))
    with pytest.raises(InputError, match=r"polarity 2; expected 0 to 1"):
        encoder.encode(events_of([(0, 0, 2, 0)]))
    with pytest.raises(InputError, match="t_ns"):
        encoder.encode(events_of([(0, 0, 1, -1)]))
    if encoding != "mono":
        with pytest.raises(InputError, match="whole microsecond"):
            encoder.encode(events_of([(0, 0, 1, 5), (0, 0, 1, 1000)]))
    if encoding in ("mono", "libcaer_cmp"):
        with pytest.raises(InputError, match="spans"):
            encoder.encode(events_of([(0, 0, 1, 0), (0, 0, 1, WRAP_NS)]))


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 10), (1 << 16, 10)])
@pytest.mark.parametrize("make", [make_encoder, make_decoder])
def test_sensors_that_no_encoding_addresses_are_refused(make, size: tuple[int, int]) -> None:
    for encoding in ENCODINGS:
        with pytest.raises(InputError, match="pixels"):
            make(encoding, *size)


def test_unknown_encodings_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="'evt2': expected one of evt3, libcaer, libcaer_cmp, mono"):
        make_decoder("evt2", 10, 10)


@given(packets=streams())
def test_splitting_keeps_all_events_in_packets_that_every_encoding_holds(packets: list[Events]) -> None:
    pieces = list(split(packets))
    assert equal(Events.join(pieces), Events.join(packets))
    for piece in pieces:
        assert np.ptp(piece.t_ns) < 10_000_000
        for encoding in ENCODINGS:
            make_encoder(encoding, WIDTH, HEIGHT).encode(piece)
