import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.control.touch_history import CAPACITY, TouchHistory
from touchloop.policy.features import FAST_MARKER_COMPONENTS, TOUCH_SIZE

PERIOD_NS = 4_000_000
POSE = np.array([0.4, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])


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
    np.testing.assert_array_equal(features[9:], -expected)


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
