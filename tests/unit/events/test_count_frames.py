import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.frames import count_frames
from touchloop.events.stream import Events


def some_events(seed: int, count: int, width: int, height: int) -> Events:
    rng = np.random.default_rng(seed)
    return Events(
        rng.integers(0, width, count).astype(np.uint16),
        rng.integers(0, height, count).astype(np.uint16),
        rng.integers(0, 2, count).astype(np.uint8),
        np.arange(count, dtype=np.int64),
    )


@given(st.integers(0, 1 << 32), st.integers(0, 300), st.integers(1, 40), st.integers(1, 40))
def test_counts_are_those_of_numpy(seed: int, count: int, width: int, height: int) -> None:
    events = some_events(seed, count, width, height)
    expected = np.zeros((2, height, width), np.uint32)
    np.add.at(expected, (events.polarity, events.y, events.x), 1)
    assert np.array_equal(count_frames(events, width, height), expected)
    for dtype in (np.uint16, np.uint32):
        out = np.ones((2, height, width), dtype)
        assert count_frames(events, width, height, out) is out
        assert np.array_equal(out, expected + 1)


@pytest.mark.parametrize("size", [(20, 10), (1, 1)])
def test_many_events_on_few_pixels(size: tuple[int, int]) -> None:
    events = some_events(0, 200_000, *size)
    counts = count_frames(events, *size)
    assert counts.dtype == np.uint32
    assert counts.sum(axis=(1, 2)).tolist() == [200_000 - events.polarity.sum(), events.polarity.sum()]


def test_full_counters_of_16_bits_stay_full() -> None:
    out = np.zeros((2, 1, 1), np.uint16)
    count_frames(some_events(0, 200_000, 1, 1), 1, 1, out)
    assert out.ravel().tolist() == [65_535, 65_535]


@pytest.mark.parametrize(("width", "height"), [(9, 10), (10, 9)])
def test_events_outside_are_refused(width: int, height: int) -> None:
    events = some_events(0, 1000, 10, 10)
    with pytest.raises(InputError, match="expected x below"):
        count_frames(events, width, height)
    with pytest.raises(InputError, match="polarity 0 or 1"):
        count_frames(Events(events.x, events.y, events.polarity + np.uint8(1), events.t_ns), 10, 10)


@pytest.mark.parametrize(
    "out", [np.zeros((2, 10, 9), np.uint16), np.zeros((2, 9, 10), np.int32), np.zeros((2, 10, 9), np.uint32).T]
)
def test_arrays_of_another_kind_are_refused(out: np.ndarray) -> None:
    with pytest.raises(InputError, match="expected uint16 or uint32"):
        count_frames(some_events(0, 10, 10, 9), 10, 9, out)
