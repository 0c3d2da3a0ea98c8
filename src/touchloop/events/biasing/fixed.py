"""No control: the biases stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from touchloop.events.biasing.exchange import BiasCommand, RateObservation


@dataclass(frozen=True, slots=True)
class Fixed:
    """Changes nothing."""

    name: str = "fixed"

    def start(self, values: Mapping[str, int]) -> None:
        """No state."""

    def step(self, state: None, observation: RateObservation, dt_s: float) -> tuple[None, BiasCommand]:  # noqa: ARG002
        """Nothing."""
        return None, BiasCommand(reason="biases are fixed")
