from dataclasses import replace

import numpy as np
import pytest
from episode_samples import TICKS, made_up_episode
from hypothesis import given, settings
from hypothesis import strategies as st
from rdp_samples import marker_components, untrained
from scipy.spatial.transform import Rotation

from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController
from touchloop.control.touch_history import CAPACITY
from touchloop.data.episode import Episode
from touchloop.policy.dataset import CHUNK_TICKS, chunk_episode
from touchloop.policy.export import decoder_tensors
from touchloop.policy.features import (
    ACTION_PERIOD_NS,
    CONTACT_FORCE_N,
    FORCE_INDEX,
    HORIZON,
    RECENT_TICKS,
    TARE_SAMPLES,
    TOUCH_SIZE,
)
from touchloop.policy.spec import POLICIES
from touchloop.sim.world import PERIOD_NS

STRIDE = ACTION_PERIOD_NS // PERIOD_NS
TOUCHLOOP = POLICIES["touchloop"]
PCA = marker_components()
SEEDS = st.integers(0, 10_000)


def controller() -> FastController:
    tensors = decoder_tensors(untrained())
    tensors |= {"markers.mean": PCA.mean, "markers.components": PCA.components}
    return FastController(FastDecoder(tensors, "made-up", TOUCHLOOP))


def rotation(frame: np.ndarray) -> Rotation:
    return Rotation.from_quat(frame[3:])


def turn_of(action: np.ndarray) -> Rotation:
    """Its first two columns are in the action."""
    x, y = action[3:6], action[6:9]
    return Rotation.from_matrix(np.stack([x, y, np.cross(x, y)], axis=1))


def in_frame(turn: Rotation, frame: Rotation) -> Rotation:
    return frame.inv() * turn * frame


@pytest.fixture(scope="module")
def episode() -> Episode:
    return made_up_episode(arms=2)


def test_the_decoder_sees_live_what_it_saw_in_training(episode: Episode) -> None:
    chunks = chunk_episode(episode, PCA, TOUCHLOOP)
    rng = np.random.default_rng(0)
    # Up to 1.4 s later, as for a plan that came late: the ring holds 2 s.
    oldest = CAPACITY - max(RECENT_TICKS) - 1
    for arm in range(2):
        live, seen = controller(), np.zeros(TOUCH_SIZE)
        markers = dict(zip(episode.markers_stamp_ns.tolist(), episode.markers[arm], strict=True))
        compared = 0
        for tick, stamp_ns in enumerate(episode.stamp_ns.tolist()):
            live.observe_wrench(stamp_ns, episode.wrench_at_sensor[arm, tick])
            live.observe_tcp_pose(stamp_ns, episode.tcp_in_base[arm, tick])
            if stamp_ns in markers:
                live.observe_markers(stamp_ns, markers[stamp_ns])
            live.step(stamp_ns)
            for row, step in zip(rng.integers(len(chunks.touch), size=4), rng.integers(HORIZON, size=4), strict=True):
                start = TARE_SAMPLES + CHUNK_TICKS * row
                at = start + step * STRIDE
                if not tick - oldest <= at <= tick:
                    continue
                live._history.features_at(int(episode.stamp_ns[at]), episode.tcp_in_base[arm, start], seen)
                np.testing.assert_allclose(seen, chunks.touch[row, arm, step], rtol=1e-5, atol=1e-7)
                compared += 1
        assert compared > 1000


def test_noise_while_taring_is_soon_forgotten(episode: Episode) -> None:
    noisy = replace(episode, wrench_at_sensor=episode.wrench_at_sensor.copy())
    noise = np.random.default_rng(0).normal(0.0, 0.15, (TARE_SAMPLES, 6))
    noisy.wrench_at_sensor[0, :TARE_SAMPLES] += noise - noise.mean(axis=0)
    quiet, other = (chunk_episode(e, PCA, TOUCHLOOP).touch[:, 0, 0] for e in (episode, noisy))
    # The first plan comes after 0.5 s.
    first = (125 - TARE_SAMPLES) // CHUNK_TICKS
    np.testing.assert_allclose(other[first:], quiet[first:], atol=0.03)
    assert np.abs(other[0] - quiet[0]).max() > 1e-3


@given(SEEDS)
@settings(max_examples=10)
def test_increments_add_up_to_the_commanded_motion_in_the_plans_frame(seed: int) -> None:
    episode = made_up_episode(seed, ticks=600)
    episode.planned_force_n[:] = 0.0
    actions = chunk_episode(episode, PCA, TOUCHLOOP).actions[:, 0]
    target = episode.target_in_base[0]
    for row in (0, len(actions) // 2, len(actions) - 1):
        start = TARE_SAMPLES + CHUNK_TICKS * row
        frame = rotation(episode.tcp_in_base[0, start])
        total = Rotation.identity()
        for k in range(HORIZON):
            total = turn_of(actions[row, k].astype(float)) * total
            reached = start + (k + 1) * STRIDE
            moved = frame.inv().apply(target[reached, :3] - target[start, :3])
            np.testing.assert_allclose(actions[row, : k + 1, :3].sum(axis=0), moved, atol=1e-6)
            turned = in_frame(rotation(target[reached]) * rotation(target[start]).inv(), frame)
            assert (turned * total.inv()).magnitude() < 1e-4


@given(SEEDS)
@settings(max_examples=10)
def test_where_force_is_planned_the_tools_axis_is_left_to_the_force_controller(seed: int) -> None:
    episode = made_up_episode(seed, ticks=800)
    free = replace(episode, planned_force_n=np.zeros_like(episode.planned_force_n))
    actions, unforced = (chunk_episode(e, PCA, TOUCHLOOP).actions[:, 0] for e in (episode, free))
    forced = actions[..., FORCE_INDEX] > CONTACT_FORCE_N
    assert 0.05 < forced.mean() < 0.95
    assert not actions[forced, 2].any()
    np.testing.assert_array_equal(actions[~forced, 2], unforced[~forced, 2])
    np.testing.assert_array_equal(np.delete(actions[..., :FORCE_INDEX], 2, -1), np.delete(unforced[..., :-1], 2, -1))


def test_an_increments_force_is_that_of_its_start_a_poses_that_of_its_end(episode: Episode) -> None:
    starts = TARE_SAMPLES + CHUNK_TICKS * np.arange((TICKS - HORIZON * STRIDE - TARE_SAMPLES) // CHUNK_TICKS)
    steps = starts[:, None] + STRIDE * np.arange(HORIZON)
    for policy, later in (("touchloop", 0), ("touchloop_absolute", STRIDE), ("rdp", STRIDE)):
        force = chunk_episode(episode, PCA, POLICIES[policy]).actions[..., FORCE_INDEX]
        np.testing.assert_allclose(force[:, 1], episode.planned_force_n[1][steps + later], rtol=1e-6)


def test_absolute_poses_are_in_base_and_the_others_relative_to_the_tcp(episode: Episode) -> None:
    absolute, relative = (chunk_episode(episode, PCA, POLICIES[p]).actions[:, 0] for p in ("touchloop_absolute", "rdp"))
    for row in (0, 40, 150):
        start = TARE_SAMPLES + CHUNK_TICKS * row
        tcp, goals = episode.tcp_in_base[0, start], episode.target_in_base[0, start + STRIDE :: STRIDE][:HORIZON]
        np.testing.assert_allclose(absolute[row, :, :3], goals[:, :3], atol=1e-6)
        np.testing.assert_allclose(relative[row, :, :3], rotation(tcp).inv().apply(goals[:, :3] - tcp[:3]), atol=1e-6)
