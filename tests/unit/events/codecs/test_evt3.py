import numpy as np
import pytest
from event_samples import HEIGHT, WIDTH, WRAP_NS, equal, events_of, random_events
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.codecs.evt3 import Evt3Decoder
from touchloop.events.codecs.evt3_encoder import Evt3Encoder
from touchloop.events.stream import Events

Y, X, BASE, VECT_12, VECT_8, LOW, HIGH, TRIGGER, OTHERS, CONTINUED = 0, 2, 3, 4, 5, 6, 8, 10, 14, 15
ON = 1 << 11
START = [(HIGH, 0), (LOW, 0), (Y, 9)]


def payload(*words: tuple[int, int]) -> bytes:
    return np.array([code << 12 | value for code, value in words], "<u2").tobytes()


def decoded(*words: tuple[int, int], base_ns: int = 0) -> list[tuple[int, ...]]:
    events = Evt3Decoder(WIDTH, HEIGHT).decode(payload(*words), base_ns)
    return [tuple(int(v) for v in row) for row in zip(events.x, events.y, events.polarity, events.t_ns, strict=True)]


def test_words_by_hand() -> None:
    words = [(HIGH, 1), (LOW, 2), (Y, 3), (X, 4), (X, ON | 5), (TRIGGER, 1), (OTHERS, 1), (CONTINUED, 7)]
    words += [(LOW, 3), (BASE, ON | 100), (VECT_12, 0b100000000001), (VECT_12, 1), (VECT_8, 0b10000000)]
    at, later = (4096 + 2) * 1000, (4096 + 3) * 1000
    assert decoded(*words) == [
        (4, 3, 0, at),
        (5, 3, 1, at),
        (100, 3, 1, later),
        (111, 3, 1, later),
        (112, 3, 1, later),
        (131, 3, 1, later),
    ]


def test_a_stream_is_joined_at_its_first_full_time_and_row() -> None:
    assert decoded((X, 1), (LOW, 5), (Y, 1), (X, 1), (HIGH, 0), (X, 1), (LOW, 7), (X, 1), (Y, 2), (X, 3)) == [
        (3, 2, 0, 7000)
    ]


