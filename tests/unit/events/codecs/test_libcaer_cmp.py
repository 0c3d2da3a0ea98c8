import numpy as np
from event_samples import HEIGHT, WIDTH, equal, events_of

from touchloop.events.codecs.libcaer_cmp import (
    ADDR_X,
    ADDR_Y,
    TIME_HIGH,
    TIME_LOW,
    VECT_8,
    VECT_BASE_Y,
    LibcaerCmpDecoder,
    LibcaerCmpEncoder,
)

ON = 1 << 11


def payload(*words: tuple[int, int]) -> bytes:
    return np.array([code << 12 | value for code, value in words], "<u2").tobytes()


def test_words_by_hand() -> None:
    words = [(ADDR_X, 3), (ADDR_Y, ON | 4), (TIME_LOW, 5), (ADDR_Y, 6), (TIME_HIGH, 1), (ADDR_X, 7)]
    words += [(VECT_BASE_Y, ON | 16), (VECT_8, 0b10000001), (VECT_8, 0b10)]
    events = LibcaerCmpDecoder(WIDTH, HEIGHT).decode(payload(*words), 1000)
    late = 1000 + (4096 + 5) * 1000
    expected = [(3, 4, 1, 1000), (3, 6, 0, 6000), (7, 16, 1, late), (7, 23, 1, late), (7, 25, 1, late)]
    assert equal(events, events_of(expected))


def test_each_packet_starts_anew() -> None:
    decoder = LibcaerCmpDecoder(WIDTH, HEIGHT)
    decoder.decode(payload((ADDR_X, 3), (TIME_LOW, 9), (ADDR_Y, 4)), 0)
    assert not len(decoder.decode(payload((ADDR_Y, 4)), 0))
    assert decoder.damaged == 1
    assert decoder.decode(payload((ADDR_X, 1), (ADDR_Y, 4)), 50).t_ns.tolist() == [50]


def test_unknown_words_and_vectors_without_end_are_damage() -> None:
    decoder = LibcaerCmpDecoder(WIDTH, HEIGHT)
    words = [(6, 0), (15, 1), (ADDR_X, 1), (VECT_8, 1), (VECT_BASE_Y, 712), *[(VECT_8, 0xFF)] * 1000]
    assert len(decoder.decode(payload(*words), 0)) == 8
    assert decoder.damaged == 2 + 1 + 999 * 8


def test_neighbours_in_a_column_share_a_word_and_keep_their_order() -> None:
    rising = events_of([(5, y, 1, 0) for y in range(8, 16)])
    falling = events_of([(5, y, 1, 0) for y in range(15, 7, -1)])
    sizes = []
    for events in (rising, falling):
        content, base_ns = LibcaerCmpEncoder(WIDTH, HEIGHT).encode(events)
        assert equal(LibcaerCmpDecoder(WIDTH, HEIGHT).decode(content, base_ns), events)
        sizes.append(len(content))
    assert sizes == [2 * 3, 2 * 9]
