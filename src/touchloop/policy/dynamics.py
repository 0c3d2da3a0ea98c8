"""What a plan will feel like: an ensemble that predicts motion and force, whose disagreement tells a plan to distrust.

Idea: DexHandDiff (arXiv 2411.18562) couples a diffusion planner with a learned dynamics model; disagreement of an
ensemble as a measure of what was not in the data: Lakshminarayanan et al. 2017 (arXiv 1612.01474).
"""

import numpy as np
import torch
from torch import Tensor, nn

from touchloop.policy.features import ACTION_SIZE, STATE_SIZE

MEMBERS = 4
LOOKED_AT = 8
"""Steps of a plan that are looked at, evenly spread."""
FELT = (0, 1, 2, 6, 7, 8)
"""What is predicted, as indices of the fast touch: force at the TCP, and the TCP's displacement since the plan."""


class DynamicsEnsemble(nn.Module):
    """Members of different random starts, each trained on its own draws of the data.

    All values are normalised, of one arm.
    """

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        inputs, outputs = STATE_SIZE + LOOKED_AT * ACTION_SIZE, LOOKED_AT * len(FELT)
        self.members = nn.ModuleList(
            nn.Sequential(
                nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, outputs)
            )
            for _ in range(MEMBERS)
        )

    def forward(self, state: Tensor, actions: Tensor) -> Tensor:
        """(MEMBERS, B, LOOKED_AT, len(FELT)) from states (B, STATE_SIZE) and actions (B, horizon, ACTION_SIZE)."""
        x = torch.cat([state, spread_steps(actions).flatten(1)], dim=-1)
        return torch.stack([member(x).unflatten(-1, (LOOKED_AT, len(FELT))) for member in self.members])

    def loss(self, state: Tensor, actions: Tensor, touch: Tensor) -> Tensor:
        """Mean squared error; every member leaves out a random half of the batch, so that they differ."""
        error = (self(state, actions) - spread_steps(touch)[..., list(FELT)]).pow(2).mean(dim=(2, 3))
        return (error * (torch.rand_like(error) < 0.5)).mean()

    def disagreement(self, state: Tensor, actions: Tensor) -> Tensor:
        """(B,) root mean square over members of what they predict differently, in units of the data's deviation."""
        return self(state, actions).var(dim=0).mean(dim=(1, 2)).sqrt()


def spread_steps(sequence: Tensor) -> Tensor:
    """(B, LOOKED_AT, D) evenly spread steps of (B, horizon, D); the last one is the horizon's last."""
    horizon = sequence.shape[1]
    steps = np.linspace(0, horizon - 1, LOOKED_AT + 1).round().astype(int)[1:]
    return sequence[:, torch.from_numpy(steps)]
