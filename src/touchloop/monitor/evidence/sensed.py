"""What the monitor gets to know in a tick: nothing that a real bench with cameras would not report."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from touchloop.sim.observation import Observation
from touchloop.sim.workbench.coupler import Grip
from touchloop.tasks.workbench.execution import Tick
from touchloop.tasks.workbench.view import View


@dataclass(frozen=True, slots=True)
class Sensed:
    """One tick of a run."""

    time_s: float
    """Since the run's start."""
    step: int
    """Number of the program's step that runs, from 1."""
    skill: str
    """Its skill; empty while none runs."""
    args: Mapping[str, str]
    view: View
    """Poses as cameras report them."""
    observations: tuple[Observation, Observation]
    """Of the left and the right arm."""
    grips: tuple[Grip, Grip]
    """What the couplers were told last."""
    done: bool = False
    """The skill has ended in this tick, by itself or because it gave up."""
    gave_up: str = ""
    """Why."""
    next_call: tuple[str, Mapping[str, str]] | None = None
    """What the program has after this step."""
    ink_share: float | None = None
    """Share of the board's ink that a camera still sees; None: not looked at, or hidden."""
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Pictures by camera, where some were taken."""


def sensed_of(
    tick: Tick, next_call: tuple[str, Mapping[str, str]] | None = None, ink_share: float | None = None
) -> Sensed:
    """A bench's tick without its ground truth."""
    return Sensed(
        tick.time_s,
        tick.step + 1,
        tick.skill,
        tick.args,
        tick.view,
        tick.observations,
        tick.grips,
        tick.done,
        tick.gave_up,
        next_call,
        ink_share,
    )
