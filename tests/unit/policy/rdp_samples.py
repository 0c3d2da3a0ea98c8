"""Weights that load and run but know nothing, and chunks of made-up demonstrations."""

from pathlib import Path

import numpy as np
import torch

from touchloop.policy.dataset import Chunks
from touchloop.policy.diffusion_policy import DiffusionPolicy
from touchloop.policy.export import export
from touchloop.policy.features import (
    ACTION_FLOOR,
    INCREMENT_FLOOR,
    MARKER_COMPONENTS,
    MARKER_SIZE,
    PICTURE_SIZE,
    STATE_FLOOR,
    STATE_SIZE,
    TOUCH_FLOOR,
    TOUCH_SIZE,
)
from touchloop.policy.normaliser import Normaliser
from touchloop.policy.spec import POLICIES
from touchloop.policy.tokenizer import AsymmetricTokenizer
from touchloop.policy.train import TrainConfig, Trained
from touchloop.touch.markers import MarkerPca

# The networks are small and the machines that run this are shared: threads would only wait for each other.
torch.set_num_threads(1)
STILL = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])
"""An action: no motion, no turn, no force."""
ROWS_A_FRAME = 2


def untrained(seed: int = 0, policy: str = "touchloop", arms: int = 1) -> Trained:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    spec = POLICIES[policy]
    return Trained(
        spec,
        arms,
        AsymmetricTokenizer().eval() if spec.latent else None,
        DiffusionPolicy(spec.steps, spec.size, arms, spec.diffusion).eval(),
        Normaliser(STILL.astype(np.float32), (INCREMENT_FLOOR if spec.increments else ACTION_FLOOR).astype(np.float32)),
        Normaliser(0.1 * rng.standard_normal(TOUCH_SIZE).astype(np.float32), TOUCH_FLOOR.astype(np.float32)),
        Normaliser(0.1 * rng.standard_normal(STATE_SIZE).astype(np.float32), STATE_FLOOR.astype(np.float32)),
        Normaliser(0.1 * rng.standard_normal(spec.size).astype(np.float32), np.full(spec.size, 0.7, np.float32)),
    )


def marker_components(seed: int = 0) -> MarkerPca:
    columns = np.linalg.qr(np.random.default_rng(seed).standard_normal((MARKER_SIZE, MARKER_COMPONENTS)))[0]
    return MarkerPca(np.zeros(MARKER_SIZE, np.float32), columns.T.astype(np.float32))


def untrained_weights(
    folder: Path, seed: int = 0, task: str = "wipe", policy: str = "touchloop", arms: int = 1
) -> Path:
    trained, config = untrained(seed, policy, arms), TrainConfig(seed=seed)
    export(folder, trained, marker_components(seed), config, task, 1, "none", "none", "none")
    return folder


def made_up_chunks(count: int = 64, seed: int = 0, policy: str = "touchloop", arms: int = 1) -> Chunks:
    """Straight motions whose direction the picture's colour and the state tell; the force follows touch."""
    rng = np.random.default_rng(seed)
    horizon = POLICIES[policy].horizon
    frames = count // ROWS_A_FRAME
    direction = np.repeat(rng.uniform(-1.0, 1.0, (frames, arms, 3)), ROWS_A_FRAME, axis=0)
    along = np.linspace(0.0, 0.05, horizon)
    actions = np.tile(STILL, (count, arms, horizon, 1))
    actions[..., :3] = direction[:, :, None] * along[None, None, :, None]
    touch = rng.standard_normal((count, arms, horizon, TOUCH_SIZE)) * TOUCH_FLOOR
    actions[..., 9] = 5.0 + touch[..., 2]
    states = rng.standard_normal((count, arms, STATE_SIZE)) * STATE_FLOOR
    states[..., :3] = direction
    colours = (127.5 + 127.5 * direction[::ROWS_A_FRAME]).astype(np.uint8)
    pictures = np.broadcast_to(colours[..., None, None], (frames, arms, 3, PICTURE_SIZE, PICTURE_SIZE))
    begins = np.arange(frames) * ROWS_A_FRAME
    return Chunks(
        actions.astype(np.float32),
        touch.astype(np.float32),
        states.astype(np.float32),
        np.stack([begins, begins + ROWS_A_FRAME], axis=1),
        np.ascontiguousarray(pictures),
    )
