"""Costs that steer a plan while it is sampled: another goal, a force not to pass, a region to avoid.

The idea is DexHandDiff's (arXiv 2411.18562): differentiable costs on what a plan will do, at sampling time, so that a
trained policy reaches goals that it never saw.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from touchloop.errors import InputError

UNIT_M = 0.01
"""Costs count distances in centimetres, so that they are of about the size of costs in newtons."""


class Guide(Protocol):
    """A differentiable cost of plans."""

    def cost(self, tcp_in_base: Tensor, force_n: Tensor) -> Tensor:
        """(B,) from positions (B, H, 3) [m] and planned contact forces (B, H) [N]."""
        ...


@dataclass(frozen=True, slots=True)
class ReachGoal:
    """Go there, and come down only over it; in contact the cost is silent, for then touch leads.

    Args:
        goal_in_base: (3,) where the tool shall touch [m].
        hover_m: height over the goal that is kept while the tool is not above it.
        slope: that height grows by this with the distance beside the goal.
    """

    goal_in_base: np.ndarray
    hover_m: float = 0.035
    slope: float = 2.0

    def __post_init__(self) -> None:
        if np.shape(self.goal_in_base) != (3,) or not np.isfinite(self.goal_in_base).all():
            raise InputError(f"goal {self.goal_in_base}: expected 3 finite numbers (x, y, z) [m]")

    def cost(self, tcp_in_base: Tensor, force_n: Tensor) -> Tensor:
        """Mean squared distance beside the goal and below the funnel over it [cm^2]."""
        goal = torch.as_tensor(self.goal_in_base, dtype=tcp_in_base.dtype)
        beside = (tcp_in_base[..., :2] - goal[:2]).pow(2).sum(dim=-1)
        funnel = goal[2] + (self.slope * beside.detach().sqrt()).clamp(max=self.hover_m)
        below = (funnel - tcp_in_base[..., 2]).clamp(min=0.0).pow(2)
        in_air = (force_n.detach() < 1.0).to(beside)
        return (in_air * (beside + below)).mean(dim=-1) / UNIT_M**2


@dataclass(frozen=True, slots=True)
class ForceBound:
    """Plan no more contact force than this."""

    force_n: float

    def __post_init__(self) -> None:
        if not 0.0 < self.force_n < float("inf"):
            raise InputError(f"force bound {self.force_n} N: expected more than 0")

    def cost(self, tcp_in_base: Tensor, force_n: Tensor) -> Tensor:  # noqa: ARG002
        """Mean squared excess [N^2]."""
        return (force_n - self.force_n).clamp(min=0.0).pow(2).mean(dim=-1)


@dataclass(frozen=True, slots=True)
class AvoidRegion:
    """Stay out of a ball.

    Args:
        centre_in_base: (3,) [m].
        radius_m: of the ball.
    """

    centre_in_base: np.ndarray
    radius_m: float

    def __post_init__(self) -> None:
        if np.shape(self.centre_in_base) != (3,) or not np.isfinite(self.centre_in_base).all():
            raise InputError(f"region's centre {self.centre_in_base}: expected 3 finite numbers (x, y, z) [m]")
        if not 0.0 < self.radius_m < float("inf"):
            raise InputError(f"region's radius {self.radius_m} m: expected more than 0")

    def cost(self, tcp_in_base: Tensor, force_n: Tensor) -> Tensor:  # noqa: ARG002
        """Mean squared depth inside [cm^2]."""
        centre = torch.as_tensor(self.centre_in_base, dtype=tcp_in_base.dtype)
        # The square root has no slope at the very centre.
        distance = ((tcp_in_base - centre).pow(2).sum(dim=-1) + 1e-12).sqrt()
        return (self.radius_m - distance).clamp(min=0.0).pow(2).mean(dim=-1) / UNIT_M**2