def test_roll_over_is_counted_but_not_a_small_step_back() -> None:
    words = [(HIGH, 4095), (LOW, 0), (Y, 0), (X, 0), (HIGH, 4094), (X, 1), (HIGH, 2), (X, 2)]
    times_us = [t // 1000 for *_, t in decoded(*words)]
    assert times_us == [4095 << 12, 4094 << 12, (4096 + 2) << 12]


@pytest.mark.parametrize("use_vectors", [False, True])
@given(seed=st.integers(0, 1 << 32), cuts=st.lists(st.integers(0, 4000), max_size=5))
def test_packets_may_be_cut_anywhere_between_words(use_vectors: bool, seed: int, cuts: list[int]) -> None:
    words = np.random.default_rng(seed).integers(0, 1 << 16, 4000).astype("<u2")
    whole, parts = Evt3Decoder(640, 480, use_vectors), Evt3Decoder(640, 480, not use_vectors)
    expected = whole.decode(words.tobytes(), 0)
    pieces = [piece for piece in np.split(words, sorted(cuts)) if len(piece)]
    assert equal(Events.join(parts.decode(piece.tobytes(), 0) for piece in pieces), expected)
    assert parts.damaged == whole.damaged


@given(seed=st.integers(0, 1 << 32), rare=st.sampled_from([0.0, 0.001, 0.02]))
def test_vector_code_gives_the_same_as_word_by_word(seed: int, rare: float) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.choice([Y, X, LOW, HIGH, TRIGGER, OTHERS, CONTINUED], 6000, p=[0.25, 0.3, 0.2, 0.1, 0.05, 0.05, 0.05])
    codes = np.where(rng.random(6000) < rare, rng.integers(0, 16, 6000), codes)
    values = rng.integers(0, 1 << 12, 6000)
    values = np.where(codes == HIGH, np.cumsum(rng.random(6000) < 0.03) * 37 % 4096, values)
    words = (codes << 12 | values).astype("<u2").tobytes()
    fast, slow = Evt3Decoder(1280, 720, True), Evt3Decoder(1280, 720, False)
    assert equal(fast.decode(words, 0), slow.decode(words, 0))
    assert fast.damaged == slow.damaged


def test_words_that_do_not_exist_and_columns_that_no_sensor_has_are_damage() -> None:
    decoder = Evt3Decoder(WIDTH, HEIGHT)
    events = decoder.decode(payload(*START, (1, 0), (9, 0), (BASE, 2040), (VECT_12, 0xFFF), (X, 1)), 0)
    assert decoder.damaged == 2 + 12
    assert len(events) == 1


def test_vectors_without_end_stay_damage() -> None:
    decoder = Evt3Decoder(WIDTH, HEIGHT)
    assert not len(decoder.decode(payload(*START, (BASE, 2000), *[(VECT_12, 0xFFF)] * 10_000), 0))
    assert decoder.damaged == 120_000


def test_reset_forgets_the_stream() -> None:
    decoder = Evt3Decoder(WIDTH, HEIGHT)
    decoder.decode(payload((HIGH, 4000), (LOW, 0), (Y, 0), (X, 0)), 0)
    decoder.reset()
    assert not len(decoder.decode(payload((X, 1)), 0))
    assert decoder.decode(payload(*START, (X, 1)), 5).t_ns.tolist() == [5]


def test_the_first_time_base_counts() -> None:
    decoder = Evt3Decoder(WIDTH, HEIGHT)
    decoder.decode(payload(*START), 7)
    assert decoder.decode(payload((X, 1)), 1 << 40).t_ns.tolist() == [7]


def test_neighbours_are_encoded_as_vectors() -> None:
    row = events_of([(x, 5, 1, 1000) for x in range(100, 132)])
    sparse = events_of([(x, 5, 1, 1000) for x in range(100, 1000, 100)])
    assert len(Evt3Encoder(WIDTH, HEIGHT).encode(row)[0]) == 2 * (3 + 1 + 3)
    assert len(Evt3Encoder(WIDTH, HEIGHT).encode(sparse)[0]) == 2 * (3 + 9)


@given(silence_ns=st.integers(0, 40 * WRAP_NS // 1000).map(lambda us: us * 1000), start_us=st.integers(0, 1 << 30))
def test_silences_in_a_packet_keep_their_length(silence_ns: int, start_us: int) -> None:
    events = events_of([(1, 2, 0, start_us * 1000), (1, 2, 0, start_us * 1000 + silence_ns)])
    assert equal(Evt3Decoder(WIDTH, HEIGHT).decode(*Evt3Encoder(WIDTH, HEIGHT).encode(events)), events)


def test_small_steps_back_in_time_come_back_and_large_ones_are_refused() -> None:
    times_us = [100_000, 99_999, 70_000, 100_001]
    events = events_of([(1, 2, 0, t * 1000) for t in times_us])
    assert equal(Evt3Decoder(WIDTH, HEIGHT).decode(*Evt3Encoder(WIDTH, HEIGHT).encode(events)), events)
    with pytest.raises(InputError, match="steps back"):
        Evt3Encoder(WIDTH, HEIGHT).encode(events_of([(1, 2, 0, 200_000_000), (1, 2, 0, 0)]))
    with pytest.raises(InputError, match="roll-over"):
        Evt3Encoder(WIDTH, HEIGHT).encode(events_of([(1, 2, 0, WRAP_NS), (1, 2, 0, WRAP_NS - 1000)]))


def test_long_streams_of_many_packets() -> None:
    encoder, decoder = Evt3Encoder(WIDTH, HEIGHT), Evt3Decoder(WIDTH, HEIGHT)
    events = random_events(1, 100_000, 60_000_000, 3)
    found = [decoder.decode(*encoder.encode(events[i : i + 999])) for i in range(0, len(events), 999)]
    assert equal(Events.join(found), events)
