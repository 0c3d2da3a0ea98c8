"""Latent diffusion policy: picture, pose and touch in, a latent chunk out (RDP, arXiv 2503.02881, section IV-A)."""

import torch
from torch import Tensor, nn

from touchloop.policy.diffusion import TRAINING_STEPS, add_noise, alphas_cumprod, ddim_update, inference_steps
from touchloop.policy.features import LATENT_DIM, PICTURE_SIZE, STATE_SIZE
from touchloop.policy.unet import ConditionalUnet1d


class PictureEncoder(nn.Module):
    """Three convolutions, then where each feature is (spatial soft-argmax, Levine et al. 2016) and how much of it."""

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 16, kernel_size=6, stride=4, padding=1),
            nn.SiLU(),
            nn.Conv2d(16, 32, kernel_size=3, padding=1),
            nn.SiLU(),
            nn.Conv2d(32, channels, kernel_size=3, padding=1),
        )
        self.size = 3 * channels
        side = PICTURE_SIZE // 4
        line = torch.linspace(-1.0, 1.0, side)
        self.register_buffer("columns", line.repeat(side), persistent=False)
        self.register_buffer("rows", line.repeat_interleave(side), persistent=False)

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 3 * channels) expected x, y (-1..1) and mean of each feature, from uint8-valued floats (B, 3, 64, 64)."""
        features = self.convolutions(picture / 127.5 - 1.0)
        weight = features.flatten(2).softmax(dim=-1)
        x = (weight * self.columns).sum(dim=-1)
        y = (weight * self.rows).sum(dim=-1)
        return torch.cat([x, y, features.mean(dim=(2, 3))], dim=-1)


class LatentDiffusionPolicy(nn.Module):
    """The denoiser over normalised latents and its encoders."""

    schedule: Tensor

    def __init__(self, condition: int = 128) -> None:
        super().__init__()
        self.picture_encoder = PictureEncoder()
        self.to_condition = nn.Sequential(
            nn.Linear(STATE_SIZE + self.picture_encoder.size, 256), nn.Mish(), nn.Linear(256, condition)
        )
        self.unet = ConditionalUnet1d(LATENT_DIM, condition)
        self.register_buffer("schedule", alphas_cumprod(), persistent=False)
        # Plain numbers: read from the buffer, a tracer would turn them into double tensors.
        self._levels = [alphas_cumprod()[step].item() for step in inference_steps()] + [1.0]

    def condition(self, state: Tensor, picture: Tensor) -> Tensor:
        """(B, condition) from normalised states (B, STATE_SIZE) and pictures (B, 3, 64, 64)."""
        return self.to_condition(torch.cat([state, self.picture_encoder(picture)], dim=-1))

    def loss(self, latent: Tensor, state: Tensor, picture: Tensor) -> Tensor:
        """Mean squared error of the predicted clean latent (B, LATENT_STEPS, LATENT_DIM)."""
        step = torch.randint(0, TRAINING_STEPS, (len(latent),), device=latent.device)
        noisy = add_noise(latent, torch.randn_like(latent), step, self.schedule)
        return (self.unet(noisy, step, self.condition(state, picture)) - latent).pow(2).mean()

    def forward(self, state: Tensor, picture: Tensor, noise: Tensor) -> Tensor:
        """Samples a latent by DDIM from noise (B, LATENT_STEPS, LATENT_DIM); the whole loop is one graph for export."""
        condition = self.condition(state, picture)
        sample = noise
        for i, step in enumerate(inference_steps()):
            clean = self.unet(sample, torch.full(noise.shape[:1], step, device=noise.device), condition)
            sample = ddim_update(sample, clean, self._levels[i], self._levels[i + 1])
        return sample
