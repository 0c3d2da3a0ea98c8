import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from touchloop.control.touch_history import CAPACITY, TouchHistory, touch_features
from touchloop.geometry.pose import relative
from touchloop.policy.features import (
    CONTACT_GATE_N,
    FAST_MARKER_COMPONENTS,
    FAST_STREAMS,
    RECENT_TICKS,
    SMOOTH_CUTOFF_HZ,
    TOUCH_SIZE,
)
from touchloop.touch.wrench import low_pass_share

PERIOD_NS = 4_000_000
POSE = np.array([0.4, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
MARKERS, SMOOTH, RECENT = (np.array(FAST_STREAMS[name]) for name in ("markers", "smooth", "recent"))


def filled(ticks: int) -> TouchHistory:
    """The first wrench component is the tick's number."""
    history = TouchHistory()
    for tick in range(ticks):
        history.push(tick * PERIOD_NS, np.full(6, float(tick)), POSE, np.full(FAST_MARKER_COMPONENTS, -float(tick)))
    return history


def features_at(history: TouchHistory, stamp_ns: int, base_pose: np.ndarray = POSE) -> np.ndarray:
    out = np.full(TOUCH_SIZE, np.nan)
    history.features_at(stamp_ns, base_pose, out)
    return out


@given(st.integers(1, 3 * CAPACITY), st.integers(-PERIOD_NS, 4 * CAPACITY * PERIOD_NS))
def test_the_newest_sample_not_after_the_instant_or_the_oldest_left(ticks: int, stamp_ns: int) -> None:
    features = features_at(filled(ticks), stamp_ns)
    oldest = max(ticks - CAPACITY, 0)
    expected = min(max(stamp_ns // PERIOD_NS, oldest), ticks - 1)
    np.testing.assert_array_equal(features[:6], expected)
    np.testing.assert_array_equal(features[MARKERS], -expected)
    # Each sample's pressing force is minus its number; before the oldest that is left there is nothing to look back at.
    earlier = np.maximum(expected - np.array(RECENT_TICKS), oldest)
    np.testing.assert_array_equal(features[RECENT[: len(RECENT_TICKS)]], -earlier)


def stream(ticks: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Filtered wrenches, poses and marker components; it presses about half of the time."""
    rng = np.random.default_rng(seed)
    wrench = np.asarray(lfilter([0.1], [1.0, -0.9], rng.normal(0.0, 10.0, (ticks, 6)), axis=0))
    positions = POSE[:3] + np.cumsum(rng.normal(0.0, 1e-3, (ticks, 3)), axis=0)
    turns = Rotation.from_rotvec(rng.normal(0.0, 0.2, (ticks, 3))) * Rotation.from_quat(POSE[3:])
    return wrench, np.concatenate([positions, turns.as_quat()], axis=1), rng.standard_normal((ticks, 5))


@given(st.integers(1, 4 * CAPACITY), st.integers(0, 1000), st.data())
def test_the_ring_gives_what_the_whole_stream_gives(ticks: int, seed: int, data: st.DataObject) -> None:
    wrench, tcp, markers = stream(ticks, seed)
    history = TouchHistory()
    for tick in range(ticks):
        history.push(tick * PERIOD_NS, wrench[tick], tcp[tick], markers[tick])
    share = low_pass_share(SMOOTH_CUTOFF_HZ, 0.004)
    smooth = np.asarray(lfilter([share], [1.0, share - 1.0], wrench, axis=0))
    # What lies further back than the ring reaches cannot be seen.
    first = 0 if ticks <= CAPACITY else ticks - CAPACITY + max(RECENT_TICKS)
    for at in data.draw(st.lists(st.integers(first, ticks - 1), min_size=1, max_size=20)):
        expected = np.full(TOUCH_SIZE, np.nan)
        touch_features(at, 0, wrench, smooth, tcp, markers, POSE, expected)
        np.testing.assert_allclose(features_at(history, at * PERIOD_NS), expected, rtol=1e-9, atol=1e-12)


@given(st.integers(20, 2 * CAPACITY), st.integers(0, 1000))
def test_the_recent_past_is_force_and_advance_along_the_tool(ticks: int, seed: int) -> None:
    wrench, tcp, markers = stream(ticks, seed)
    history = TouchHistory()
    for tick in range(ticks):
        history.push(tick * PERIOD_NS, wrench[tick], tcp[tick], markers[tick])
    recent = features_at(history, ticks * PERIOD_NS)[RECENT]
    earlier = ticks - 1 - np.array(RECENT_TICKS)
    np.testing.assert_allclose(recent[: len(RECENT_TICKS)], -wrench[earlier, 2])
    touching = -wrench[-1, 2] > CONTACT_GATE_N
    advance = [relative(tcp[row], tcp[-1])[2] if touching else 0.0 for row in earlier]
    np.testing.assert_allclose(recent[len(RECENT_TICKS) :], advance)


def test_a_steady_wrench_is_its_own_average_and_a_lone_spike_is_not() -> None:
    history = TouchHistory()
    for tick in range(CAPACITY + 40):
        history.push(tick * PERIOD_NS, np.full(6, 2.0), POSE, np.zeros(FAST_MARKER_COMPONENTS))
    np.testing.assert_allclose(features_at(history, 10**12)[SMOOTH], 2.0, rtol=1e-6)
    history.push(10**10, np.full(6, 12.0), POSE, np.zeros(FAST_MARKER_COMPONENTS))
    np.testing.assert_allclose(features_at(history, 10**12)[SMOOTH], 2.0, atol=1.5)
    history.clear()
    history.push(10**11, np.zeros(6), POSE, np.zeros(FAST_MARKER_COMPONENTS))
    np.testing.assert_array_equal(features_at(history, 10**12)[SMOOTH], 0.0)


@pytest.mark.parametrize(("force_n", "seen_m"), [(0.5, 0.0), (5.0, -0.03)])
def test_displacement_is_seen_along_the_tool_and_only_in_contact(force_n: float, seen_m: float) -> None:
    history = TouchHistory()
    moved = POSE.copy()
    moved[:3] += [0.01, 0.02, 0.03]
    wrench = np.array([0.0, 0.0, -force_n, 0.0, 0.0, 0.0])
    history.push(0, wrench, moved, np.zeros(FAST_MARKER_COMPONENTS))
    # The tool points down: half a turn about x.
    np.testing.assert_allclose(features_at(history, 0)[6:9], [0.0, 0.0, seen_m])


def test_an_empty_or_cleared_history_gives_zeros() -> None:
    np.testing.assert_array_equal(features_at(TouchHistory(), 0), 0.0)
    history = filled(2 * CAPACITY)
    history.clear()
    np.testing.assert_array_equal(features_at(history, 0), 0.0)
    history.push(7, np.ones(6), POSE, np.zeros(FAST_MARKER_COMPONENTS))
    np.testing.assert_array_equal(features_at(history, 0)[:6], 1.0)


def test_samples_are_copied() -> None:
    history, wrench = TouchHistory(), np.ones(6)
    history.push(0, wrench, POSE, np.zeros(FAST_MARKER_COMPONENTS))
    wrench[:] = 9.0
    np.testing.assert_array_equal(features_at(history, 0)[:6], 1.0)
