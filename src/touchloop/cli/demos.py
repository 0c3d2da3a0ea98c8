"""``touchloop demos``: demonstrations of a task, by its scripted expert or from bags."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import track

from touchloop.cli.demos_from_bags import demos_from_bags
from touchloop.data.bag_episodes import Wanted
from touchloop.data.demonstrate import demonstrate_all
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.tasks.registry import checked_task

LONGEST_AHEAD_S = 1.0


@dataclass(frozen=True)
class Demos:
    """Make demonstrations of a task; run again to go on where it stopped.

    Scripted ones: a fifth each is undisturbed, with the object moved before contact, after contact, with the arm
    pushed, and with the last two together. Or from bags, of a simulated or a real arm: the exit code is 1 if some of
    them were refused.
    """

    task: Annotated[str, tyro.conf.Positional]
    """Name of the task: wipe, peel, insert, lift, press or one that a package adds."""
    episodes: int = 200
    """How many scripted ones there shall be in the end."""
    seed: int = 0
    """Chooses the scenes; never one that an evaluation uses."""
    workers: int = 2
    """Processes that record at the same time."""
    out: Path | None = None
    """Folder; default demos/TASK."""
    from_bags: tuple[Path, ...] = ()
    """Take the episodes of these bags, or of all bags in these folders, instead."""
    namespace: str = ""
    """Of the bags' topics."""
    guided: bool = False
    """The arm was led by hand, or by something that sends no target_pose: its target is where it was a moment later,
    the planned force is the one with which it pressed then. So are bags without target_pose read in any case."""
    ahead_s: float = 0.1
    """That moment; about the lag of the arm behind its targets."""

    def run(self) -> int:
        """Record or read what is missing."""
        task = checked_task(self.task)
        for name in ("episodes", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        if not 0.0 <= self.ahead_s <= LONGEST_AHEAD_S:
            raise InputError(f"--ahead-s {self.ahead_s:g}: expected 0 to {LONGEST_AHEAD_S:g}")
        folder = self.out or Path("demos") / self.task
        store = EpisodeStore(folder)
        if self.from_bags:
            return demos_from_bags(self.from_bags, Wanted(task, self.namespace, self.guided, self.ahead_s), store)
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
