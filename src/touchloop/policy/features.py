"""What the policy reads and writes: layout of actions, touch and observations. The one place that both sides share."""

import numpy as np
from numba import njit

from touchloop.geometry.pose import ACTION_POSE_SIZE, pose_to_action

ACTION_PERIOD_NS = 40_000_000
"""25 actions a second (RDP: 24)."""
HORIZON = 32
"""Action steps in a chunk: 1.28 s."""
LATENT_STEPS = 8
LATENT_DIM = 4
CHUNK_PERIOD_NS = 80_000_000
CHUNK_STEPS = 16
"""Policies without a latent space plan so many actions, 12.5 a second (Diffusion Policy in RDP: 16 at 12 Hz)."""

ACTION_SIZE = ACTION_POSE_SIZE + 1
"""Target pose relative to the TCP at the plan's time, as translation and 6-D rotation; then the planned force [N]."""
FORCE_INDEX = ACTION_POSE_SIZE
CONTACT_FORCE_N = 1.0
"""Where more force than this is planned, the motion along the tool's axis belongs to the force controller."""
ACTION_FLOOR = np.array([0.01] * 3 + [0.2] * 6 + [1.0])
"""Least scale of each action dimension: 10 mm, about 10 degrees, 1 N."""
INCREMENT_FLOOR = np.array([0.0005] * 3 + [0.02] * 6 + [1.0])
"""The same where an action is the motion of one step: 12 mm/s, about 25 degrees a second."""

WRENCH_SIZE = 6
FAST_MARKER_COMPONENTS = 5
RECENT_TICKS = (2, 4, 6, 8)
RECENT_SIZE = 2 * len(RECENT_TICKS)
TOUCH_SIZE = WRENCH_SIZE + 3 + FAST_MARKER_COMPONENTS + WRENCH_SIZE + RECENT_SIZE
"""Input of the fast decoder: wrench at the TCP, TCP displacement since the plan, leading marker components, the wrench
averaged for longer, and the last 32 ms: the contact force so many ticks ago and how far the tool has advanced since.

The last two tell a decoder that runs 25 times a second what happened between its steps: a switch's click lasts 30 ms;
and small moments, which noise hides from a single sample."""
CONTACT_GATE_N = CONTACT_FORCE_N
"""The displacement is along the tool's axis, and only while more force than this is felt; else 0. In contact it tells
where the surface is. A decoder that sees how far the arm has come in air or sideways copies it instead of reading the
latent, and an arm that stands still then stays (de Haan et al. 2019, arXiv 1905.11979)."""
SMOOTH_CUTOFF_HZ = 5.0
"""Second low-pass filter of the decoder's averaged wrench."""
_WRENCH_FLOOR = [0.5] * 3 + [0.02] * 3
_RECENT_FLOOR = [0.5] * len(RECENT_TICKS) + [0.0005] * len(RECENT_TICKS)
TOUCH_FLOOR = np.array([*_WRENCH_FLOOR, *[0.01] * 3, *[1e-5] * FAST_MARKER_COMPONENTS, *_WRENCH_FLOOR, *_RECENT_FLOOR])

MARKER_SIZE = 126
MARKER_COMPONENTS = 15
OBSERVATION_STEPS = 2
STATE_SIZE = OBSERVATION_STEPS * (ACTION_POSE_SIZE + WRENCH_SIZE) + MARKER_COMPONENTS
"""Input of the slow policy beside the picture: pose in base and wrench at each step, markers now."""
_STEP = ACTION_POSE_SIZE + WRENCH_SIZE
SLOW_STREAMS = {
    "pose": [s * _STEP + i for s in range(OBSERVATION_STEPS) for i in range(ACTION_POSE_SIZE)],
    "wrench": [s * _STEP + ACTION_POSE_SIZE + i for s in range(OBSERVATION_STEPS) for i in range(WRENCH_SIZE)],
    "markers": list(range(OBSERVATION_STEPS * _STEP, STATE_SIZE)),
}
"""Where each stream lies in the slow policy's state of one arm."""
FAST_STREAMS = {
    "wrench": list(range(WRENCH_SIZE)),
    "displacement": list(range(WRENCH_SIZE, WRENCH_SIZE + 3)),
    "markers": list(range(WRENCH_SIZE + 3, WRENCH_SIZE + 3 + FAST_MARKER_COMPONENTS)),
    "smooth": list(range(TOUCH_SIZE - RECENT_SIZE - WRENCH_SIZE, TOUCH_SIZE - RECENT_SIZE)),
    "recent": list(range(TOUCH_SIZE - RECENT_SIZE, TOUCH_SIZE)),
}
"""Where each stream lies in the fast decoder's touch."""
STATE_FLOOR = np.concatenate(
    [np.tile([0.005] * 3 + [0.05] * 6 + [0.5] * 3 + [0.02] * 3, OBSERVATION_STEPS), [1e-5] * MARKER_COMPONENTS]
)
PICTURE_SIZE = 64
"""The wrist picture is averaged down to this before the network sees it."""


WRENCH_WINDOW = 10
"""Samples (40 ms) that each of the slow policy's wrenches averages."""
TARE_SAMPLES = 100
"""Samples (0.4 s) at the start of an episode, in free air, that give the wrench bias."""
WRENCH_CUTOFF_HZ = 30.0
"""Low-pass filter of the wrench that the fast decoder sees."""


def state_vector(tcp_in_base: np.ndarray, wrench_at_tcp: np.ndarray, marker_components: np.ndarray) -> np.ndarray:
    """(STATE_SIZE,) float32 from poses (2, 7) and mean wrenches (2, 6), the older first, and components (15,).

    The poses are one action period apart; each wrench is the mean of ``WRENCH_WINDOW`` samples up to its pose's time.
    """
    out = np.empty((1, STATE_SIZE), np.float32)
    state_vectors(np.array([[0, 1]]), tcp_in_base, wrench_at_tcp, marker_components[None], out)
    return out[0]


@njit(cache=True)
def state_vectors(
    ends: np.ndarray, tcp_in_base: np.ndarray, wrench_at_tcp: np.ndarray, markers: np.ndarray, out: np.ndarray
) -> None:
    """The same for many instants at once, into ``out`` (N, STATE_SIZE).

    Args:
        ends: (N, 2) rows of the earlier and the later sample.
        tcp_in_base: (T, 7), wrench_at_tcp: (T, 6) already averaged, markers: (N, 15).
    """
    step = ACTION_POSE_SIZE + WRENCH_SIZE
    for i in range(len(ends)):
        for k in range(OBSERVATION_STEPS):
            out[i, k * step : k * step + ACTION_POSE_SIZE] = pose_to_action(tcp_in_base[ends[i, k]])
            out[i, k * step + ACTION_POSE_SIZE : (k + 1) * step] = wrench_at_tcp[ends[i, k]]
        out[i, OBSERVATION_STEPS * step :] = markers[i]


def shrink_picture(rgb: np.ndarray) -> np.ndarray:
    """(..., 128, 128, 3) uint8 to (..., 3, 64, 64) uint8 by averaging 2 x 2 pixels."""
    factor = rgb.shape[-2] // PICTURE_SIZE
    total = np.zeros((*rgb.shape[:-3], PICTURE_SIZE, PICTURE_SIZE, 3), np.uint16)
    for row in range(factor):
        for column in range(factor):
            total += rgb[..., row::factor, column::factor, :]
    return np.moveaxis((total // factor**2).astype(np.uint8), -1, -3)
