"""Chunks of demonstrations as training arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from scipy.signal import lfilter

from touchloop.control.touch_history import touch_features
from touchloop.data.episode import Episode
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.geometry.pose import pose_to_action, quat_conjugate, quat_multiply, relative, rotate
from touchloop.policy.features import (
    ACTION_PERIOD_NS,
    ACTION_SIZE,
    CONTACT_FORCE_N,
    FAST_MARKER_COMPONENTS,
    FORCE_INDEX,
    MARKER_COMPONENTS,
    MARKER_SIZE,
    PICTURE_SIZE,
    SMOOTH_CUTOFF_HZ,
    STATE_SIZE,
    TARE_SAMPLES,
    TOUCH_SIZE,
    WRENCH_CUTOFF_HZ,
    WRENCH_WINDOW,
    shrink_picture,
    state_vectors,
)
from touchloop.policy.spec import PolicySpec
from touchloop.sim.world import PERIOD_NS
from touchloop.touch.markers import MarkerPca
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

CHUNK_TICKS = 5
"""A chunk starts at every fifth control tick."""
_SAMPLE_SIZES = {
    "tcp_in_base": (7,),
    "wrench_at_sensor": (6,),
    "target_in_base": (7,),
    "planned_force_n": (),
    "markers": (MARKER_SIZE // 2, 2),
    "wrist_rgb": (2 * PICTURE_SIZE, 2 * PICTURE_SIZE, 3),
}
IDENTITY_POSE = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Chunks:
    """Training samples: N chunks of A arms, in the order of F frames (instants with pictures)."""

    actions: np.ndarray
    """(N, A, horizon, ACTION_SIZE) float32"""
    touch: np.ndarray
    """(N, A, horizon, TOUCH_SIZE) float32"""
    states: np.ndarray
    """(N, A, STATE_SIZE) float32"""
    frame_rows: np.ndarray
    """(F, 2) first and one past the last chunk whose newest pictures a frame holds"""
    pictures: np.ndarray
    """(F, A, 3, 64, 64) uint8"""


def tared_wrench(wrench_at_sensor: np.ndarray) -> np.ndarray:
    """(T, 6) at the TCP, unfiltered, from one arm's (T, 6)."""
    bias = wrench_at_sensor[:TARE_SAMPLES].mean(axis=0)
    out = np.empty_like(wrench_at_sensor)
    _tare(wrench_at_sensor, bias, out)
    return out


@njit(cache=True)
def _tare(samples: np.ndarray, bias: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(samples)):
        wrench_at_tcp(samples[i], bias, out[i])


def chunk_episode(episode: Episode, pca: MarkerPca, spec: PolicySpec) -> Chunks:
    """All chunks of one episode."""
    stride = spec.action_period_ns // PERIOD_NS
    before = ACTION_PERIOD_NS // PERIOD_NS
    first = max(TARE_SAMPLES, WRENCH_WINDOW + before)
    starts = np.arange(first, len(episode.stamp_ns) - spec.horizon * stride, CHUNK_TICKS)
    newest_markers = np.searchsorted(episode.markers_stamp_ns, episode.stamp_ns, side="right") - 1
    newest_picture = np.searchsorted(episode.wrist_stamp_ns, episode.stamp_ns[starts], side="right") - 1
    arms = [_chunk_arm(episode, arm, pca, spec, starts, before, newest_markers) for arm in range(episode.arms)]
    actions, touch, states = (np.stack(parts, axis=1) for parts in zip(*arms, strict=True))
    frames, begins, counts = np.unique(newest_picture, return_index=True, return_counts=True)
    pictures = np.moveaxis(shrink_picture(episode.wrist_rgb[:, frames]), 0, 1)
    return Chunks(actions, touch, states, np.stack([begins, begins + counts], axis=1), pictures)


