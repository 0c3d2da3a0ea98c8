"""A planner that steers its plans by costs while it samples them, and does not hand out plans that it doubts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from touchloop.errors import InputError
from touchloop.geometry.pose import rotate
from touchloop.policy.diffusion import ddim_update, inference_steps
from touchloop.policy.diffusion_policy import DiffusionPolicy
from touchloop.policy.dynamics import TouchDynamics
from touchloop.policy.features import FAST_STREAMS, FORCE_INDEX, TOUCH_SIZE, WRENCH_SIZE, shrink_picture
from touchloop.policy.guidance import Guide
from touchloop.policy.normaliser import Normaliser
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.plan import LatentPlan
from touchloop.policy.planner import Planner
from touchloop.policy.tokenizer import AsymmetricTokenizer
from touchloop.policy.weights import FAST, FORESIGHT, SLOW, read_tensors
from touchloop.touch.wrench import wrench_at_tcp

GRADIENT_STEPS = 8
"""After each denoising step."""
STEP_LENGTH = 1.0
"""Of a gradient step, in the plan's normalised space, at most."""
CANDIDATES = 4
"""Plans that are sampled together; the least costly one that the model of touch trusts is taken."""


class GuidedPlanner(Planner):
    """A ``Planner`` with guides; without any it samples ``CANDIDATES`` plans and takes the least doubtful.

    Costs act on the estimate of the clean plan after each denoising step, through the decoder, on the touch that the
    learned dynamics foresees (arXiv 2411.18562). Runs in torch: a plan takes some tenths of a second.

    Args:
        weights: folder; of a policy of increments with a model of touch.
        task, policy: what they must be for.
        guides: costs, added up.

    Attributes:
        guides: may be changed between plans.
        rejected: how many sampled plans the model of touch did not trust so far.
        sampled: how many were sampled.

    Raises:
        InputError: the weights are missing, damaged, for several arms, or have no model of touch.
    """

    def __init__(
        self, weights: Path, task: str | None = None, policy: str | None = None, guides: Sequence[Guide] = ()
    ) -> None:
        super().__init__(weights, task, policy)
        layout = self.card.layout
        if FORESIGHT not in self.card.files or not layout.increments:
            raise InputError(f"{weights}: policy '{self.card.policy}' cannot be guided; expected one of increments")
        if layout.arms != 1:
            raise InputError(f"{weights}: plans for {layout.arms} arms; guided planning is for one")
        self.guides = list(guides)
        self.rejected = self.sampled = 0
        fast, extra = read_tensors(weights / FAST), read_tensors(weights / FORESIGHT)
        self._tokenizer = AsymmetricTokenizer().requires_grad_(False).eval()
        _load(self._tokenizer, fast, strict=False)
        self._dynamics = TouchDynamics().requires_grad_(False).eval()
        _load(self._dynamics, {n: v for n, v in extra.items() if not n.startswith(("states.", "plans."))})
        self._policy = DiffusionPolicy(layout.steps, layout.size, 1, self.card.spec.diffusion)
        self._policy.requires_grad_(False).eval()
        _load(self._policy, _graph_tensors(weights / SLOW))
        self._states, self._plans = (Normaliser(extra[f"{n}.mean"], extra[f"{n}.scale"]) for n in ("states", "plans"))
        self._touch = Normaliser(fast["touch.mean"], fast["touch.scale"])
        self._action_mean, self._action_scale = (torch.from_numpy(fast[f"actions.{n}"]) for n in ("mean", "scale"))
        self._plan_mean, self._plan_scale = torch.from_numpy(self._plans.mean), torch.from_numpy(self._plans.scale)

    def plan(self, observations: Sequence[PlannerObservation], sequence: int, seed: int) -> tuple[LatentPlan, ...]:
        """The plan; see ``Planner.plan``."""
        (observation,) = observations
        state = self._checked_state(observations)
        generator = torch.Generator().manual_seed(int(np.random.default_rng([seed, sequence]).integers(2**62)))
        picture = torch.from_numpy(shrink_picture(observation.wrist_rgb)[None, None]).float()
        normal = torch.from_numpy(self._states.normalise(state[None]))
        with torch.no_grad():
            condition = self._policy.condition(normal, self._policy.see(picture)).expand(CANDIDATES, -1)
        touch = torch.from_numpy(self._touch.normalise(self._touch_now(observation))).expand(CANDIDATES, -1)
        clean, touch = self._sample(condition, touch, observation, generator)
        with torch.no_grad():
            _, doubt = self._dynamics.foresee(self._tokenizer, self._latents(clean), touch[:, 0])
            cost = self._cost(clean, touch, observation)
        trusted = doubt <= self._dynamics.bound
        self.sampled += CANDIDATES
        self.rejected += CANDIDATES - int(trusted.sum())
        # When all are doubted, the least doubtful is still safer than an arm without a plan: the fast loop feels.
        best = (
            int(torch.where(trusted, cost, cost + 1e6 * (1.0 + doubt)).argmin()) if self.guides else int(doubt.argmin())
        )
        return self._as_plans(observations, sequence, self._latents(clean)[best].numpy())

    def _sample(
        self, condition: Tensor, touch: Tensor, observation: PlannerObservation, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Guided DDIM: plans (B, T, D), normalised, and the touch (B, H, TOUCH_SIZE) that is foreseen under them."""
        sample = torch.randn(CANDIDATES, *self._policy.plan_shape, generator=generator)
        levels = self._policy.levels
        clean, foreseen = sample, touch[:, None]
        for i, step in enumerate(inference_steps()):
            with torch.no_grad():
                clean = self._policy.denoiser(sample, torch.full((CANDIDATES,), step), condition)
                if self.guides:
                    foreseen, _ = self._dynamics.foresee(self._tokenizer, self._latents(clean), touch)
            for _ in range(GRADIENT_STEPS if self.guides else 0):
                clean = self._steered(clean, foreseen, observation)
            sample = ddim_update(sample, clean, levels[i], levels[i + 1])
        return clean, foreseen

    def _steered(self, clean: Tensor, touch: Tensor, observation: PlannerObservation) -> Tensor:
        """One gradient step down the costs."""
        clean = clean.detach().requires_grad_(True)
        cost = self._cost(clean, touch, observation)
        (slope,) = torch.autograd.grad(cost.sum(), clean)
        steepness = slope.flatten(1).norm(dim=1)[:, None, None]
        # Newton's length for a parabola with its lowest value at zero, within bounds.
        length = (2.0 * cost.detach()[:, None, None] / (steepness + 1e-9)).clamp(max=STEP_LENGTH)
        return (clean - length * slope / (steepness + 1e-9)).detach()

    def _cost(self, clean: Tensor, touch: Tensor, observation: PlannerObservation) -> Tensor:
        """(B,) of all guides."""
        if not self.guides:
            return torch.zeros(len(clean))
        actions = self._tokenizer.decode(self._latents(clean), touch) * self._action_scale + self._action_mean
        pose = observation.tcp_in_base[-1]
        axes = torch.from_numpy(np.array([rotate(pose[3:], axis) for axis in np.eye(3)])).float()
        tcp_in_base = torch.from_numpy(pose[:3]).float() + actions[..., :3].cumsum(dim=1) @ axes
        costs = [guide.cost(tcp_in_base, actions[..., FORCE_INDEX]) for guide in self.guides]
        return torch.stack(costs).sum(dim=0)

    def _latents(self, clean: Tensor) -> Tensor:
        """In the decoder's scale."""
        return clean * self._plan_scale + self._plan_mean

    def _touch_now(self, observation: PlannerObservation) -> np.ndarray:
        """(TOUCH_SIZE,) of the newest wrench and markers, as if it had been so for a while."""
        touch = np.zeros(TOUCH_SIZE)
        wrench = np.empty(WRENCH_SIZE)
        wrench_at_tcp(observation.wrench_at_sensor[-1], observation.wrench_bias, wrench)
        components = self._markers(observation.markers.reshape(-1))
        for name, value in (("wrench", wrench), ("smooth", wrench), ("markers", components)):
            rows = FAST_STREAMS[name]
            touch[rows] = value[: len(rows)]
        recent = FAST_STREAMS["recent"]
        touch[recent[: len(recent) // 2]] = -wrench[2]
        return touch


def _load(module: torch.nn.Module, tensors: dict[str, np.ndarray], strict: bool = True) -> None:
    values = {n: torch.from_numpy(np.array(v, np.float32)) for n, v in tensors.items() if n in module.state_dict()}
    missing = set(module.state_dict()) - set(values)
    if strict and missing:
        raise InputError(f"guided planning lacks the tensors {', '.join(sorted(missing))}; train these weights again")
    module.load_state_dict(values, strict=False)


def _graph_tensors(path: Path) -> dict[str, np.ndarray]:
    """The planner graph's tensors by the names of the network's parameters."""
    prefix = "policy."
    return {
        tensor.name.removeprefix(prefix): numpy_helper.to_array(tensor)
        for tensor in onnx.load(str(path)).graph.initializer
        if tensor.name.startswith(prefix)
    }
