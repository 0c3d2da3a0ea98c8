"""Writes the trained networks as ONNX graphs with 16-bit weights, which onnxruntime widens once when it loads them."""

import copy
import warnings
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from touchloop.monitor.vlm.eye import HEIGHT, WIDTH, Eye
from touchloop.monitor.vlm.facts import SIZES, STARTS
from touchloop.monitor.vlm.reader import PIECES, STATE, WORDS, Reader

OPSET = 17


class _Widen(nn.Module):
    """Keeps a weight in 16 bits."""

    def forward(self, kept: Tensor) -> Tensor:
        return kept.float()


def _halved(network: nn.Module) -> nn.Module:
    network = copy.deepcopy(network).cpu().eval().requires_grad_(False)
    for module in list(network.modules()):
        for name in [name for name, value in module.named_parameters(recurse=False) if value.ndim > 1]:
            parametrize.register_parametrization(module, name, _Widen(), unsafe=True)
            kept = cast("nn.ModuleDict", module.parametrizations)[name]
            kept.original = nn.Parameter(cast("Tensor", kept.original).half(), requires_grad=False)
    return network


class _EyeGraph(nn.Module):
    """A uint8 picture (1, 480, 640, 3) in, what was seen (1, STATE) out."""

    def __init__(self, eye: Eye) -> None:
        super().__init__()
        self.eye = _halved(eye)

    def forward(self, picture: Tensor) -> Tensor:
        facts, _, _, places = self.eye(picture.permute(0, 3, 1, 2).float() * (2.0 / 255.0) - 1.0)
        parts = [facts[:, STARTS[i] : STARTS[i + 1]].softmax(dim=-1) for i in range(len(SIZES))]
        return torch.cat([*parts, places.flatten(1)], dim=-1)


def export_eye(eye: Eye, path: Path) -> None:
    """Writes the eye."""
    picture = torch.zeros(1, HEIGHT, WIDTH, 3, dtype=torch.uint8)
    _export(_EyeGraph(eye), (picture,), path, ["picture"], "state")


def export_reader(reader: Reader, path: Path) -> None:
    """Writes a reader."""
    ids = torch.ones(1, WORDS, PIECES, dtype=torch.int64)
    state = torch.zeros(1, STATE)
    _export(_halved(reader), (ids, state, state, torch.zeros(1, 1)), path, ["ids", "before", "last", "pair"], "out")


def _export(graph: nn.Module, example: tuple[Tensor, ...], path: Path, names: list[str], output: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # The exporter speaks of itself only.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.eval(),
            example,
            path,
            input_names=names,
            output_names=[output],
            opset_version=OPSET,
            # Folding would widen the weights in the file.
            do_constant_folding=False,
            dynamo=False,
        )
