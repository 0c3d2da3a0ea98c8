import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchloop.data.episode import STREAMS, EpisodeRecorder
from touchloop.sim.observation import Observation


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
        recorder.add(observation, np.full(7, -value), value)
    episode = recorder.finish()
    assert set(STREAMS) == set(type(episode).__slots__)
    np.testing.assert_array_equal(episode.stamp_ns, 4 * np.arange(len(have)))
    for name in ("tcp_in_base", "wrench_at_sensor", "target_in_base", "planned_force_n"):
        assert len(getattr(episode, name)) == len(have)
    np.testing.assert_array_equal(episode.target_in_base[:, 0], -episode.tcp_in_base[:, 0])
    np.testing.assert_array_equal(episode.markers_stamp_ns, [4 * i for i, (m, _) in enumerate(have) if m])
    np.testing.assert_array_equal(4 * episode.markers[:, 0, 0], episode.markers_stamp_ns)
    assert episode.markers.shape[1:] == (63, 2)
    np.testing.assert_array_equal(4 * episode.wrist_rgb[:, 0, 0, 0].astype(int), episode.wrist_stamp_ns)
