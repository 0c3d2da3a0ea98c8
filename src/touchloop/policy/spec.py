"""The policies: what each one sees, what it plans and how its plan is followed. One network family, few switches."""

from dataclasses import dataclass, replace

import numpy as np

from touchloop.errors import InputError
from touchloop.policy.features import (
    ACTION_PERIOD_NS,
    ACTION_SIZE,
    CHUNK_PERIOD_NS,
    CHUNK_STEPS,
    FAST_STREAMS,
    HORIZON,
    LATENT_DIM,
    LATENT_STEPS,
    SLOW_STREAMS,
    STATE_SIZE,
    TOUCH_SIZE,
)


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """One policy."""

    name: str
    says: str
    """One line for people."""
    latent: bool
    """Plans in the tokenizer's latent space, decoded on touch; otherwise plans a chunk of actions, followed blindly."""
    slow_touch: tuple[str, ...]
    """Streams of touch that the slow policy sees beside picture and pose: wrench, markers."""
    fast_touch: tuple[str, ...] = ()
    """Streams that the fast decoder sees: wrench, markers, displacement, smooth, recent; see features."""
    plans_force: bool = False
    """Plans the contact force too; the fast loop corrects the motion towards it."""
    posterior_mean: bool = False
    """The tokenizer's posterior mean is what diffusion learns, not a new sample at every draw."""
    action_loss: float = 0.0
    """Weight of the loss of the decoded actions when the slow policy is trained."""
    absolute: bool = False
    """Plans poses in base instead of relative to the TCP."""
    increments: bool = False
    """An action is the motion of its step, not a pose: what touch makes the arm do stays done, and plans join without
    a seam. Where force is planned, the motion along the tool's axis is left to the force controller."""
    decoder_on_plans: bool = False
    """The decoder is trained once more, on what the slow policy plans instead of what the encoder saw. The encoder has
    seen the whole motion, reactions to later touch included; a plan cannot know them, so touch must tell."""
    dynamics: bool = False
    """A model of touch is trained too; its doubt rejects plans (see ``dynamics``)."""
    diffusion: bool = True
    """Denoises; otherwise one pass regresses the chunk (L1)."""

    @property
    def steps(self) -> int:
        """Rows of a plan."""
        return LATENT_STEPS if self.latent else CHUNK_STEPS

    @property
    def size(self) -> int:
        """Numbers in a row of one arm's plan."""
        return LATENT_DIM if self.latent else ACTION_SIZE

    @property
    def horizon(self) -> int:
        """Action steps that a plan covers."""
        return HORIZON if self.latent else CHUNK_STEPS

    @property
    def action_period_ns(self) -> int:
        """Between two action steps."""
        return ACTION_PERIOD_NS if self.latent else CHUNK_PERIOD_NS

    @property
    def state_mask(self) -> np.ndarray:
        """(STATE_SIZE,) true for what the slow policy sees of one arm."""
        return _mask(STATE_SIZE, SLOW_STREAMS, ("pose", *self.slow_touch))

    @property
    def touch_mask(self) -> np.ndarray:
        """(TOUCH_SIZE,) true for what the fast decoder sees."""
        return _mask(TOUCH_SIZE, FAST_STREAMS, self.fast_touch)


def _mask(size: int, streams: dict[str, list[int]], seen: tuple[str, ...]) -> np.ndarray:
    mask = np.zeros(size, bool)
    for name in seen:
        mask[streams[name]] = True
    return mask


TOUCHLOOP = PolicySpec(
    "touchloop",
    "latent plans of motion and force, decoded on all touch under hybrid force control",
    latent=True,
    slow_touch=("wrench", "markers"),
    fast_touch=("wrench", "markers", "displacement", "smooth", "recent"),
    plans_force=True,
    posterior_mean=True,
    action_loss=0.5,
    increments=True,
    decoder_on_plans=True,
    dynamics=True,
)
POLICIES: dict[str, PolicySpec] = {
    spec.name: spec
    for spec in (
        PolicySpec("dp", "diffusion policy: chunks from picture and pose", latent=False, slow_touch=()),
        PolicySpec(
            "dp_touch", "the same with touch embedded in its input", latent=False, slow_touch=("wrench", "markers")
        ),
        PolicySpec(
            "act",
            "chunks by regression, touch embedded",
            latent=False,
            slow_touch=("wrench", "markers"),
            diffusion=False,
        ),
        PolicySpec(
            "rdp",
            "reactive diffusion policy: latent plans, decoded on force",
            latent=True,
            slow_touch=("wrench",),
            fast_touch=("wrench", "displacement"),
        ),
        PolicySpec(
            "rdp_tactile",
            "the same, decoded on the marker field",
            latent=True,
            slow_touch=("markers",),
            fast_touch=("markers", "displacement"),
        ),
        TOUCHLOOP,
        replace(TOUCHLOOP, name="touchloop_blind", says="an ablation: the decoder feels nothing", fast_touch=()),
        replace(
            TOUCHLOOP,
            name="touchloop_absolute",
            says="an ablation: poses in base instead of increments",
            increments=False,
            absolute=True,
            dynamics=False,
        ),
    )
}


def checked_policy(name: str) -> PolicySpec:
    """The policy of that name, or an error that lists the valid ones."""
    if name not in POLICIES:
        raise InputError(f"policy '{name}': expected one of {', '.join(POLICIES)}")
    return POLICIES[name]
