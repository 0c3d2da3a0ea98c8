"""``touchloop train``: a policy from demonstrations."""

import shlex
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import torch
import tyro
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.policy.dataset import load_chunks
from touchloop.policy.export import export
from touchloop.policy.fabric import make_fabric
from touchloop.policy.spec import checked_policy
from touchloop.policy.train import TrainConfig, train
from touchloop.policy.weights import default_weights
from touchloop.tasks.registry import checked_task


@dataclass(frozen=True)
class Train:
    """Train a policy on recorded demonstrations; run again to go on where it stopped."""

    policy: Annotated[str, tyro.conf.Positional]
    """Which policy: dp, dp_touch, act, rdp, rdp_tactile or touchloop."""
    task: str = "wipe"
    """What the demonstrations show."""
    demos: Path | None = None
    """Their folder; default demos/TASK."""
    episodes: int | None = None
    """Learn from the first so many successful demonstrations; default all."""
    perturbed: bool = True
    """Learn from disturbed demonstrations too."""
    out: Path | None = None
    """Where the weights go; default weights/TASK/POLICY, where the nodes look for them."""
    checkpoints: Path | None = None
    """Where the state of training is kept; default training/TASK_POLICY_SEED."""
    threads: int = 2
    """Processor cores to use, in each process."""
    devices: int = 1
    """GPUs, or processes where there are none, on this host; each takes its share of every batch."""
    hosts: int = 1
    """Machines; with several, start it by torchrun on each."""
    config: Annotated[TrainConfig, tyro.conf.arg(name="")] = field(default_factory=TrainConfig)

    def run(self) -> int:
        """Train and export."""
        arms = checked_task(self.task).arms
        spec = checked_policy(self.policy)
        self._check()
        torch.set_num_threads(self.threads)
        fabric = make_fabric(self.devices, self.hosts)
        started_s = time.monotonic()
        store = EpisodeStore(self.demos or Path("demos") / self.task)
        out = self.out or default_weights(self.task, self.policy)
        checkpoints = self.checkpoints or Path("training") / f"{self.task}_{self.policy}_{self.config.seed}"
        leads = fabric is None or fabric.global_rank == 0
        console = Console(quiet=not leads)
        with console.status(f"reading {store.folder}"):
            chunks, pca, count = load_chunks(store, self.task, spec, self.episodes, self.perturbed)
        if chunks.actions.shape[1] != len(arms):
            raise InputError(
                f"{store.folder}: demonstrations with {chunks.actions.shape[1]} arms; '{self.task}' has {len(arms)}"
            )
        console.print(
            f"{count} demonstrations: {len(chunks.actions)} chunks, {len(chunks.pictures)} pictures", highlight=False
        )
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("loss {task.fields[loss]:.4f}"),
        )
        with Progress(*columns, console=console) as bars:
            tasks = {}

            def show(stage: str, done: int, total: int, loss: float) -> None:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(stage, total=total, loss=loss)
                bars.update(tasks[stage], completed=done, loss=loss)

            trained = train(chunks, spec, self.config, checkpoints, show, fabric)
        if not leads:
            return 0
        data_hash = store.content_hash()
        card = export(out, trained, pca, self.config, self.task, count, data_hash, _commit(), self._command())
        passed_s = time.monotonic() - started_s
        console.print(f"{out}: weights {card.weights_id}, trained in {passed_s / 60:.1f} min", highlight=False)
        return 0

    def _check(self) -> None:
        counts = {name: value for name, value in asdict(self.config).items() if isinstance(value, int)}
        del counts["seed"]
        if self.episodes is not None:
            counts["episodes"] = self.episodes
        own = {name: getattr(self, name) for name in ("threads", "devices", "hosts")}
        for name, value in {**own, **counts}.items():
            if value < 1:
                raise InputError(f"--{name.replace('_', '-')} {value}: expected 1 or more")
        if self.config.seed < 0:
            raise InputError(f"--seed {self.config.seed}: expected 0 or more")
        if not 0.0 < self.config.learning_rate < 1.0:
            raise InputError(f"--learning-rate {self.config.learning_rate}: expected more than 0, less than 1")

    def _command(self) -> str:
        """What makes the same weights again from the same demonstrations."""
        changed = [
            f"--{name.replace('_', '-')} {value}"
            for name, value in asdict(self.config).items()
            if value != getattr(TrainConfig(), name)
        ]
        if self.episodes is not None:
            changed.append(f"--episodes {self.episodes}")
        if not self.perturbed:
            changed.append("--no-perturbed")
        return shlex.join(["touchloop", "train", self.policy, "--task", self.task]) + "".join(f" {c}" for c in changed)


def _commit() -> str:
    """The commit of the working tree, marked if it has changes; 'unknown' outside a checkout."""
    here = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()
