"""A task that nobody has built in simulation: it is known by its recorded demonstrations alone."""

from dataclasses import dataclass, field
from typing import Never

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.errors import InputError
from touchloop.sim.scene import Scene
from touchloop.tasks.perturbation import Bounds, Magnitudes

_NOT_DISTURBED = Magnitudes(Bounds((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), None)


@dataclass(frozen=True)
class RecordedTask:
    """For real arms: it is trained from bags and runs through real.launch.xml; there is nothing to simulate or score.

    Attributes:
        name: of the task, as that of its entry point.
        force_band_n: what the contact force shall stay between [N].
        arms: their namespaces.
        controller: workspace, force bounds and gains.
    """

    name: str
    force_band_n: tuple[float, float]
    arms: tuple[str, ...] = ("",)
    controller: ControllerConfig = field(default_factory=ControllerConfig)
    variants: tuple[str, ...] = ("",)
    magnitudes: Magnitudes = _NOT_DISTURBED

    def sample(self, rng: np.random.Generator) -> Never:  # noqa: ARG002
        """There is no scene; raises InputError."""
        return self._refuse()

    def score(self) -> Never:
        """There is no judge; raises InputError."""
        return self._refuse()

    def expert(self, scene: Scene, rng: np.random.Generator, jitter_m: float = 0.0) -> Never:  # noqa: ARG002
        """There is no demonstrator; raises InputError."""
        return self._refuse()

    def _refuse(self) -> Never:
        raise InputError(
            f"task '{self.name}' has no simulation; record it on an arm, then: touchloop demos {self.name} --from-bags"
        )
