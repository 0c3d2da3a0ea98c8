"""The slow policy: what all arms see and feel in, one plan for all arms out (arXiv 2303.04137, 2503.02881)."""

import torch
from torch import Tensor, nn

from touchloop.policy.denoiser import Denoiser
from touchloop.policy.diffusion import TRAINING_STEPS, add_noise, alphas_cumprod, ddim_update, inference_steps
from touchloop.policy.features import PICTURE_SIZE, STATE_SIZE


class PictureEncoder(nn.Module):
    """Convolutions down to 8 x 8 places and a layer over all of them.

    A soft-argmax (Levine et al. 2016) has fewer weights, but learned far worse here: after the same time, 4 mm of error
    in where a body's end lies instead of 2.
    """

    size = 128

    def __init__(self) -> None:
        super().__init__()
        side = PICTURE_SIZE // 8
        self.layers = nn.Sequential(
            nn.Conv2d(3, 16, kernel_size=6, stride=4, padding=1),
            nn.GroupNorm(4, 16),
            nn.SiLU(),
            nn.Conv2d(16, 32, kernel_size=3, stride=2, padding=1),
            nn.GroupNorm(4, 32),
            nn.SiLU(),
            nn.Conv2d(32, 32, kernel_size=3, padding=1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(32 * side * side, self.size),
            nn.SiLU(),
        )

    def forward(self, picture: Tensor) -> Tensor:
        """(B, size) from uint8-valued floats (B, 3, 64, 64)."""
        # Channels last: the convolutions are a third faster on a processor.
        return self.layers((picture / 127.5 - 1.0).contiguous(memory_format=torch.channels_last))


class DiffusionPolicy(nn.Module):
    """The denoiser over normalised plans and its encoders.

    Args:
        steps, size: shape of one arm's plan.
        arms: how many share a plan; the picture encoder is one for all.
        diffusion: false: one pass regresses the plan.
    """

    schedule: Tensor

    def __init__(self, steps: int, size: int, arms: int, diffusion: bool = True, condition: int = 128) -> None:
        super().__init__()
        self.arms, self.diffusion = arms, diffusion
        self.plan_shape = (steps, arms * size)
        self.picture_encoder = PictureEncoder()
        features = arms * (STATE_SIZE + self.picture_encoder.size)
        self.to_condition = nn.Sequential(nn.Linear(features, 256), nn.SiLU(), nn.Linear(256, condition))
        self.denoiser = Denoiser(steps, arms * size, condition, width=256 if steps * arms * size <= 64 else 384)
        self.register_buffer("schedule", alphas_cumprod(), persistent=False)
        # Plain numbers: read from the buffer, a tracer would turn them into double tensors.
        self.levels = [alphas_cumprod()[step].item() for step in inference_steps()] + [1.0]

    def see(self, pictures: Tensor) -> Tensor:
        """(B, arms * F) from pictures (B, arms, 3, 64, 64)."""
        return self.picture_encoder(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2]).flatten(1)

    def condition(self, state: Tensor, seen: Tensor) -> Tensor:
        """(B, condition) from normalised states (B, arms * STATE_SIZE) and what ``see`` made of the pictures."""
        return self.to_condition(torch.cat([state, seen], dim=-1))

    def estimate(self, plan: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """A random noise level's estimate of the clean plan (B, T, D), and the share (B,) of signal that it saw."""
        if not self.diffusion:
            nothing = torch.zeros(len(plan), dtype=torch.long, device=plan.device)
            return self.denoiser(torch.zeros_like(plan), nothing, condition), torch.ones_like(nothing).float()
        step = torch.randint(0, TRAINING_STEPS, (len(plan),), device=plan.device)
        noisy = add_noise(plan, torch.randn_like(plan), step, self.schedule)
        return self.denoiser(noisy, step, condition), self.schedule[step]

    def forward(self, state: Tensor, pictures: Tensor, noise: Tensor) -> Tensor:
        """Samples a plan by DDIM from noise (B, T, D); the whole loop is one graph for export."""
        return self.sample(self.condition(state, self.see(pictures)), noise)

    def sample(self, condition: Tensor, noise: Tensor) -> Tensor:
        """A plan (B, T, D) for a condition (B, C), from noise."""
        step_shape = noise.shape[:1]
        if not self.diffusion:
            nothing = torch.zeros(step_shape, dtype=torch.long, device=noise.device)
            return self.denoiser(0.0 * noise, nothing, condition)
        sample = noise
        for i, step in enumerate(inference_steps()):
            clean = self.denoiser(sample, torch.full(step_shape, step, device=noise.device), condition)
            sample = ddim_update(sample, clean, self.levels[i], self.levels[i + 1])
        return sample
