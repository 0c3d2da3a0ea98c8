"""Weights that load and run but know nothing: enough for tests of who says what to whom and when."""

import sys
from pathlib import Path

import numpy as np
import torch

from touchloop.policy.diffusion_policy import DiffusionPolicy
from touchloop.policy.export import export
from touchloop.policy.features import (
    ACTION_FLOOR,
    ACTION_SIZE,
    INCREMENT_FLOOR,
    MARKER_COMPONENTS,
    MARKER_SIZE,
    STATE_FLOOR,
    STATE_SIZE,
    TOUCH_FLOOR,
    TOUCH_SIZE,
)
from touchloop.policy.normaliser import Normaliser
from touchloop.policy.spec import POLICIES
from touchloop.policy.tokenizer import AsymmetricTokenizer
from touchloop.policy.train import TrainConfig, Trained
from touchloop.tasks.registry import TASKS
from touchloop.touch.markers import MarkerPca


def make_weights(folder: Path, seed: int = 0, task: str = "wipe", policy: str = "touchloop") -> Path:
    torch.manual_seed(seed)
    spec, arms = POLICIES[policy], len(TASKS[task].arms)
    trained = Trained(
        spec,
        arms,
        AsymmetricTokenizer().eval() if spec.latent else None,
        DiffusionPolicy(spec.steps, spec.size, arms, spec.diffusion).eval(),
        normaliser(ACTION_SIZE, INCREMENT_FLOOR if spec.increments else ACTION_FLOOR),
        normaliser(TOUCH_SIZE, TOUCH_FLOOR),
        normaliser(STATE_SIZE, STATE_FLOOR),
        normaliser(spec.size, np.ones(spec.size)),
    )
    components = np.linalg.qr(np.random.default_rng(seed).standard_normal((MARKER_SIZE, MARKER_COMPONENTS)))[0].T
    pca = MarkerPca(np.zeros(MARKER_SIZE, np.float32), components.astype(np.float32))
    export(folder, trained, pca, TrainConfig(seed=seed), task, 1, "none", "none", "none")
    return folder


def normaliser(size: int, scale: np.ndarray) -> Normaliser:
    mean = np.zeros(size, np.float32)
    if size == ACTION_SIZE:
        # No turn: the first two columns of the identity.
        mean[3], mean[7] = 1.0, 1.0
    return Normaliser(mean, scale.astype(np.float32))


if __name__ == "__main__":
    for number, word in enumerate(sys.argv[1:]):
        # FOLDER or FOLDER=TASK/POLICY
        folder, _, kind = word.partition("=")
        task, _, policy = (kind or "wipe/touchloop").partition("/")
        make_weights(Path(folder), number, task, policy)
