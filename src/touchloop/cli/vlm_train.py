"""``touchloop vlm train``: the embedded model from generated questions about simulated pictures."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from touchloop.errors import InputError


@dataclass(frozen=True)
class Train:
    """Render pictures, learn to see and to answer, and write the weights; run again to go on where it stopped."""

    out: Path | None = None
    """Where the weights go; default weights/vlm, where all look for them."""
    data: Path = Path("training/vlm")
    """Where pictures and half-done training are kept."""
    scenes: int = 1800
    """Benches to learn from, seven pictures each."""
    epochs: int = 9
    """How often each picture is seen."""
    steps: int = 2000
    """Batches of questions."""
    seed: int = 0
    threads: int = 1
    """Processor cores. More than one is slower where others use them too."""

    def run(self) -> int:
        """Train and export."""
        for name in ("scenes", "epochs", "steps", "threads"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        # Torch takes a second, which 'eval' and 'serve' need not wait for.
        from touchloop.monitor.vlm.card import default_folder
        from touchloop.monitor.vlm.training import Plan, train_all

        console = Console()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, TextColumn("{task.fields[note]}"), console=console) as bars:
            tasks = {}

            def show(stage: str) -> Callable[[int, int, float], None]:
                def update(done: int, total: int, loss: float) -> None:
                    if stage not in tasks:
                        tasks[stage] = bars.add_task(stage, total=total, note="")
                    bars.update(tasks[stage], completed=done, note=f"loss {loss:.3f}" if loss else "")

                return update

            plan = Plan(self.data, self.scenes, self.epochs, self.steps, self.seed, self.threads)
            card = train_all(plan, self.out or default_folder(), self._command(), show)
        total_s = sum(card.train_s.values())
        console.print(
            f"{self.out or default_folder()}: {card.parameters} weights, {total_s / 60:.1f} processor minutes"
        )
        return 0

    def _command(self) -> str:
        changed = [
            f"--{name} {getattr(self, name)}"
            for name in ("scenes", "epochs", "steps", "seed")
            if getattr(self, name) != getattr(type(self), name)
        ]
        return shlex.join(["touchloop", "vlm", "train"]) + "".join(f" {c}" for c in changed)
