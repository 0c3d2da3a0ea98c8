"""Weights that load and run but know nothing: enough for tests of who says what to whom and when."""

import sys
from pathlib import Path

import numpy as np
import torch

from touchloop.policy.export import export
from touchloop.policy.features import (
    ACTION_FLOOR,
    ACTION_SIZE,
    LATENT_DIM,
    MARKER_COMPONENTS,
    MARKER_SIZE,
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


def make_weights(folder: Path, seed: int = 0, task: str = "wipe") -> Path:
    torch.manual_seed(seed)
    trained = Trained(
        AsymmetricTokenizer().eval(),
        LatentDiffusionPolicy().eval(),
        normaliser(ACTION_SIZE, ACTION_FLOOR),
        normaliser(TOUCH_SIZE, TOUCH_FLOOR),
        normaliser(STATE_SIZE, STATE_FLOOR),
        normaliser(LATENT_DIM, np.ones(LATENT_DIM)),
    )
    components = np.linalg.qr(np.random.default_rng(seed).standard_normal((MARKER_SIZE, MARKER_COMPONENTS)))[0].T
    pca = MarkerPca(np.zeros(MARKER_SIZE, np.float32), components.astype(np.float32))
    export(folder, trained, pca, RdpConfig(seed=seed), task, "none", "none", "none")
    return folder


def normaliser(size: int, scale: np.ndarray) -> Normaliser:
    mean = np.zeros(size, np.float32)
    if size == ACTION_SIZE:
        # No turn: the first two columns of the identity.
        mean[3], mean[7] = 1.0, 1.0
    return Normaliser(mean, scale.astype(np.float32))


if __name__ == "__main__":
    for number, name in enumerate(sys.argv[1:]):
        make_weights(Path(name), number)
