"""Costs that steer the sampling of a plan, after training: another goal, a force not to pass, a region to avoid.

Guidance by gradients of a cost on the predicted clean sample: Janner et al. 2022 (arXiv 2205.09991), DexHandDiff (arXiv
2411.18562).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from touchloop.policy.features import FORCE_INDEX


class Cost(Protocol):
    """A differentiable cost of a plan; lower is better."""

    def __call__(self, points_in_base: Tensor, force_n: Tensor) -> Tensor:
        """Scalar from commanded TCP positions (B, T, 3) [m] and planned forces (B, T) [N]."""
        ...


@dataclass(frozen=True, slots=True)
class Goal:
    """The tool shall go to a point; along axes of weight 0 it is free."""

    point_in_base: np.ndarray
    """(3,) [m]"""
    weights: tuple[float, float, float] = (1.0, 1.0, 0.0)
    reach_m: float = 0.02
    """Within so much the cost is quadratic, farther off it grows linearly: a far goal pulls no harder."""

    def __call__(self, points_in_base: Tensor, force_n: Tensor) -> Tensor:
        """Huber cost of the distance; later steps count more, for the way there is free."""
        away = (points_in_base - points_in_base.new_tensor(self.point_in_base)) / self.reach_m
        away = away * away.new_tensor(self.weights)
        distance = away.pow(2).sum(dim=-1)
        huber = torch.where(distance < 1.0, 0.5 * distance, (distance + 1e-9).sqrt() - 0.5)
        later = torch.linspace(0.0, 1.0, huber.shape[1], device=huber.device)
        return (later * huber).mean(dim=1).sum()


@dataclass(frozen=True, slots=True)
class ForceLimit:
    """The planned force shall stay below a bound."""

    most_n: float

    def __call__(self, points_in_base: Tensor, force_n: Tensor) -> Tensor:
        """Square of the excess [N]."""
        return (force_n - self.most_n).clamp(min=0.0).pow(2).mean(dim=1).sum()


@dataclass(frozen=True, slots=True)
class KeepOut:
    """The tool shall stay out of an upright cylinder."""

    centre_in_base: np.ndarray
    """(2,) x and y of its axis [m]."""
    radius_m: float

    def __call__(self, points_in_base: Tensor, force_n: Tensor) -> Tensor:
        """Square of the depth inside, in radii."""
        away = points_in_base[..., :2] - points_in_base.new_tensor(self.centre_in_base)
        depth = 1.0 - (away.pow(2).sum(dim=-1) + 1e-12).sqrt() / self.radius_m
        return depth.clamp(min=0.0).pow(2).mean(dim=1).sum()


@dataclass(frozen=True, slots=True)
class Guide:
    """Costs and how hard they steer."""

    costs: Sequence[Cost]
    strength: float = 1.0
    """Length of one step of descent, in deviations of the latent."""
    descents: int = 3
    """Steps at each step of the sampler."""

    def cost(self, actions: Tensor, base_rotation: Tensor, base_position: Tensor) -> Tensor:
        """Of actions (B, T, ACTION_SIZE) in physical units relative to a base pose."""
        points = actions[..., :3] @ base_rotation.T + base_position
        return torch.stack([cost(points, actions[..., FORCE_INDEX]) for cost in self.costs]).sum()