def _chunk_arm(
    episode: Episode,
    arm: int,
    pca: MarkerPca,
    spec: PolicySpec,
    starts: np.ndarray,
    before: int,
    newest_markers: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    wrench = tared_wrench(episode.wrench_at_sensor[arm])
    share = low_pass_share(WRENCH_CUTOFF_HZ, PERIOD_NS * 1e-9)
    filtered = np.asarray(lfilter([share], [1.0, share - 1.0], wrench, axis=0))
    share = low_pass_share(SMOOTH_CUTOFF_HZ, PERIOD_NS * 1e-9)
    smooth = np.asarray(lfilter([share], [1.0, share - 1.0], filtered, axis=0))
    markers = pca(episode.markers[arm].reshape(len(episode.markers_stamp_ns), -1))
    tcp = episode.tcp_in_base[arm]
    actions, touch = _gather(
        starts,
        spec.action_period_ns // PERIOD_NS,
        spec.horizon,
        spec.absolute,
        spec.increments,
        tcp,
        episode.target_in_base[arm],
        episode.planned_force_n[arm],
        filtered,
        smooth,
        markers[newest_markers, :FAST_MARKER_COMPONENTS].astype(np.float64),
    )
    running = np.asarray(lfilter(np.full(WRENCH_WINDOW, 1.0 / WRENCH_WINDOW), [1.0], wrench, axis=0))
    states = np.empty((len(starts), STATE_SIZE), np.float32)
    state_vectors(np.stack([starts - before, starts], axis=1), tcp, running, markers[newest_markers[starts]], states)
    return actions, touch, states


@njit(cache=True)
def _gather(
    starts: np.ndarray,
    stride: int,
    horizon: int,
    absolute: bool,
    increments: bool,
    tcp_in_base: np.ndarray,
    target_in_base: np.ndarray,
    planned_force_n: np.ndarray,
    wrench: np.ndarray,
    smooth: np.ndarray,
    markers: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    actions = np.empty((len(starts), horizon, ACTION_SIZE), np.float32)
    touch = np.empty((len(starts), horizon, TOUCH_SIZE), np.float32)
    for i in range(len(starts)):
        base = IDENTITY_POSE if absolute else tcp_in_base[starts[i]]
        for k in range(horizon):
            now = starts[i] + k * stride
            if increments:
                # The force that answers the touch at the step's start.
                force_n = planned_force_n[now]
                step = _increment(base[3:], target_in_base[now], target_in_base[now + stride])
                if force_n > CONTACT_FORCE_N:
                    step[2] = 0.0
            else:
                force_n = planned_force_n[now + stride]
                step = relative(base, target_in_base[now + stride])
            actions[i, k, :FORCE_INDEX] = pose_to_action(step)
            actions[i, k, FORCE_INDEX] = force_n
            touch_features(now, 0, wrench, smooth, tcp_in_base, markers, base, touch[i, k])
    return actions, touch


@njit(cache=True)
def _increment(frame: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Motion (7,) between two poses, with the axes of a frame with the orientation ``frame`` (4,)."""
    inverse = quat_conjugate(frame)
    out = np.empty(7)
    out[:3] = rotate(inverse, after[:3] - before[:3])
    turn = quat_multiply(after[3:], quat_conjugate(before[3:]))
    out[3:] = quat_multiply(quat_multiply(inverse, turn), frame)
    return out


def load_chunks(
    store: EpisodeStore, task: str, spec: PolicySpec, most: int | None = None, perturbed: bool = True
) -> tuple[Chunks, MarkerPca, int]:
    """All chunks of the first successful demonstrations, the marker components fitted on them, and their number.

    Args:
        store: where they are.
        task: what they must show.
        spec: whose plans to cut them into.
        most: take so many; None: all.
        perturbed: false: only those without a perturbation.

    Raises:
        InputError: fewer than ``most``, none at all, another task's, or a damaged one.
    """
    episodes: list[Episode] = []
    for index in store.indices():
        if most is not None and len(episodes) == most:
            break
        attributes = store.attributes(index)
        if attributes["task"] != task:
            raise InputError(f"{store.path(index)}: shows task '{attributes['task']}', expected '{task}'")
        if attributes["success"] and (perturbed or attributes["perturbation"] == "none"):
            episode = store.read(index)[0]
            _check_fits(episode, store.path(index))
            episodes.append(episode)
    if not episodes or (most is not None and len(episodes) < most):
        wanted = "" if most is None else f" of the {most} wanted"
        raise InputError(
            f"{store.folder}: {len(episodes)}{wanted} successful demonstrations of '{task}'; "
            f"make some with 'touchloop demos {task}'"
        )
    arms = {episode.arms for episode in episodes}
    if len(arms) > 1:
        raise InputError(f"{store.folder}: demonstrations with {sorted(arms)} arms mixed; expected one number")
    fields = [e.markers.reshape(-1, *e.markers.shape[2:])[::4] for e in episodes]
    pca = MarkerPca.fit(np.concatenate(fields), MARKER_COMPONENTS)
    parts = [chunk_episode(episode, pca, spec) for episode in episodes]
    offsets = np.cumsum([0] + [len(p.actions) for p in parts[:-1]])
    return (
        Chunks(
            actions=np.concatenate([p.actions for p in parts]),
            touch=np.concatenate([p.touch for p in parts]),
            states=np.concatenate([p.states for p in parts]),
            frame_rows=np.concatenate([p.frame_rows + o for p, o in zip(parts, offsets, strict=True)]),
            pictures=np.concatenate([p.pictures for p in parts]),
        ),
        pca,
        len(episodes),
    )


def _check_fits(episode: Episode, path: Path) -> None:
    """Refuses samples of other sizes than the policies', and episodes that begin without a picture or markers."""
    for name, size in _SAMPLE_SIZES.items():
        found = getattr(episode, name).shape[2:]
        if found != size:
            raise InputError(f"{path}: {name} has samples of {found}; expected {size}; record it again")
    first_ns = int(episode.stamp_ns[min(TARE_SAMPLES, len(episode.stamp_ns) - 1)])
    for name in ("markers_stamp_ns", "wrist_stamp_ns"):
        late_s = (int(getattr(episode, name)[0]) - first_ns) * 1e-9
        if late_s > 0.0:
            raise InputError(f"{path}: {name} begins {late_s:.3f} s after the first chunk; record it again")
