"""Weights that load and run but know nothing, and chunks of made-up demonstrations."""

from pathlib import Path

import numpy as np
import torch

from touchloop.policy.dataset import Chunks
from touchloop.policy.export import export
from touchloop.policy.features import (
    ACTION_FLOOR,
    HORIZON,
    LATENT_DIM,
    MARKER_COMPONENTS,
    MARKER_SIZE,
    PICTURE_SIZE,
    STATE_FLOOR,
    STATE_SIZE,
    TOUCH_FLOOR,
    TOUCH_SIZE,
)
from touchloop.policy.latent_diffusion import LatentDiffusionPolicy
from touchloop.policy.normaliser import Normaliser
from touchloop.policy.tokenizer import AsymmetricTokenizer
from touchloop.policy.train_rdp import RdpConfig, Trained
from touchloop.touch.markers import MarkerPca

STILL = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])
"""An action: no motion, no turn, no force."""


def untrained(seed: int = 0) -> Trained:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    return Trained(
        AsymmetricTokenizer().eval(),
        LatentDiffusionPolicy().eval(),
        Normaliser(STILL.astype(np.float32), ACTION_FLOOR.astype(np.float32)),
        Normaliser(0.1 * rng.standard_normal(TOUCH_SIZE).astype(np.float32), TOUCH_FLOOR.astype(np.float32)),
        Normaliser(0.1 * rng.standard_normal(STATE_SIZE).astype(np.float32), STATE_FLOOR.astype(np.float32)),
        Normaliser(0.1 * rng.standard_normal(LATENT_DIM).astype(np.float32), np.full(LATENT_DIM, 0.7, np.float32)),
    )


def marker_components(seed: int = 0) -> MarkerPca:
    columns = np.linalg.qr(np.random.default_rng(seed).standard_normal((MARKER_SIZE, MARKER_COMPONENTS)))[0]
    return MarkerPca(np.zeros(MARKER_SIZE, np.float32), columns.T.astype(np.float32))


def untrained_weights(folder: Path, seed: int = 0, task: str = "wipe") -> Path:
    export(folder, untrained(seed), marker_components(seed), RdpConfig(seed=seed), task, "none", "none", "none")
    return folder


def made_up_chunks(count: int = 64, seed: int = 0) -> Chunks:
    """Straight motions whose direction the picture's colour and the state tell; the force follows touch."""
    rng = np.random.default_rng(seed)
    direction = rng.uniform(-1.0, 1.0, (count, 3))
    along = np.linspace(0.0, 0.05, HORIZON)
    actions = np.tile(STILL, (count, HORIZON, 1))
    actions[:, :, :3] = direction[:, None] * along[None, :, None]
    touch = rng.standard_normal((count, HORIZON, TOUCH_SIZE)) * TOUCH_FLOOR
    actions[:, :, 9] = 5.0 + touch[:, :, 2]
    states = rng.standard_normal((count, STATE_SIZE)) * STATE_FLOOR
    states[:, :3] = direction
    pictures = np.broadcast_to(
        (127.5 + 127.5 * direction).astype(np.uint8)[:, :, None, None], (count, 3, PICTURE_SIZE, PICTURE_SIZE)
    )
    return Chunks(
        actions.astype(np.float32),
        touch.astype(np.float32),
        states.astype(np.float32),
        np.arange(count),
        np.ascontiguousarray(pictures),
    )
