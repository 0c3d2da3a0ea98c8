"""Noise schedule and the deterministic DDIM sampler (Song et al. 2021, arXiv 2010.02502); predicts the clean sample."""

import math

import torch
from torch import Tensor

TRAINING_STEPS = 100
INFERENCE_STEPS = 8


def alphas_cumprod(steps: int = TRAINING_STEPS) -> Tensor:
    """(steps,) share of the signal's power at each step, squared-cosine schedule (arXiv 2102.09672, equation 17)."""
    levels = [math.cos((i / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(steps + 1)]
    betas = [min(1.0 - levels[i + 1] / levels[i], 0.999) for i in range(steps)]
    return torch.cumprod(1.0 - torch.tensor(betas, dtype=torch.float64), dim=0).float()


def add_noise(clean: Tensor, noise: Tensor, step: Tensor, schedule: Tensor) -> Tensor:
    """The sample (B, ...) after ``step`` (B,) steps of noise."""
    level = schedule[step].reshape(-1, *[1] * (clean.dim() - 1))
    return level.sqrt() * clean + (1.0 - level).sqrt() * noise


def inference_steps(count: int = INFERENCE_STEPS, training_steps: int = TRAINING_STEPS) -> list[int]:
    """The steps that inference visits, the noisiest first (evenly spaced, 'leading')."""
    stride = training_steps // count
    return [stride * i for i in range(count)][::-1]


def ddim_update(sample: Tensor, clean: Tensor, level: float, next_level: float) -> Tensor:
    """One DDIM step (equation 12 with eta 0) from a predicted clean sample; levels are ``alphas_cumprod`` values."""
    ratio = math.sqrt((1.0 - next_level) / (1.0 - level))
    return ratio * sample + (math.sqrt(next_level) - ratio * math.sqrt(level)) * clean
