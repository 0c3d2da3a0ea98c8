import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.report.recording import ControllerSample, Recording, Track
from touchloop.report.statistics import (
    distribution,
    missed_ticks,
    stream_timing,
    wrench_to_target_ms,
)
from touchloop.report.svg import Chart, nice_ticks, thinned

PERIOD_NS = 4_000_000


def track(stamps_ns: list[int]) -> Track:
    return Track(np.array(sorted(stamps_ns), np.int64), np.zeros((len(stamps_ns), 6)))


@given(st.integers(20, 300), st.sets(st.integers(1, 400), max_size=6), st.integers(0, 10**18))
def test_each_hole_is_one_gap(count: int, holes: set[int], start_ns: int) -> None:
    holes = {hole for hole in holes if hole < count}
    stamps = start_ns + np.cumsum([0, *(PERIOD_NS * (4 if index in holes else 1) for index in range(1, count))])
    timing = stream_timing("/wrench", "w", stamps)
    assert timing.gaps == (len(holes) if len(holes) < count // 2 else timing.gaps)
    assert timing.rate_hz == pytest.approx((count - 1) / ((stamps[-1] - stamps[0]) * 1e-9))
    assert timing.longest_ms == pytest.approx(16.0 if holes else 4.0)
    assert timing.jitter_ms == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_messages_have_no_jitter(count: int) -> None:
    timing = stream_timing("/wrench", "w", PERIOD_NS * np.arange(count))
    assert timing.messages == count
    assert (timing.rate_hz is None) == (count < 2)
    assert timing.gaps is None
    assert not timing.slow


def test_stamps_that_stand_still_have_no_rate() -> None:
    assert stream_timing("/wrench", "w", np.full(30, 5)).rate_hz is None


@given(st.lists(st.integers(0, 10**9), max_size=50), st.lists(st.integers(0, 10**9), max_size=50))
def test_latency_is_to_the_newest_wrench_before(wrenches: list[int], targets: list[int]) -> None:
    recording = Recording(wrench=track(wrenches), target_pose=track(targets))
    expected = [
        (target - max(w for w in wrenches if w <= target)) * 1e-6
        for target in sorted(targets)
        if any(w <= target for w in wrenches)
    ]
    np.testing.assert_allclose(wrench_to_target_ms(recording), expected)


def test_missed_ticks_count_on_over_a_restart() -> None:
    def sample(missed: int) -> ControllerSample:
        return ControllerSample(0, "FOLLOW", "", 0, 0.0, 0.0, 0.0, 0.0, 0.0, missed)

    counts = (0, 2, 2, 5, 1, 1, 4)
    assert missed_ticks(Recording(controller=tuple(map(sample, counts)))) == 5 + 1 + 3
    assert missed_ticks(Recording()) is None


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60))
def test_distribution_is_of_the_finite_values(values: list[float]) -> None:
    sample = np.array(values)
    finite = sample[np.isfinite(sample)]
    found = distribution(sample)
    if not len(finite):
        assert found is None
    else:
        assert found is not None
        assert (found.count, found.largest) == (len(finite), finite.max())
        assert finite.min() <= found.p50 <= found.p99 <= found.largest or np.isinf(found.p99)


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=500), st.integers(1, 40))
def test_thinning_keeps_the_extremes_and_the_order(values: list[float], buckets: int) -> None:
    y = np.array(values)
    x = np.arange(len(y), dtype=float)
    thin_x, thin_y = thinned(x, y, buckets)
    assert (np.diff(thin_x) > 0).all()
    np.testing.assert_array_equal(thin_y, y[thin_x.astype(int)])
    if np.isfinite(y).any():
        assert np.nanmin(thin_y) == np.nanmin(y)
        assert np.nanmax(thin_y) == np.nanmax(y)
    assert len(thin_x) <= max(2 * buckets + 2, 1)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 20))
def test_ticks_are_few_round_and_inside(low: float, span: float, most: int) -> None:
    ticks = nice_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    slack = 1e-6 * (abs(low) + span)
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)


def test_line_is_broken_at_a_gap_and_at_a_nan() -> None:
    chart = Chart((0.0, 10.0), (0.0, 1.0))
    x = np.concatenate([np.arange(0.0, 3.0, 0.1), np.arange(5.0, 10.0, 0.1)])
    y = np.full(len(x), 0.5)
    y[60] = np.nan
    chart.line(x, y, "first", "force")
    path = chart.svg().split('class="line first" d="')[1].split('"')[0]
    assert path.count("M") == 3
