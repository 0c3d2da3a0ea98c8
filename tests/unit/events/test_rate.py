import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.rate import RateMeter
from touchloop.events.stream import Events

MS = 1_000_000


def events_at(t_ns, polarity=1):
    t = np.asarray(t_ns, np.int64)
    return Events(np.zeros(len(t), np.uint16), np.zeros(len(t), np.uint16), np.full(len(t), polarity, np.uint8), t)


def steady_stream(start_ms, stop_ms, each_ms):
    """``each_ms`` events a millisecond."""
    return events_at((np.arange(start_ms * each_ms, stop_ms * each_ms) * MS) // each_ms)


@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=300), st.integers(1, 20))
@settings(deadline=None)
def test_counts_the_same_in_any_pieces_as_a_plain_count(times_ms, pieces):
    times = np.sort(np.array(times_ms, np.int64)) * MS
    meter = RateMeter()
    for part in np.array_split(times, pieces):
        meter.add(events_at(part))
    end = int(times[-1]) // (10 * MS) * (10 * MS)
    start = max(end - 300 * MS, int(times[0]) // (10 * MS) * 10 * MS)
    rate = meter.observe(end)
    expected = np.count_nonzero((times >= start) & (times < end))
    assert rate.rate_hz * max(end - start, 10 * MS) * 1e-9 == pytest.approx(expected)


def test_rate_on_share_and_newest_part():
    meter = RateMeter()
    meter.add(steady_stream(0, 500, 4))
    meter.add(events_at(np.arange(500, 550) * MS, 0))
    rate = meter.observe(550 * MS)
    assert rate.rate_hz == pytest.approx((250 * 4 + 50) / 0.3)
    assert rate.recent_hz == pytest.approx(1000.0)
    assert rate.on_share == pytest.approx(1000 / 1050)


def test_a_young_stream_is_not_taken_for_a_slow_one():
    meter = RateMeter()
    meter.add(steady_stream(1000, 1100, 5))
    assert meter.observe(1100 * MS).rate_hz == pytest.approx(5000.0)


def test_silence_falls_to_zero_and_nothing_known_is_nan():
    meter = RateMeter()
    assert math.isnan(meter.observe(0).rate_hz)
    meter.add(steady_stream(0, 400, 2))
    assert meter.observe(10_000 * MS).rate_hz == 0.0
    assert meter.observe(10_000 * MS).on_share == 0.5


def test_empty_pieces_change_nothing():
    meter = RateMeter()
    meter.add(Events.empty())
    assert math.isnan(meter.observe(0).rate_hz)


def test_a_clock_set_back_begins_anew():
    meter = RateMeter()
    meter.add(steady_stream(5000, 6000, 3))
    meter.add(steady_stream(0, 400, 7))
    assert meter.jumps == 1
    assert meter.observe(400 * MS).rate_hz == pytest.approx(7000.0)


def test_a_gap_forward_empties_the_window():
    meter = RateMeter()
    meter.add(steady_stream(0, 1000, 3))
    meter.add(steady_stream(100_000, 100_100, 9))
    assert meter.jumps == 0
    assert meter.observe(100_100 * MS).rate_hz == pytest.approx(900 / 0.3)


def test_late_events_are_counted_apart():
    meter = RateMeter()
    meter.add(events_at([0, 1000 * MS, 1 * MS, 1001 * MS]))
    assert meter.late == 1


def test_memory_does_not_grow_with_the_rate():
    meter = RateMeter()
    before = meter._counts.nbytes
    for k in range(20):
        meter.add(steady_stream(10 * k, 10 * k + 10, 5000))
    assert meter._counts.nbytes == before
    assert meter.observe(200 * MS).rate_hz == pytest.approx(5e6)


@pytest.mark.parametrize("lengths", [(0.0, 0.05, 0.01), (0.3, 0.4, 0.01), (0.3, 0.05, 0.1), (math.inf, 0.05, 0.01)])
def test_lengths_that_make_no_sense_are_refused(lengths):
    with pytest.raises(InputError, match="rate meter"):
        RateMeter(*lengths)
