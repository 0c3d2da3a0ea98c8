"""Training of the two stages of RDP: tokenizer, then latent diffusion. Seeded, resumable, on CPU or GPU."""

import copy
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import nn

from touchloop.errors import InputError
from touchloop.policy.augment import augment
from touchloop.policy.dataset import Chunks
from touchloop.policy.features import ACTION_FLOOR, STATE_FLOOR, TOUCH_FLOOR
from touchloop.policy.latent_diffusion import LatentDiffusionPolicy
from touchloop.policy.normaliser import Normaliser
from touchloop.policy.tokenizer import AsymmetricTokenizer

Progress = Callable[[str, int, int, float], None]
"""Called with stage, iterations done, iterations in all, loss."""
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class RdpConfig:
    """Settings of one training run."""

    seed: int = 0
    tokenizer_iterations: int = 2500
    diffusion_iterations: int = 6000
    batch_size: int = 128
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
    checkpoint_iterations: int = 500


@dataclass(slots=True)
class Trained:
    """The result: networks and what scales their inputs."""

    tokenizer: AsymmetricTokenizer
    diffusion: LatentDiffusionPolicy
    actions: Normaliser
    touch: Normaliser
    states: Normaliser
    latents: Normaliser


class _Stage(Generic[Network]):
    """One network's optimisation with checkpoints; the same seed gives the same batches, resumed or not."""

    def __init__(
        self, name: str, model: Network, iterations: int, config: RdpConfig, data_hash: str, folder: Path
    ) -> None:
        self.name, self.model, self.iterations, self.config = name, model, iterations, config
        self.average = copy.deepcopy(model)
        self._optimiser = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=1e-4)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimiser, iterations)
        self._path = folder / f"{name}.checkpoint"
        settings = asdict(config) | {"data": data_hash}
        del settings["checkpoint_iterations"]
        self._settings = repr(sorted(settings.items()))

    def run(self, count: int, loss_of: Callable[[torch.Tensor], torch.Tensor], progress: Progress) -> None:
        """Trains to the end; ``loss_of`` maps sample indices (B,) of ``count`` to a scalar."""
        loss_value = float("nan")
        for iteration in range(self._resume(), self.iterations):
            rng = np.random.default_rng([self.config.seed, zlib.crc32(self.name.encode()), iteration])
            torch.manual_seed(int(rng.integers(2**62)))
            loss = loss_of(torch.from_numpy(rng.integers(count, size=self.config.batch_size)))
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self._optimiser.step()
            self._schedule.step()
            self._update_average(iteration)
            done = iteration + 1
            if done % 20 == 0 or done == self.iterations:
                loss_value = loss.item()
                if not np.isfinite(loss_value):
                    raise InputError(
                        f"{self.name}: loss became {loss_value} at iteration {done}; lower the learning rate"
                    )
                progress(self.name, done, self.iterations, loss_value)
            if done % self.config.checkpoint_iterations == 0 or done == self.iterations:
                self._save(done)

    def _update_average(self, iteration: int) -> None:
        decay = min(self.config.ema_decay, (1.0 + iteration) / (10.0 + iteration))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(value, 1.0 - decay)

    def _save(self, done: int) -> None:
        state = {
            "done": done,
            "settings": self._settings,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            # The next stage's first weights are drawn from where this one left the generator.
            "generator": torch.get_rng_state(),
        }
        part = self._path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self._path)

    def _resume(self) -> int:
        if not self._path.is_file():
            return 0
        state = torch.load(self._path, weights_only=True)
        if state["settings"] != self._settings:
            raise InputError(
                f"{self._path}: made with other settings or demonstrations; train into another folder or delete it"
            )
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["generator"])
        return state["done"]


def train(chunks: Chunks, config: RdpConfig, folder: Path, progress: Progress) -> Trained:
    """Trains both stages, with checkpoints in ``folder``; goes on from them where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(config.seed)
    actions_scale = Normaliser.fit(chunks.actions, ACTION_FLOOR)
    touch_scale = Normaliser.fit(chunks.touch, TOUCH_FLOOR)
    states_scale = Normaliser.fit(chunks.states, STATE_FLOOR)
    actions = torch.from_numpy(actions_scale.normalise(chunks.actions)).to(device)
    touch = torch.from_numpy(touch_scale.normalise(chunks.touch)).to(device)
    states = torch.from_numpy(states_scale.normalise(chunks.states)).to(device)
    pictures = torch.from_numpy(chunks.pictures).to(device)
    picture_index = torch.from_numpy(chunks.picture_index).to(device)
    data_hash = hashlib.sha256(chunks.actions.tobytes() + chunks.touch.tobytes() + chunks.states.tobytes()).hexdigest()

    learner = AsymmetricTokenizer().to(device)
    first = _Stage("tokenizer", learner, config.tokenizer_iterations, config, data_hash, folder)
    first.run(len(actions), lambda i: learner.loss(actions[i], touch[i], config.kl_weight)[0], progress)
    tokenizer = first.average

    with torch.no_grad():
        # The posterior mean, not a sample, is the target: the loss falls further (see docs/rdp.md).
        latents = torch.cat([tokenizer.encode(part)[0] for part in actions.split(4096)])
    latents_scale = Normaliser.fit(latents.cpu().numpy(), 1e-3)
    latents = torch.from_numpy(latents_scale.normalise(latents.cpu().numpy())).to(device)

    diffusion = LatentDiffusionPolicy().to(device)

    def diffusion_loss(i: torch.Tensor) -> torch.Tensor:
        picture = augment(pictures[picture_index[i]].float(), config.picture_noise, config.picture_colour)
        state = states[i] + config.state_noise * torch.randn_like(states[i])
        return diffusion.loss(latents[i], state, picture)

    second = _Stage("diffusion", diffusion, config.diffusion_iterations, config, data_hash, folder)
    second.run(len(actions), diffusion_loss, progress)
    return Trained(tokenizer.cpu(), second.average.cpu(), actions_scale, touch_scale, states_scale, latents_scale)
