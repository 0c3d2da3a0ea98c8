"""Writes trained networks in the form that the nodes load: decoder tensors for numba, planner graph for onnxruntime."""

import copy
import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

from touchloop.policy.features import PICTURE_SIZE, STATE_SIZE
from touchloop.policy.normaliser import UNSEEN_SCALE
from touchloop.policy.train import TrainConfig, Trained
from touchloop.policy.weights import CARD, FAST, FORESIGHT, SLOW, Layout, WeightsCard, file_hash
from touchloop.touch.markers import MarkerPca


class _HalfLinear(nn.Module):
    """A linear layer whose weight is kept in 16 bits; onnxruntime widens it once, when it loads the file."""

    weight: Tensor
    bias: Tensor

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.register_buffer("weight", layer.weight.detach().half())
        self.register_buffer("bias", layer.bias.detach())

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight.float(), self.bias)


def _halve(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            setattr(module, name, _HalfLinear(child))
        else:
            _halve(child)


class _PlannerGraph(nn.Module):
    """Raw states, uint8 pictures and noise in; plans in the decoder's own scale out."""

    state_mean: Tensor
    state_scale: Tensor
    plan_mean: Tensor
    plan_scale: Tensor

    def __init__(self, trained: Trained) -> None:
        super().__init__()
        self.policy = copy.deepcopy(trained.policy)
        _halve(self.policy)
        for name, scale in (("state", trained.states), ("plan", trained.plans)):
            self.register_buffer(f"{name}_mean", torch.from_numpy(scale.mean).repeat(trained.arms))
            self.register_buffer(f"{name}_scale", torch.from_numpy(scale.scale).repeat(trained.arms))

    def forward(self, state: Tensor, pictures: Tensor, noise: Tensor) -> Tensor:
        """(1, steps, arms * size)"""
        normalised = (state - self.state_mean) / self.state_scale
        return self.policy(normalised, pictures.float(), noise) * self.plan_scale + self.plan_mean


def decoder_tensors(trained: Trained) -> dict[str, np.ndarray]:
    """All that fast decoding needs, float32."""
    tensors = {}
    if trained.tokenizer is not None:
        tensors = {
            name: value.detach().numpy()
            for name, value in trained.tokenizer.state_dict().items()
            if name.startswith(("decoder.", "to_action."))
        }
    tensors["touch.mean"], tensors["touch.scale"] = trained.touch.mean, trained.touch.scale
    # What was not planned must come out as 0, however large its divisor was.
    planned = trained.actions.scale < UNSEEN_SCALE
    tensors["actions.mean"], tensors["actions.scale"] = trained.actions.mean, trained.actions.scale * planned
    return tensors


def _foresight_tensors(trained: Trained) -> dict[str, np.ndarray]:
    tensors = {} if trained.dynamics is None else {n: v.numpy() for n, v in trained.dynamics.state_dict().items()}
    for name in ("states", "plans"):
        scale = getattr(trained, name)
        tensors[f"{name}.mean"], tensors[f"{name}.scale"] = scale.mean, scale.scale
    return {name: np.ascontiguousarray(value) for name, value in tensors.items()}


def export(
    folder: Path,
    trained: Trained,
    pca: MarkerPca,
    config: TrainConfig,
    task: str,
    demonstrations: int,
    data_hash: str,
    commit: str,
    command: str,
) -> WeightsCard:
    """Writes decoder, planner and card into ``folder``; the card goes last, so that a broken export is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = decoder_tensors(trained)
    tensors["markers.mean"], tensors["markers.components"] = pca.mean, np.ascontiguousarray(pca.components)
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, folder / FAST)
    arms = trained.arms
    example = (
        torch.zeros(1, arms * STATE_SIZE),
        torch.zeros(1, arms, 3, PICTURE_SIZE, PICTURE_SIZE, dtype=torch.uint8),
        torch.zeros(1, trained.spec.steps, arms * trained.spec.size),
    )
    torch.onnx.export(
        _PlannerGraph(trained).eval(),
        example,
        folder / SLOW,
        input_names=["state", "pictures", "noise"],
        output_names=["plan"],
        # Folding would widen the weights in the file.
        do_constant_folding=False,
        dynamo=False,
    )
    names = [FAST, SLOW]
    if trained.dynamics is not None:
        save_file(_foresight_tensors(trained), folder / FORESIGHT)
        names.append(FORESIGHT)
    card = WeightsCard(
        task=task,
        policy=trained.spec.name,
        weights_id=hashlib.sha256((folder / FAST).read_bytes()).hexdigest()[:16],
        layout=Layout.of(trained.spec, arms),
        files={name: file_hash(folder / name) for name in names},
        demonstrations=demonstrations,
        config=asdict(config),
        data_hash=data_hash,
        commit=commit,
        command=command,
    )
    (folder / CARD).write_text(card.model_dump_json(indent=2) + "\n")
    return card
