import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchloop.events.event_order import count_in_order, write_events
from touchloop.events.stream import Events


def ordered(offsets: np.ndarray, step_ns: int, slices: int) -> np.ndarray:
    order = np.empty(len(offsets), np.int32)
    count_in_order(len(offsets), step_ns, offsets, np.zeros(slices + 1, np.int64), order)
    return order


@given(offsets=st.lists(st.integers(0, 999_999), max_size=300), slices=st.sampled_from([1, 7, 4096]))
def test_order_is_a_stable_sort(offsets: list[int], slices: int) -> None:
    array = np.array(offsets, np.int64)
    assert ordered(array, 1_000_000, slices).tolist() == np.argsort(array, kind="stable").tolist()


@given(count=st.integers(1, 500), kept_share=st.floats(0.01, 1.0), phase=st.floats(0.0, 0.999))
def test_a_choice_is_even_and_without_doubles(count: int, kept_share: float, phase: float) -> None:
    kept = max(1, int(count * kept_share))
    offsets = np.arange(count, dtype=np.int64) * 1000
    events = Events.empty(kept)
    arrays = (events.x, events.y, events.polarity, events.t_ns)
    pixels = np.arange(count, dtype=np.int32) * 2 + 1
    write_events(count, kept, phase, np.arange(count, dtype=np.int32), pixels, offsets, 5_000, 50, *arrays)
    numbers = events.y.astype(int) * 50 + events.x
    assert len(set(numbers)) == kept
    assert (events.polarity == 1).all()
    assert (events.t_ns == 5_000 + numbers * 1000).all()
    if kept > 1:
        assert np.diff(numbers).max() <= int(np.ceil(count / kept))
