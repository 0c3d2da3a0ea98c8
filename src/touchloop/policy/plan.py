"""The plan that the slow planner hands to the fast controller."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class LatentPlan:
    """A chunk of motion in the tokenizer's latent space; the library's twin of ``touchloop_msgs/LatentPlan``."""

    stamp_ns: int
    """Time of the observation that the plan was made from."""
    sequence: int
    weights_id: str
    """Identifies the tokenizer; a controller with other weights refuses the plan."""
    base_pose: np.ndarray
    """(7,) ``tcp_in_base`` at ``stamp_ns``; decoded actions are relative to it."""
    action_period_s: float
    horizon: int
    latent: np.ndarray
    """(latent_steps, latent_dim) float32"""
