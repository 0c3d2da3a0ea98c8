"""``touchloop demos``: scripted demonstrations of a task."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import track

from touchloop.data.demonstrate import demonstrate_all
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.tasks.registry import checked_task


@dataclass(frozen=True)
class Demos:
    """Record scripted demonstrations of a task; run again to go on where it stopped.

    A fifth each is undisturbed, with the object moved before contact, after contact, with the arm pushed, and with the
    last two together.
    """

    task: Annotated[str, tyro.conf.Positional]
    """Name of the task: wipe, peel, insert, lift or press."""
    episodes: int = 200
    """How many there shall be in the end."""
    seed: int = 0
    """Chooses the scenes; never one that an evaluation uses."""
    workers: int = 2
    """Processes that record at the same time."""
    out: Path | None = None
    """Folder; default demos/TASK."""

    def run(self) -> int:
        """Record what is missing."""
        checked_task(self.task)
        for name in ("episodes", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        folder = self.out or Path("demos") / self.task
        store = EpisodeStore(folder)
        missing = sum(not store.has(index) for index in range(self.episodes))
        console = Console()
        console.print(f"{self.episodes - missing} of {self.episodes} demonstrations are there", highlight=False)
        recorded = demonstrate_all(folder, self.task, self.episodes, self.seed, self.workers)
        failed = [
            i for i, success in track(recorded, f"recording {self.task}", missing, console=console) if not success
        ]
        console.print(
            f"{folder}: {self.episodes} demonstrations, {len(failed)} of the new ones failed", highlight=False
        )
        return 0
