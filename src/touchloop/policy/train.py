"""Training of any policy: the tokenizer, where it has one, then the slow policy. Seeded, resumable, on CPU or GPU."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from touchloop.policy.augment import augment
from touchloop.policy.dataset import Chunks
from touchloop.policy.diffusion_policy import DiffusionPolicy
from touchloop.policy.dynamics import MEMBERS, TouchDynamics
from touchloop.policy.features import ACTION_FLOOR, INCREMENT_FLOOR, STATE_FLOOR, TOUCH_FLOOR
from touchloop.policy.normaliser import Normaliser
from touchloop.policy.spec import PolicySpec
from touchloop.policy.stage import Progress, Stage
from touchloop.policy.tokenizer import AsymmetricTokenizer

if TYPE_CHECKING:
    from lightning_fabric import Fabric

ACTION_LOSS_ROWS = 32
"""So many rows of a batch are decoded for the loss of the actions; decoding is the dear part."""
HELD_OUT_PART = 20
"""One part in so many of the chunks, the last ones, is kept from the model of touch to measure its usual doubt."""
CALIBRATION_PLANS = 512


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of one training run."""

    seed: int = 0
    tokenizer_iterations: int = 1500
    policy_iterations: int = 3000
    decoder_iterations: int = 1500
    """Of the last stage of policies whose decoder is trained on plans."""
    batch_size: int = 128
    """Chunks in a batch of the tokenizer."""
    frames: int = 32
    """Pictures in a batch of the slow policy."""
    rows_per_frame: int = 4
    """Chunks that share a picture there: the picture is the dear part."""
    learning_rate: float = 1e-3
    kl_weight: float = 1e-3
    ema_decay: float = 0.999
    picture_noise: float = 0.03
    """Relative noise of the training pictures."""
    picture_colour: float = 0.15
    """How far their colours vary; see ``augment``."""
    state_noise: float = 0.05
    """Relative noise of the training states. It hides the speed that two poses give away: a policy that reads its own
    speed copies it, and stands still once it is slow (de Haan et al. 2019, arXiv 1905.11979)."""
    dynamics_iterations: int = 800
    """Of the model of touch, where the policy has one."""
    checkpoint_iterations: int = 500


@dataclass(slots=True)
class Trained:
    """The result: networks and what scales their inputs."""

    spec: PolicySpec
    arms: int
    tokenizer: AsymmetricTokenizer | None
    policy: DiffusionPolicy
    actions: Normaliser
    touch: Normaliser
    states: Normaliser
    plans: Normaliser
    """Of a row of one arm's plan: latents, or identity."""
    dynamics: TouchDynamics | None = None


