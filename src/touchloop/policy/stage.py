"""One network's optimisation with checkpoints, on one device or, through Lightning Fabric, on many."""

import copy
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from touchloop.errors import InputError

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Progress = Callable[[str, int, int, float], None]
"""Called with stage, iterations done, iterations in all, loss."""
Network = TypeVar("Network", bound=nn.Module)
SHOWN_EVERY = 20


class Learner(nn.Module, Generic[Network]):
    """A network and its loss, as one module, so that several processes can share the gradient."""

    def __init__(self, network: Network, loss: Callable[[Network, np.random.Generator], Tensor]) -> None:
        super().__init__()
        self.network = network
        self._loss = loss

    def forward(self, rng: np.random.Generator) -> Tensor:
        """Loss of a batch that ``rng`` draws."""
        return self._loss(self.network, rng)


class Stage(Generic[Network]):
    """Trains a network; the same seed gives the same batches, resumed or not.

    Args:
        name: of the checkpoint's file.
        network: is changed in place; ``average`` follows it.
        loss: maps the network and a random generator to a batch's loss.
        iterations: in all.
        seed: of batches and noise.
        settings: all that the result depends on; a checkpoint of others is refused.
        folder: for the checkpoint.
        fabric: shares the work of several processes; None: this process alone.
    """

    def __init__(
        self,
        name: str,
        network: Network,
        loss: Callable[[Network, np.random.Generator], Tensor],
        iterations: int,
        seed: int,
        settings: str,
        folder: Path,
        learning_rate: float = 1e-3,
        ema_decay: float = 0.999,
        checkpoint_iterations: int = 500,
        fabric: "Fabric | None" = None,
    ) -> None:
        self.name, self.network, self.iterations, self.seed = name, network, iterations, seed
        self.average = copy.deepcopy(network)
        self._ema_decay, self._checkpoint_iterations = ema_decay, checkpoint_iterations
        self._settings, self._path = settings, folder / f"{name}.checkpoint"
        self._optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=1e-4, fused=True)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimiser, iterations)
        self._fabric = fabric
        self._learner = Learner(network, loss)

    def run(self, progress: Progress) -> Network:
        """Trains to the end and returns the averaged network.

        Raises:
            InputError: the loss is not finite, or a checkpoint does not fit.
        """
        start = self._resume()
        rank = 0
        if self._fabric is not None:
            rank = self._fabric.global_rank
            self._learner, self._optimiser = self._fabric.setup(self._learner, self._optimiser)  # type: ignore[assignment]
        for iteration in range(start, self.iterations):
            rng = np.random.default_rng([self.seed, zlib.crc32(self.name.encode()), iteration, rank])
            torch.manual_seed(int(rng.integers(2**62)))
            loss = self._learner(rng)
            self._optimiser.zero_grad(set_to_none=True)
            if self._fabric is None:
                loss.backward()
            else:
                self._fabric.backward(loss)
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self._optimiser.step()
            self._schedule.step()
            self._update_average(iteration)
            self._after(iteration + 1, loss, progress, rank)
        return self.average

    def _after(self, done: int, loss: Tensor, progress: Progress, rank: int) -> None:
        last = done == self.iterations
        if done % SHOWN_EVERY == 0 or last:
            value = loss.item()
            if not np.isfinite(value):
                raise InputError(f"{self.name}: loss became {value} at iteration {done}; lower the learning rate")
            if rank == 0:
                progress(self.name, done, self.iterations, value)
        if rank == 0 and (done % self._checkpoint_iterations == 0 or last):
            self._save(done)

    def _update_average(self, iteration: int) -> None:
        decay = min(self._ema_decay, (1.0 + iteration) / (10.0 + iteration))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(value, 1.0 - decay)

    def _save(self, done: int) -> None:
        state = {
            "done": done,
            "settings": self._settings,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
        }
        part = self._path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self._path)

    def _resume(self) -> int:
        if not self._path.is_file():
            return 0
        try:
            state = torch.load(self._path, weights_only=True)
            settings = state["settings"]
        except (OSError, RuntimeError, EOFError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
            raise InputError(f"{self._path}: damaged checkpoint ({error}); delete it to begin anew") from error
        if settings != self._settings:
            raise InputError(
                f"{self._path}: made with other settings or demonstrations; train into another folder or delete it"
            )
        try:
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self._optimiser.load_state_dict(state["optimiser"])
            self._schedule.load_state_dict(state["schedule"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise InputError(
                f"{self._path}: made by another version of the networks; train into another folder or delete it"
            ) from error
        return state["done"]
