"""Conditional 1-D U-Net over latent steps (Diffusion Policy, arXiv 2303.04137; RDP uses a wider one)."""

import math

import torch
from torch import Tensor, nn


class StepEmbedding(nn.Module):
    """Sinusoidal embedding of the diffusion step."""

    frequencies: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        frequencies = torch.exp(torch.arange(size // 2) * (-math.log(10_000.0) / (size // 2 - 1)))
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.mlp = nn.Sequential(nn.Linear(size, 2 * size), nn.Mish(), nn.Linear(2 * size, size))

    def forward(self, step: Tensor) -> Tensor:
        """(B, size) from steps (B,)."""
        angles = step.float()[:, None] * self.frequencies
        return self.mlp(torch.cat([angles.sin(), angles.cos()], dim=-1))


class ResidualBlock(nn.Module):
    """Two convolutions; the condition scales and shifts the features between them (FiLM, arXiv 1709.07871)."""

    def __init__(self, channels_in: int, channels_out: int, condition: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv1d(channels_in, channels_out, 3, padding=1), nn.GroupNorm(8, channels_out), nn.Mish()
        )
        self.second = nn.Sequential(
            nn.Conv1d(channels_out, channels_out, 3, padding=1), nn.GroupNorm(8, channels_out), nn.Mish()
        )
        self.film = nn.Linear(condition, 2 * channels_out)
        self.skip = nn.Conv1d(channels_in, channels_out, 1) if channels_in != channels_out else nn.Identity()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(B, channels_out, T)"""
        scale, shift = self.film(condition)[:, :, None].chunk(2, dim=1)
        return self.second(self.first(x) * (1.0 + scale) + shift) + self.skip(x)


class ConditionalUnet1d(nn.Module):
    """Predicts the clean latent (B, T, D) from a noisy one, the diffusion step (B,) and a condition (B, C)."""

    def __init__(self, size: int, condition: int, widths: tuple[int, int] = (64, 128), step_size: int = 64) -> None:
        super().__init__()
        self.step_embedding = StepEmbedding(step_size)
        total = condition + step_size
        narrow, wide = widths
        self.down = ResidualBlock(size, narrow, total)
        self.shrink = nn.Conv1d(narrow, narrow, 3, stride=2, padding=1)
        self.middle = nn.ModuleList([ResidualBlock(narrow, wide, total), ResidualBlock(wide, wide, total)])
        self.grow = nn.ConvTranspose1d(wide, narrow, 4, stride=2, padding=1)
        self.up = ResidualBlock(2 * narrow, narrow, total)
        self.out = nn.Conv1d(narrow, size, 1)

    def forward(self, noisy: Tensor, step: Tensor, condition: Tensor) -> Tensor:
        """(B, T, D); T even."""
        condition = torch.cat([condition, self.step_embedding(step)], dim=-1)
        fine = self.down(noisy.transpose(1, 2), condition)
        x = self.shrink(fine)
        for block in self.middle:
            x = block(x, condition)
        x = self.up(torch.cat([self.grow(x), fine], dim=1), condition)
        return self.out(x).transpose(1, 2)
