"""The paper's slow network in size and shape, with random weights: what a plan costs there.

ResNet18 with group norm on one 224 x 224 picture at each of two observation steps, and the 1-D U-Net 512-1024-2048 with
FiLM over a latent of 8 steps and 4 channels, denoised 8 times (Reactive Diffusion Policy, arXiv 2503.02881; Diffusion
Policy, arXiv 2303.04137).
"""

import torch
from torch import Tensor, nn

from touchloop.policy.denoiser import StepEmbedding
from touchloop.policy.diffusion import alphas_cumprod, ddim_update, inference_steps
from touchloop.policy.features import LATENT_DIM, LATENT_STEPS

CHANNELS = (512, 1024, 2048)
OBSERVATION_STEPS = 2
PICTURE_SIZE = 224
STATE = 15
STEP = 256


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(channels // 16, channels)


class _Basic(nn.Module):
    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
            _norm(outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            _norm(outside),
        )
        same = stride == 1 and inside == outside
        self.skip = (
            nn.Identity() if same else nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), _norm(outside))
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.layers(x) + self.skip(x))


def resnet18() -> nn.Sequential:
    """(B, 512) from pictures (B, 3, H, W)."""
    blocks, inside = [], 64
    for outside, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        blocks += [_Basic(inside, outside, stride), _Basic(outside, outside, 1)]
        inside = outside
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), _norm(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class _Residual(nn.Module):
    def __init__(self, inside: int, outside: int, condition: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv1d(inside, outside, 3, padding=1), nn.GroupNorm(8, outside), nn.Mish())
        self.second = nn.Sequential(nn.Conv1d(outside, outside, 3, padding=1), nn.GroupNorm(8, outside), nn.Mish())
        self.film = nn.Sequential(nn.Mish(), nn.Linear(condition, 2 * outside))
        self.skip = nn.Conv1d(inside, outside, 1) if inside != outside else nn.Identity()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.film(condition)[..., None].chunk(2, dim=1)
        return self.second(self.first(x) * scale + shift) + self.skip(x)


class PaperNetwork(nn.Module):
    """Two pictures and states in, one latent plan out."""

    def __init__(self) -> None:
        super().__init__()
        self.see = resnet18()
        condition = STEP + OBSERVATION_STEPS * (512 + STATE)
        self.step = nn.Sequential(StepEmbedding(STEP), nn.Linear(STEP, 4 * STEP), nn.Mish(), nn.Linear(4 * STEP, STEP))
        inside = (LATENT_DIM, *CHANNELS[:-1])
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        self.shrink, self.grow = nn.ModuleList(), nn.ModuleList()
        for i, outside in enumerate(CHANNELS):
            self.down.append(
                nn.ModuleList([_Residual(inside[i], outside, condition), _Residual(outside, outside, condition)])
            )
            last = i == len(CHANNELS) - 1
            self.shrink.append(nn.Identity() if last else nn.Conv1d(outside, outside, 3, 2, 1))
        top = CHANNELS[-1]
        self.middle = nn.ModuleList([_Residual(top, top, condition), _Residual(top, top, condition)])
        for outside, below in ((CHANNELS[1], CHANNELS[2]), (CHANNELS[0], CHANNELS[1])):
            self.up.append(
                nn.ModuleList([_Residual(2 * below, outside, condition), _Residual(outside, outside, condition)])
            )
            self.grow.append(nn.ConvTranspose1d(outside, outside, 4, 2, 1))
        self.leave = nn.Sequential(
            nn.Conv1d(CHANNELS[0], CHANNELS[0], 3, padding=1),
            nn.GroupNorm(8, CHANNELS[0]),
            nn.Mish(),
            nn.Conv1d(CHANNELS[0], LATENT_DIM, 1),
        )
        self.levels = [alphas_cumprod()[step].item() for step in inference_steps()] + [1.0]

    def denoise(self, sample: Tensor, step: Tensor, seen: Tensor) -> Tensor:
        """(B, LATENT_DIM, LATENT_STEPS)"""
        condition = torch.cat([self.step(step), seen], dim=-1)
        x, skips = sample, []
        for (one, two), shrink in zip(self.down, self.shrink, strict=True):
            x = two(one(x, condition), condition)
            skips.append(x)
            x = shrink(x)
        for block in self.middle:
            x = block(x, condition)
        for (one, two), grow in zip(self.up, self.grow, strict=True):
            x = grow(two(one(torch.cat([x, skips.pop()], dim=1), condition), condition))
        return self.leave(x)

    def forward(self, pictures: Tensor, states: Tensor) -> Tensor:
        """A plan from pictures (OBSERVATION_STEPS, 3, H, W) and states (OBSERVATION_STEPS, STATE)."""
        seen = torch.cat([self.see(pictures), states], dim=-1).flatten()[None]
        sample = torch.randn(1, LATENT_DIM, LATENT_STEPS)
        for i, step in enumerate(inference_steps()):
            clean = self.denoise(sample, torch.tensor([step]), seen)
            sample = ddim_update(sample, clean, self.levels[i], self.levels[i + 1])
        return sample
