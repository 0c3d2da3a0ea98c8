import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchloop.events.event_order import count_in_order, thin_out, write_events
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
    pixels, offsets_ns = np.arange(count, dtype=np.int32), np.arange(count, dtype=np.int64) * 10
    thin_out(count, kept, phase, pixels, offsets_ns)
    chosen = pixels[:kept]
    assert len(set(chosen)) == kept
    assert (offsets_ns[:kept] == chosen * 10).all()
    assert np.diff(chosen, prepend=0, append=count - 1).max() <= np.ceil(count / kept)


def test_events_are_written_with_their_places_and_whole_microseconds() -> None:
    events = Events.empty(2)
    pixels, offsets_ns = np.array([2 * 57 + 1, 2 * 9], np.int32), np.array([2_999, 1_500], np.int64)
    order = np.array([1, 0], np.int32)
    write_events(order, pixels, offsets_ns, 7_000, 50, events.x, events.y, events.polarity, events.t_ns)
    assert (events.x.tolist(), events.y.tolist()) == ([9, 7], [0, 1])
    assert events.polarity.tolist() == [0, 1]
    assert events.t_ns.tolist() == [8_000, 9_000]
