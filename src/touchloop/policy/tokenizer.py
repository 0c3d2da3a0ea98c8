"""Asymmetric tokenizer: slow latents that are decoded fast, on touch (RDP, arXiv 2503.02881, section IV-B)."""

import torch
from torch import Tensor, nn

from touchloop.policy.features import ACTION_SIZE, HORIZON, LATENT_DIM, LATENT_STEPS, TOUCH_SIZE


class AsymmetricTokenizer(nn.Module):
    """The encoder sees actions only; the recurrent decoder sees the latent and, step by step, touch.

    So the latent holds the intended motion, and the decoder's reaction to touch is learned separately from it.
    """

    def __init__(self, hidden: int = 32, decoder_hidden: int = 64) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(ACTION_SIZE, hidden, kernel_size=5, stride=2, padding=2),
            nn.SiLU(),
            nn.Conv1d(hidden, hidden, kernel_size=5, stride=2, padding=2),
            nn.SiLU(),
        )
        self.to_latent = nn.Conv1d(hidden, 2 * LATENT_DIM, kernel_size=1)
        self.decoder = nn.GRU(LATENT_DIM + TOUCH_SIZE, decoder_hidden, batch_first=True)
        self.to_action = nn.Linear(decoder_hidden, ACTION_SIZE)

    def encode(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, LATENT_STEPS, LATENT_DIM) of normalised actions (B, HORIZON, ACTION_SIZE)."""
        moments = self.to_latent(self.encoder(actions.transpose(1, 2))).transpose(1, 2)
        mean, log_variance = moments.chunk(2, dim=-1)
        return mean, log_variance.clamp(-10.0, 4.0)

    def decode(self, latent: Tensor, touch: Tensor) -> Tensor:
        """Normalised actions (B, HORIZON, ACTION_SIZE) from a latent and normalised touch (B, HORIZON, TOUCH_SIZE)."""
        repeated = latent.repeat_interleave(HORIZON // LATENT_STEPS, dim=1)
        hidden, _ = self.decoder(torch.cat([repeated, touch], dim=-1))
        return self.to_action(hidden)

    def loss(self, actions: Tensor, touch: Tensor, kl_weight: float) -> tuple[Tensor, Tensor]:
        """L1 reconstruction plus weighted KL, and the reconstruction alone."""
        mean, log_variance = self.encode(actions)
        latent = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        reconstruction = (self.decode(latent, touch) - actions).abs().mean()
        kl = 0.5 * (mean**2 + log_variance.exp() - 1.0 - log_variance).mean()
        return reconstruction + kl_weight * kl, reconstruction