def train(
    chunks: Chunks,
    spec: PolicySpec,
    config: TrainConfig,
    folder: Path,
    progress: Progress,
    fabric: "Fabric | None" = None,
) -> Trained:
    """Trains all stages, with checkpoints in ``folder``; goes on from them where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    return _Training(chunks, spec, config, folder, progress, fabric).run()


class _Training:
    def __init__(
        self,
        chunks: Chunks,
        spec: PolicySpec,
        config: TrainConfig,
        folder: Path,
        progress: Progress,
        fabric: "Fabric | None",
    ) -> None:
        self.spec, self.config, self._folder, self._progress, self._fabric = spec, config, folder, progress, fabric
        default = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._device = default if fabric is None else fabric.device
        self.arms = chunks.actions.shape[1]
        action_mask = np.ones(chunks.actions.shape[-1], bool)
        action_mask[-1] = spec.plans_force
        floor = INCREMENT_FLOOR if spec.increments else ACTION_FLOOR
        self._actions_scale = Normaliser.fit(chunks.actions, floor).masked(action_mask)
        self._touch_scale = Normaliser.fit(chunks.touch, TOUCH_FLOOR).masked(spec.touch_mask)
        self._states_scale = Normaliser.fit(chunks.states, STATE_FLOOR).masked(spec.state_mask)
        self._actions = self._tensor(self._actions_scale.normalise(chunks.actions))
        self._touch = self._tensor(self._touch_scale.normalise(chunks.touch))
        self._states = self._tensor(self._states_scale.normalise(chunks.states))
        self._state_mask = self._tensor(spec.state_mask.astype(np.float32))
        self._pictures = self._tensor(chunks.pictures)
        # The processes of a run share every batch.
        self._share = 1 if fabric is None else fabric.world_size
        self._frame_rows = chunks.frame_rows
        settings = asdict(config) | {
            "spec": repr(spec),
            "data": hashlib.sha256(
                chunks.actions.tobytes() + chunks.touch.tobytes() + chunks.states.tobytes()
            ).hexdigest(),
        }
        del settings["checkpoint_iterations"]
        self._settings = repr(sorted(settings.items()))

    def run(self) -> Trained:
        torch.manual_seed(self.config.seed)
        tokenizer = self._train_tokenizer() if self.spec.latent else None
        self._tokenizer = tokenizer
        plans_scale = self._encode(tokenizer)
        torch.manual_seed(self.config.seed + 1)
        policy = DiffusionPolicy(self.spec.steps, self.spec.size, self.arms, self.spec.diffusion).to(self._device)
        policy = self._stage("policy", policy, self._policy_loss, self.config.policy_iterations)
        if tokenizer is not None:
            if self.spec.decoder_on_plans:
                tokenizer = self._train_decoder(tokenizer, policy)
            tokenizer = tokenizer.cpu()
        dynamics = None
        if tokenizer is not None and self.spec.dynamics:
            dynamics = self._train_dynamics(tokenizer)
        scales = (self._actions_scale, self._touch_scale, self._states_scale, plans_scale)
        return Trained(self.spec, self.arms, tokenizer, policy.cpu(), *scales, dynamics)

    def _stage(self, name, network, loss, iterations):
        c = self.config
        return Stage(
            name,
            network,
            loss,
            iterations,
            c.seed,
            self._settings,
            self._folder,
            c.learning_rate,
            c.ema_decay,
            c.checkpoint_iterations,
            self._fabric,
        ).run(self._progress)

    def _train_tokenizer(self) -> AsymmetricTokenizer:
        # The arms share one tokenizer: each is decoded on its own touch.
        actions, touch = self._actions.flatten(0, 1), self._touch.flatten(0, 1)

        def loss(tokenizer: AsymmetricTokenizer, rng: np.random.Generator) -> Tensor:
            size = max(-(-self.config.batch_size // self._share), MEMBERS)
            rows = torch.from_numpy(rng.integers(len(actions), size=size)).to(self._device)
            return tokenizer.loss(actions[rows], touch[rows], self.config.kl_weight)[0]

        tokenizer = AsymmetricTokenizer().to(self._device)
        return self._stage("tokenizer", tokenizer, loss, self.config.tokenizer_iterations).requires_grad_(False)

    def _encode(self, tokenizer: AsymmetricTokenizer | None) -> Normaliser:
        """Sets the plans (N, T, arms * D) that the slow policy learns, and returns what scales one arm's row."""
        if tokenizer is None:
            size = self._actions.shape[-1]
            self._plans = _join_arms(self._actions)
            self._spread = torch.zeros(1, device=self._device)
            return Normaliser(np.zeros(size, np.float32), np.ones(size, np.float32))
        with torch.no_grad():
            parts = [tokenizer.encode(part) for part in self._actions.flatten(0, 1).split(4096)]
        means, log_variances = (torch.cat(part).unflatten(0, (-1, self.arms)) for part in zip(*parts, strict=True))
        scale = Normaliser.fit(means.cpu().numpy(), 1e-3)
        self._plan_mean, self._plan_scale = self._tensor(scale.mean), self._tensor(scale.scale)
        self._plans = _join_arms((means - self._plan_mean) / self._plan_scale)
        spread = (0.5 * log_variances).exp() / self._plan_scale
        self._spread = 0.0 * spread[:1] if self.spec.posterior_mean else spread
        self._spread = _join_arms(self._spread)
        return scale

    def _train_decoder(self, tokenizer: AsymmetricTokenizer, policy: DiffusionPolicy) -> AsymmetricTokenizer:
        """The decoder, trained on on what ``policy`` plans."""
        policy.requires_grad_(False)

        def loss(tokenizer: AsymmetricTokenizer, rng: np.random.Generator) -> Tensor:
            with torch.no_grad():
                rows, condition = self._draw(policy, rng)
                latents = policy.sample(condition, torch.randn_like(self._plans[rows]))
            return self._decoding_error(tokenizer, latents, rows).mean()

        tokenizer.encoder.requires_grad_(False)
        tokenizer.to_latent.requires_grad_(False)
        tokenizer.decoder.requires_grad_(True)
        tokenizer.to_action.requires_grad_(True)
        return self._stage("decoder", tokenizer, loss, self.config.decoder_iterations).requires_grad_(False)

    def _train_dynamics(self, tokenizer: AsymmetricTokenizer) -> TouchDynamics:
        """The model of touch; the last demonstrations tell how much doubt is usual."""
        count = len(self._actions)
        learned = count - max(count // HELD_OUT_PART, 1)
        actions, touch = self._actions[:learned].flatten(0, 1), self._touch[:learned].flatten(0, 1)

        def loss(dynamics: TouchDynamics, rng: np.random.Generator) -> Tensor:
            size = max(-(-self.config.batch_size // self._share), MEMBERS)
            rows = torch.from_numpy(rng.integers(len(actions), size=size)).to(self._device)
            return dynamics.loss(actions[rows], touch[rows])

        # Its beginning must not depend on which stages before it were resumed.
        torch.manual_seed(self.config.seed + 2)
        dynamics = self._stage(
            "dynamics", TouchDynamics().to(self._device), loss, self.config.dynamics_iterations
        ).cpu()
        rows = torch.linspace(learned, count - 1, CALIBRATION_PLANS).long()
        latents = self._plans[rows].unflatten(-1, (self.arms, -1)).transpose(1, 2).flatten(0, 1)
        latents = (latents * self._plan_scale + self._plan_mean).cpu()
        dynamics.calibrate(tokenizer, latents, self._touch[rows].flatten(0, 1)[:, 0].cpu())
        return dynamics

    def _draw(self, policy: DiffusionPolicy, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Rows of a random batch and the condition (B, C) that the policy makes of them."""
        c = self.config
        count = -(-c.frames // self._share)
        frames = rng.integers(len(self._frame_rows), size=count)
        first, stop = self._frame_rows[frames].T
        rows = (
            first[:, None] + rng.integers(1 << 30, size=(count, c.rows_per_frame)) % (stop - first)[:, None]
        ).ravel()
        rows = torch.from_numpy(rows).to(self._device)
        picture = self._pictures[torch.from_numpy(frames).to(self._device)].float()
        changed = augment(picture.flatten(0, 1), c.picture_noise, c.picture_colour).unflatten(0, picture.shape[:2])
        seen = policy.see(changed).repeat_interleave(c.rows_per_frame, dim=0)
        states = self._states[rows]
        states = states + c.state_noise * torch.randn_like(states) * self._state_mask
        return rows, policy.condition(states.flatten(1), seen)

    def _policy_loss(self, policy: DiffusionPolicy, rng: np.random.Generator) -> Tensor:
        rows, condition = self._draw(policy, rng)
        plan = self._plans[rows]
        if not self.spec.posterior_mean and self._spread.dim() > 1:
            plan = plan + self._spread[rows] * torch.randn_like(plan)
        estimate, level = policy.estimate(plan, condition)
        if not self.spec.diffusion:
            return (estimate - plan).abs().mean()
        loss = (estimate - plan).pow(2).mean()
        if self.spec.action_loss and self._tokenizer is not None:
            loss = loss + self.spec.action_loss * self._action_loss(estimate, level, rows)
        return loss

    def _action_loss(self, estimate: Tensor, level: Tensor, rows: Tensor) -> Tensor:
        """L1 of the decoded actions, the more the less noise the estimate was made from."""
        some = slice(None, None, max(len(rows) // ACTION_LOSS_ROWS, 1))
        error = self._decoding_error(self._tokenizer, estimate[some], rows[some])  # type: ignore[arg-type]
        return (level[some, None] * error).mean()

    def _decoding_error(self, tokenizer: AsymmetricTokenizer, plan: Tensor, rows: Tensor) -> Tensor:
        """(B, arms) L1 between the actions of ``rows`` and what is decoded from a plan (B, T, arms * D)."""
        latents = plan.unflatten(-1, (self.arms, -1)).transpose(1, 2).flatten(0, 1)
        latents = latents * self._plan_scale + self._plan_mean
        actions = tokenizer.decode(latents, self._touch[rows].flatten(0, 1))
        error = (actions - self._actions[rows].flatten(0, 1)).abs().mean(dim=(1, 2))
        return error.unflatten(0, (-1, self.arms))

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self._device)


def _join_arms(rows: Tensor) -> Tensor:
    """(N, T, arms * D) from (N, arms, T, D)."""
    return rows.transpose(1, 2).flatten(2)
