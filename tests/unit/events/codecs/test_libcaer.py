import struct

import numpy as np
from event_samples import HEIGHT, WIDTH, equal, events_of
from hypothesis import given
from hypothesis import strategies as st

from touchloop.events.codecs.libcaer import WRAP_US, LibcaerDecoder, LibcaerEncoder


def word(x: int, y: int, polarity: int, time_us: int) -> bytes:
    return struct.pack("<II", 1 | polarity << 1 | y << 2 | x << 17, time_us)


def test_words_by_hand_with_a_roll_over_inside() -> None:
    payload = word(3, 4, 1, WRAP_US - 1) + word(5, 6, 0, 0) + word(7, 8, 1, 2)
    events = LibcaerDecoder(WIDTH, HEIGHT).decode(payload, 18)
    expected = [(3, 4, 1, WRAP_US - 1), (5, 6, 0, WRAP_US), (7, 8, 1, WRAP_US + 2)]
    assert equal(events, events_of([(x, y, p, 18 + t * 1000) for x, y, p, t in expected]))


def test_times_with_a_sign_are_damage() -> None:
    decoder = LibcaerDecoder(WIDTH, HEIGHT)
    events = decoder.decode(word(1, 1, 1, 10) + word(1, 1, 1, 1 << 31) + word(2, 1, 1, 11), 0)
    assert events.t_ns.tolist() == [10_000, 11_000]
    assert decoder.damaged == 1


def test_a_small_step_back_is_no_roll_over() -> None:
    events = LibcaerDecoder(WIDTH, HEIGHT).decode(word(1, 1, 1, 10) + word(1, 1, 1, 9), 0)
    assert events.t_ns.tolist() == [10_000, 9_000]


@given(
    steps_us=st.lists(st.integers(-1000, 1 << 30), min_size=1, max_size=30),
    cuts=st.integers(1, 7),
    start_ns=st.integers(10**13, 1 << 60),
)
def test_a_stream_comes_back_over_many_roll_overs(steps_us: list[int], cuts: int, start_ns: int) -> None:
    times_ns = start_ns + np.cumsum(steps_us) * 1000
    events = events_of([(i, i, i % 2, int(t)) for i, t in enumerate(times_ns)])
    encoder, decoder = LibcaerEncoder(WIDTH, HEIGHT), LibcaerDecoder(WIDTH, HEIGHT)
    for first in range(0, len(events), cuts):
        piece = events[first : first + cuts]
        assert equal(decoder.decode(*encoder.encode(piece)), piece)
