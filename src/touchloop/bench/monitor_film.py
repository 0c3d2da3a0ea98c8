"""Pictures of a run: at each event, and a coarse film."""

from dataclasses import dataclass, field

import numpy as np

from touchloop.monitor.run.monitored_run import MonitoredRun
from touchloop.tasks.workbench.bench import Workbench

OVERVIEW = "overview"


@dataclass(slots=True)
class RunFilm:
    """Takes a picture of the whole bench whenever something is said or done.

    Attributes:
        pictures: number of the event -> (H, W, 3) uint8.
    """

    pictures: dict[int, np.ndarray] = field(default_factory=dict)
    _seen: int = 0

    def look(self, bench: Workbench, run: MonitoredRun) -> None:
        """To be called after each tick."""
        if len(run.events) == self._seen:
            return
        picture = bench.render(OVERVIEW)
        for number in range(self._seen, len(run.events)):
            self.pictures[number] = picture
        self._seen = len(run.events)
