"""Chunks of demonstrations as training arrays."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.signal import lfilter

from touchloop.data.episode import Episode
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.geometry.pose import pose_to_action, relative
from touchloop.policy.features import (
    ACTION_PERIOD_NS,
    ACTION_SIZE,
    FAST_MARKER_COMPONENTS,
    FORCE_INDEX,
    HORIZON,
    MARKER_COMPONENTS,
    TARE_SAMPLES,
    TOUCH_SIZE,
    WRENCH_CUTOFF_HZ,
    WRENCH_WINDOW,
    shrink_picture,
    state_vector,
)
from touchloop.touch.markers import MarkerPca
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

CHUNK_TICKS = 5
"""A chunk starts at every fifth control tick."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """Training samples; N chunks and P pictures."""

    actions: np.ndarray
    """(N, HORIZON, ACTION_SIZE) float32"""
    touch: np.ndarray
    """(N, HORIZON, TOUCH_SIZE) float32"""
    states: np.ndarray
    """(N, STATE_SIZE) float32"""
    picture_index: np.ndarray
    """(N,) the newest picture at each chunk's start"""
    pictures: np.ndarray
    """(P, 3, 64, 64) uint8"""


def tared_wrench(episode: Episode) -> np.ndarray:
    """(T, 6) at the TCP, unfiltered."""
    bias = episode.wrench_at_sensor[:TARE_SAMPLES].mean(axis=0)
    out = np.empty_like(episode.wrench_at_sensor)
    for sample, row in zip(episode.wrench_at_sensor, out, strict=True):
        wrench_at_tcp(sample, bias, row)
    return out


def chunk_episode(episode: Episode, pca: MarkerPca) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Actions, touch, states and picture indices of every chunk of one episode, shaped as in ``Chunks``."""
    period_ns = int(episode.stamp_ns[1] - episode.stamp_ns[0])
    stride = ACTION_PERIOD_NS // period_ns
    wrench = tared_wrench(episode)
    share = low_pass_share(WRENCH_CUTOFF_HZ, period_ns * 1e-9)
    filtered = np.asarray(lfilter([share], [1.0, share - 1.0], wrench, axis=0))
    markers = pca(episode.markers.reshape(len(episode.markers), -1))
    newest_markers = np.searchsorted(episode.markers_stamp_ns, episode.stamp_ns, side="right") - 1
    newest_picture = np.searchsorted(episode.wrist_stamp_ns, episode.stamp_ns, side="right") - 1
    first = max(TARE_SAMPLES, WRENCH_WINDOW + stride)
    starts = np.arange(first, len(episode.stamp_ns) - HORIZON * stride, CHUNK_TICKS)
    actions, touch = _gather(
        starts,
        stride,
        episode.tcp_in_base,
        episode.target_in_base,
        episode.planned_force_n,
        filtered,
        markers[newest_markers, :FAST_MARKER_COMPONENTS].astype(np.float64),
    )
    running = np.asarray(lfilter(np.full(WRENCH_WINDOW, 1.0 / WRENCH_WINDOW), [1.0], wrench, axis=0))
    states = [
        state_vector(episode.tcp_in_base[ends], running[ends], markers[newest_markers[ends[1]]])
        for ends in np.stack([starts - stride, starts], axis=1)
    ]
    return actions, touch, np.array(states, np.float32), newest_picture[starts]


@njit(cache=True)
def _gather(
    starts: np.ndarray,
    stride: int,
    tcp_in_base: np.ndarray,
    target_in_base: np.ndarray,
    planned_force_n: np.ndarray,
    wrench: np.ndarray,
    markers: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    actions = np.empty((len(starts), HORIZON, ACTION_SIZE), np.float32)
    touch = np.empty((len(starts), HORIZON, TOUCH_SIZE), np.float32)
    for i in range(len(starts)):
        base = tcp_in_base[starts[i]]
        for k in range(HORIZON):
            now = starts[i] + k * stride
            actions[i, k, :FORCE_INDEX] = pose_to_action(relative(base, target_in_base[now + stride]))
            actions[i, k, FORCE_INDEX] = planned_force_n[now + stride]
            touch[i, k, :6] = wrench[now]
            touch[i, k, 6:9] = relative(base, tcp_in_base[now])[:3]
            touch[i, k, 9:] = markers[now]
    return actions, touch


def load_chunks(store: EpisodeStore) -> tuple[Chunks, MarkerPca]:
    """All chunks of the successful demonstrations, and the marker components fitted on them.

    Raises:
        InputError: no successful demonstration is there.
    """
    episodes = [episode for episode, attributes in store if attributes["success"]]
    if not episodes:
        raise InputError(f"{store.folder}: no successful demonstration; make some with 'touchloop demos wipe'")
    pca = MarkerPca.fit(np.concatenate([e.markers for e in episodes])[::4], MARKER_COMPONENTS)
    parts = [chunk_episode(episode, pca) for episode in episodes]
    offsets = np.cumsum([0] + [len(e.wrist_rgb) for e in episodes[:-1]])
    return Chunks(
        actions=np.concatenate([p[0] for p in parts]),
        touch=np.concatenate([p[1] for p in parts]),
        states=np.concatenate([p[2] for p in parts]),
        picture_index=np.concatenate([p[3] + offset for p, offset in zip(parts, offsets, strict=True)]),
        pictures=np.concatenate([shrink_picture(e.wrist_rgb) for e in episodes]),
    ), pca
