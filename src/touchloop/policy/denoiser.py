"""Predicts a clean plan from a noisy one: a residual network with FiLM conditioning over the flattened plan."""

import math

import torch
from torch import Tensor, nn


class StepEmbedding(nn.Module):
    """Sinusoidal embedding of the diffusion step (Vaswani et al. 2017)."""

    frequencies: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        frequencies = torch.exp(torch.arange(size // 2) * (-math.log(10_000.0) / (size // 2 - 1)))
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, step: Tensor) -> Tensor:
        """(B, size) from steps (B,)."""
        angles = step.float()[:, None] * self.frequencies
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


class Block(nn.Module):
    """Two layers; the condition scales and shifts the normalised features (FiLM, arXiv 1709.07871)."""

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.film = nn.Linear(condition, 2 * width)
        self.layers = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(B, width)"""
        scale, shift = self.film(condition).chunk(2, dim=-1)
        return x + self.layers(self.norm(x) * (1.0 + scale) + shift)


class Denoiser(nn.Module):
    """Predicts the clean plan (B, T, D) from a noisy one, the diffusion step (B,) and a condition (B, C).

    A plan has a few hundred numbers at most: over the flattened plan this learns as well as a 1-D U-Net (arXiv
    2303.04137) at a small part of the cost, which matters on two processor cores.
    """

    def __init__(self, steps: int, size: int, condition: int, width: int = 256, blocks: int = 3) -> None:
        super().__init__()
        self.shape = (steps, size)
        self.step_embedding = StepEmbedding(64)
        total = condition + 64
        self.enter = nn.Linear(steps * size, width)
        self.blocks = nn.ModuleList([Block(width, total) for _ in range(blocks)])
        self.leave = nn.Linear(width, steps * size)

    def forward(self, noisy: Tensor, step: Tensor, condition: Tensor) -> Tensor:
        """(B, T, D)"""
        condition = torch.cat([condition, self.step_embedding(step)], dim=-1)
        x = self.enter(noisy.flatten(1))
        for block in self.blocks:
            x = block(x, condition)
        return self.leave(x).unflatten(1, self.shape)
