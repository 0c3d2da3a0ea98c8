import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.policy.features import ACTION_PERIOD_NS, WRENCH_WINDOW
from touchloop.policy.observation_buffer import ObservationBuffer

TICK_NS = 4_000_000
BIAS = np.zeros(6)


def filled(ticks: int) -> ObservationBuffer:
    """Every sample holds its tick's number; markers each fifth tick, pictures each twenty-fifth."""
    buffer = ObservationBuffer()
    for tick in range(ticks):
        stamp_ns = tick * TICK_NS
        buffer.add_tcp_pose(stamp_ns, np.full(7, float(tick)))
        buffer.add_wrench(stamp_ns, np.full(6, float(tick)))
        if tick % 5 == 0:
            buffer.add_markers(stamp_ns, np.full((63, 2), float(tick)))
        if tick % 25 == 0:
            buffer.add_wrist_picture(stamp_ns, np.full((128, 128, 3), tick, np.uint8))
    return buffer


def test_an_observation_holds_the_newest_samples_not_after_its_time() -> None:
    seen = filled(120).observation(112 * TICK_NS, BIAS)
    earlier = 112 - ACTION_PERIOD_NS // TICK_NS
    np.testing.assert_array_equal(seen.tcp_in_base[:, 0], [earlier, 112])
    mean_lag = 0.5 * (WRENCH_WINDOW - 1)
    np.testing.assert_allclose(seen.wrench_at_sensor[:, 0], [earlier - mean_lag, 112 - mean_lag])
    assert (seen.markers[0, 0], seen.wrist_rgb[0, 0, 0]) == (110.0, 100)


def test_what_came_later_changes_nothing() -> None:
    early, late = filled(101).observation(100 * TICK_NS, BIAS), filled(124).observation(100 * TICK_NS, BIAS)
    for name in ("tcp_in_base", "wrench_at_sensor", "markers", "wrist_rgb"):
        np.testing.assert_array_equal(getattr(early, name), getattr(late, name))


def test_completeness_needs_every_stream_at_that_very_instant() -> None:
    buffer = filled(120)
    assert buffer.complete_at(100 * TICK_NS)
    assert not buffer.complete_at(110 * TICK_NS)
    assert not buffer.complete_at(100 * TICK_NS + 1)
    assert buffer.complete_at(112 * TICK_NS, markers_ns=110 * TICK_NS, picture_ns=100 * TICK_NS)
    assert not buffer.complete_at(112 * TICK_NS, markers_ns=111 * TICK_NS, picture_ns=100 * TICK_NS)
    assert not buffer.complete_at(119 * TICK_NS, markers_ns=115 * TICK_NS, picture_ns=110 * TICK_NS)


def test_silent_streams_are_named_with_pictures_on_their_own_time_out() -> None:
    everything = ["tcp_pose", "wrench", "tactile/markers", "camera/wrist/image_raw"]
    assert ObservationBuffer().missing(0, 1.0, 1.0) == everything
    buffer = filled(101)
    assert buffer.missing(112 * TICK_NS, 0.05, 0.05) == []
    assert buffer.missing(119 * TICK_NS, 0.05, 0.05) == everything
    assert buffer.missing(119 * TICK_NS, 0.05, 0.2) == ["tcp_pose", "wrench", "tactile/markers"]
    assert filled(120).missing(119 * TICK_NS, 0.05, 0.05) == ["camera/wrist/image_raw"]


def test_a_wrench_that_is_not_finite_is_dropped() -> None:
    buffer = filled(101)
    buffer.add_wrench(101 * TICK_NS, np.full(6, np.nan))
    assert np.isfinite(buffer.observation(101 * TICK_NS, BIAS).wrench_at_sensor).all()


def test_what_was_before_an_episode_is_forgotten() -> None:
    buffer = filled(101)
    buffer.forget_before(100 * TICK_NS)
    with pytest.raises(InputError, match=r"no tcp_pose sample up to 0\.360 s"):
        buffer.observation(100 * TICK_NS, BIAS)
    assert buffer.newest_touch_ns == buffer.newest_picture_ns == 100 * TICK_NS
    buffer.clear()
    assert buffer.newest_touch_ns == buffer.newest_picture_ns == -1
