"""Learned dynamics of touch: what will be felt if the arm moves so. An ensemble, whose disagreement is its doubt."""

import torch
from torch import Tensor, nn

from touchloop.policy.features import ACTION_SIZE, HORIZON, LATENT_STEPS, TOUCH_SIZE
from touchloop.policy.tokenizer import AsymmetricTokenizer

MEMBERS = 3
HIDDEN = 48
FORESIGHT_STEPS = 16
"""Action steps of a plan that are played through: 0.64 s, about when the next plan comes."""
TRUSTED_SHARE = 0.99
"""Of the plans on demonstrations that are trusted."""


class TouchDynamics(nn.Module):
    """Members that each predict the change of touch over one action step (all values normalised).

    Trained on the same chunks from different beginnings and batches, they agree where there were demonstrations and
    disagree elsewhere (Lakshminarayanan et al. 2017, arXiv 1612.01474).
    """

    bound: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.members = nn.ModuleList(
            [nn.GRU(TOUCH_SIZE + ACTION_SIZE, HIDDEN, batch_first=True) for _ in range(MEMBERS)]
        )
        self.heads = nn.ModuleList([nn.Linear(HIDDEN, TOUCH_SIZE) for _ in range(MEMBERS)])
        self.register_buffer("bound", torch.tensor(float("inf")))

    def loss(self, actions: Tensor, touch: Tensor) -> Tensor:
        """Mean squared error of the next touch, from actions (B, HORIZON, A) and touch (B, HORIZON, TOUCH_SIZE).

        Each member learns from another half of the batch.
        """
        errors = []
        for index, (member, head) in enumerate(zip(self.members, self.heads, strict=True)):
            rows = torch.arange(len(actions)) % MEMBERS != index
            inputs = torch.cat([touch[rows, :-1], actions[rows, :-1]], dim=-1)
            change = head(member(inputs)[0])
            errors.append((touch[rows, 1:] - touch[rows, :-1] - change).pow(2).clamp(max=25.0).mean())
        return torch.stack(errors).mean()

    @torch.no_grad()
    def foresee(
        self, tokenizer: AsymmetricTokenizer, latents: Tensor, touch: Tensor, steps: int = FORESIGHT_STEPS
    ) -> tuple[Tensor, Tensor]:
        """Plays plans through: decodes on the touch that it foresees, as the fast loop will on the touch that comes.

        Args:
            tokenizer: decodes.
            latents: (B, LATENT_STEPS, LATENT_DIM) in the decoder's scale.
            touch: (B, TOUCH_SIZE) felt now.
            steps: how far.

        Returns:
            Touch (B, HORIZON, TOUCH_SIZE), the last foreseen one repeated, and the members' disagreement (B,).
        """
        rows = latents.repeat_interleave(HORIZON // LATENT_STEPS, dim=1)
        hidden = [torch.zeros(1, len(latents), HIDDEN) for _ in self.members]
        memory = torch.zeros(1, len(latents), tokenizer.decoder.hidden_size)
        foreseen, doubt = [touch], torch.zeros(len(latents))
        for step in range(steps - 1):
            output, memory = tokenizer.decoder(torch.cat([rows[:, step], touch], dim=-1)[:, None], memory)
            inputs = torch.cat([touch, tokenizer.to_action(output)[:, 0]], dim=-1)[:, None]
            changes = []
            for index, (member, head) in enumerate(zip(self.members, self.heads, strict=True)):
                output, hidden[index] = member(inputs, hidden[index])
                changes.append(head(output)[:, 0])
            changes = torch.stack(changes)
            doubt += changes.var(dim=0).mean(dim=-1) / (steps - 1)
            touch = touch + changes.mean(dim=0)
            foreseen.append(touch)
        foreseen += [touch] * (HORIZON - len(foreseen))
        return torch.stack(foreseen, dim=1), doubt

    def calibrate(self, tokenizer: AsymmetricTokenizer, latents: Tensor, touch: Tensor) -> None:
        """Sets ``bound``, above which a plan is not trusted, from plans (N, ...) and touch (N, ...) as in ``foresee``.

        A split-conformal quantile (Angelopoulos & Bates 2021, arXiv 2107.07511): of as many new plans, that share stays
        below it.
        """
        _, doubt = self.foresee(tokenizer, latents, touch)
        rank = min(TRUSTED_SHARE * (len(doubt) + 1) / len(doubt), 1.0)
        self.bound = torch.quantile(doubt, rank)
