"""Writes trained networks in the form that the nodes load: decoder tensors for numba, planner graph for onnxruntime."""

import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

from touchloop.policy.features import LATENT_DIM, LATENT_STEPS, PICTURE_SIZE, STATE_SIZE
from touchloop.policy.train_rdp import RdpConfig, Trained
from touchloop.policy.weights import CARD, FAST, LAYOUT, SLOW, SLOW_TENSORS, WeightsCard, file_hash
from touchloop.touch.markers import MarkerPca


class _PlannerGraph(nn.Module):
    """Raw state, uint8 picture and noise in; a latent in the tokenizer's own scale out."""

    state_mean: Tensor
    state_scale: Tensor
    latent_mean: Tensor
    latent_scale: Tensor

    def __init__(self, trained: Trained) -> None:
        super().__init__()
        self.diffusion = trained.diffusion
        for name, scale in (("state", trained.states), ("latent", trained.latents)):
            self.register_buffer(f"{name}_mean", torch.from_numpy(scale.mean))
            self.register_buffer(f"{name}_scale", torch.from_numpy(scale.scale))

    def forward(self, state: Tensor, picture: Tensor, noise: Tensor) -> Tensor:
        """(1, LATENT_STEPS, LATENT_DIM)"""
        normalised = (state - self.state_mean) / self.state_scale
        return self.diffusion(normalised, picture.float(), noise) * self.latent_scale + self.latent_mean


def decoder_tensors(trained: Trained) -> dict[str, np.ndarray]:
    """All that fast decoding needs, float32."""
    tensors = {
        name: value.detach().numpy()
        for name, value in trained.tokenizer.state_dict().items()
        if name.startswith(("decoder.", "to_action."))
    }
    for name, scale in (("actions", trained.actions), ("touch", trained.touch)):
        tensors[f"{name}.mean"], tensors[f"{name}.scale"] = scale.mean, scale.scale
    return tensors


def export(
    folder: Path,
    trained: Trained,
    pca: MarkerPca,
    config: RdpConfig,
    task: str,
    data_hash: str,
    commit: str,
    command: str,
) -> WeightsCard:
    """Writes decoder, planner and card into ``folder``; the card goes last, so that a broken export is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = decoder_tensors(trained)
    tensors["markers.mean"], tensors["markers.components"] = pca.mean, np.ascontiguousarray(pca.components)
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, folder / FAST)
    slow = {k: np.ascontiguousarray(v.detach().numpy()) for k, v in _PlannerGraph(trained).state_dict().items()}
    encoder = trained.tokenizer.state_dict()
    slow |= {f"tokenizer.{k}": np.ascontiguousarray(v.numpy()) for k, v in encoder.items()}
    save_file(slow, folder / SLOW_TENSORS)
    example = (
        torch.zeros(1, STATE_SIZE),
        torch.zeros(1, 3, PICTURE_SIZE, PICTURE_SIZE, dtype=torch.uint8),
        torch.zeros(1, LATENT_STEPS, LATENT_DIM),
    )
    torch.onnx.export(
        _PlannerGraph(trained).eval(),
        example,
        folder / SLOW,
        input_names=["state", "picture", "noise"],
        output_names=["latent"],
        dynamo=False,
    )
    card = WeightsCard(
        task=task,
        policy="rdp",
        weights_id=hashlib.sha256((folder / FAST).read_bytes()).hexdigest()[:16],
        layout=LAYOUT,
        files={name: file_hash(folder / name) for name in (FAST, SLOW, SLOW_TENSORS)},
        config=asdict(config),
        data_hash=data_hash,
        commit=commit,
        command=command,
    )
    (folder / CARD).write_text(card.model_dump_json(indent=2) + "\n")
    return card
