import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.events.places.frame_filter import (
    EMPTY,
    FEWEST_KNOWN,
    FLOODED,
    MEMORY,
    OUTLIER,
    USED,
    FrameFilter,
    active_share,
    signal_share,
    verdicts,
)


def test_active_share_counts_pixels_not_events():
    counts = np.zeros((2, 10, 10), np.uint16)
    counts[0, 0, :5] = 9
    counts[1, 3, 3] = 1
    assert active_share(counts) == (0.05, 0.01)


def test_empty_flooded_and_outlying_frames_are_told_apart():
    ordinary = 0.1 + 0.01 * np.random.default_rng(0).random((200, 2))
    ordinary[50], ordinary[51], ordinary[52] = (0.1, 0.005), (0.95, 0.95), (0.6, 0.1)
    found = verdicts(ordinary)
    assert [found[k] for k in (50, 51, 52)] == [EMPTY, FLOODED, OUTLIER]
    assert set(found[:50]) == {USED}


def test_a_lasting_change_is_no_outlier_for_long():
    frame_filter, reasons = FrameFilter(), []
    rng = np.random.default_rng(1)
    for k in range(300):
        level = 0.1 if k < 100 else 0.4
        frame_filter, reason = frame_filter.step((level + 0.01 * rng.random(), level + 0.01 * rng.random()))
        reasons.append(reason)
    assert reasons[100] == OUTLIER
    assert set(reasons[130:]) == {USED}


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)), max_size=60))
@settings(deadline=None)
def test_live_filter_keeps_bounds_whatever_comes(shares):
    frame_filter = FrameFilter()
    for active in shares:
        frame_filter, reason = frame_filter.step(active)
        assert len(frame_filter.recent) <= MEMORY
        if min(active) < 0.01:
            assert reason == EMPTY
        elif max(active) > 0.9:
            assert reason == FLOODED
        elif len(frame_filter.recent) <= FEWEST_KNOWN:
            assert reason == USED


@given(st.integers(0, 10_000), st.floats(0.02, 0.5))
@settings(deadline=None, max_examples=50)
def test_noise_alone_is_no_signal_and_edges_under_it_are(seed, density):
    noise = (np.random.default_rng(seed).random((2, 64, 64)) < density).astype(np.uint16)
    # A chance of 1 in 3 million a plane and frame.
    assert signal_share(noise) == (0.0, 0.0)
    edges = noise.copy()
    edges[1, 10:40, 8:56:12] = 1
    edges[1, 10:40, 9:57:12] = 1
    edges[1, 10:40, 10:58:12] = 1
    if density < 0.2:
        assert signal_share(edges) == active_share(edges)
