from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.data.episode import STREAMS, EpisodeRecorder
from touchloop.errors import InputError
from touchloop.sim.observation import Observation
from touchloop.tasks.task import ExpertCommand


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_every_stream_has_a_stamp_for_each_of_its_samples(have: list[tuple[bool, bool]]) -> None:
    have[0] = (True, True)
    recorder = EpisodeRecorder()
    for tick, (markers, picture) in enumerate(have):
        value = float(tick)
        observation = Observation(tick * 4, *(np.zeros(7),) * 3, np.full(7, value), np.zeros(6), np.full(6, value))
        if markers:
            observation.markers = np.full((63, 4), value, np.float32)
        if picture:
            observation.wrist_rgb = np.full((8, 8, 3), tick, np.uint8)
        other = replace(observation, tcp_in_base=np.full(7, value + 0.5))
        recorder.add((observation, other), [ExpertCommand(np.full(7, -value), value) for _ in range(2)])
    episode = recorder.finish()
    assert set(STREAMS) == set(type(episode).__slots__)
    np.testing.assert_array_equal(episode.stamp_ns, 4 * np.arange(len(have)))
    assert episode.arms == 2
    for name in ("tcp_in_base", "wrench_at_sensor", "target_in_base", "planned_force_n"):
        assert getattr(episode, name).shape[:2] == (2, len(have))
    np.testing.assert_array_equal(episode.target_in_base[0, :, 0], -episode.tcp_in_base[0, :, 0])
    np.testing.assert_array_equal(episode.tcp_in_base[1], episode.tcp_in_base[0] + 0.5)
    np.testing.assert_array_equal(episode.markers_stamp_ns, [4 * i for i, (m, _) in enumerate(have) if m])
    np.testing.assert_array_equal(4 * episode.markers[0, :, 0, 0], episode.markers_stamp_ns)
    assert episode.markers.shape[2:] == (63, 2)
    np.testing.assert_array_equal(4 * episode.wrist_rgb[1, :, 0, 0, 0].astype(int), episode.wrist_stamp_ns)
    episode.check(period_ns=4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: e.tcp_in_base.__setitem__((0, 3, 1), np.nan), "tcp_in_base holds a NaN"),
        (lambda e: setattr(e, "stamp_ns", e.stamp_ns * 2), r"steps of \[8\] ns; expected 4"),
        (lambda e: setattr(e, "markers", e.markers[:, :-1]), r"markers is \(1, 4, 63, 2\); expected \(1, 5, "),
        (lambda e: setattr(e, "wrist_stamp_ns", e.wrist_stamp_ns[:0]), "wrist_stamp_ns is empty"),
        (lambda e: e.stamp_ns.__setitem__(2, 0), "stamp_ns goes back"),
    ],
)
def test_what_cannot_be_learned_from_is_named(change, said: str) -> None:
    recorder = EpisodeRecorder()
    for tick in range(5):
        seen = Observation(tick * 4, *(np.zeros(7),) * 3, np.zeros(7), np.zeros(6), np.zeros(6))
        seen.markers, seen.wrist_rgb = np.zeros((63, 4), np.float32), np.zeros((8, 8, 3), np.uint8)
        recorder.add((seen,), [ExpertCommand(np.zeros(7), 0.0)])
    episode = recorder.finish()
    change(episode)
    with pytest.raises(InputError, match=said):
        episode.check(period_ns=4)
