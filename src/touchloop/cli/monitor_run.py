"""``touchloop monitor run``: an instruction on the simulated bench, watched and repaired."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from touchloop.bench.monitor_film import RunFilm
from touchloop.bench.monitor_repair import MODES, Mode, calls_of, run_on_bench
from touchloop.cli.monitor_calibrate import LIMITS
from touchloop.cli.monitor_plan import plan_for, show
from touchloop.errors import InputError
from touchloop.monitor.evidence.judges import judge_from
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.repair.memory import RepairMemory
from touchloop.monitor.run.seen_facts import facts_at_rest
from touchloop.report.monitor_page import write_monitor_page
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import MODES as FAILURES
from touchloop.tasks.workbench.failures import Failure
from touchloop.tasks.workbench.failures import Mode as FailureMode
from touchloop.tasks.workbench.skills import BACKENDS


@dataclass(frozen=True)
class Run:
    """Do what an instruction says on the simulated bench; notice failures, say why, repair, go on. Writes a report."""

    instruction: Annotated[str, tyro.conf.Positional] = (
        "wipe the board, then put the peg into the left hole and press the switch"
    )
    """What is to be done, in English."""
    seed: int = 0
    """Of the bench."""
    failure: str = ""
    """What to inject: MODE:STEP with the step from 1, as slip:4."""
    mode: str = "evidence"
    """How failures are noticed. none: not at all; log: by what skills say themselves; pictures: by pictures after each
    step; log_pictures: by both; evidence: by all evidence, each tick. All but none repair."""
    backend: str = "scripted"
    """Of the skills: scripted or learned."""
    limits: Path = LIMITS
    """From ``touchloop monitor calibrate``."""
    memory: Path | None = None
    """A file (JSON lines) of what repairs have worked, to be used and added to; without, nothing is remembered."""
    url: str = ""
    """Of an OpenAI-style endpoint that plans; without, the embedded planner does."""
    model: str = "default"
    """Of that endpoint."""
    vlm: str = ""
    """A vision-language model that judges pictures: a folder as weights/vlm, or an OpenAI-style endpoint's address.
    Without, no pictures are judged."""
    yes: bool = False
    """Do not ask for approval of the program."""
    out: Path | None = None
    """Folder for report.html; default runs/monitor-DATE-TIME."""

    def run(self) -> int:
        """0 where all goals are reached."""
        if self.backend not in BACKENDS:
            raise InputError(f"backend '{self.backend}': expected one of {', '.join(BACKENDS)}")
        mode = _mode(self.mode)
        judge = judge_from(self.vlm) if self.vlm else None
        limits, console = Limits.load(self.limits), Console()
        memory = RepairMemory(self.memory)
        if memory.problem:
            console.print(memory.problem, markup=False)
        out = self.out or Path("runs") / f"monitor-{datetime.now():%Y-%m-%d-%H-%M-%S}"
        with Workbench() as bench:
            bench.reset(self.seed)
            plan = plan_for(self.instruction, facts_at_rest(bench.view()), self.url, self.model)
            if show(plan, console) or plan.program is None:
                return 1
            if not self.yes and console.is_interactive and console.input("run this program? [y/N] ").lower() != "y":
                console.print("not approved; nothing was run")
                return 1
            failure = _failure(self.failure, len(calls_of(plan.program)))
            film = RunFilm()
            outcome = run_on_bench(
                bench, plan.program, limits, mode, self.seed, failure, self.backend, memory, each=film.look, judge=judge
            )
        for event in outcome.events:
            console.print(f"{event.time_s:7.2f} s  {event.kind:10s} {event.text}", markup=False, highlight=False)
        page = write_monitor_page(out, self.instruction, plan.program, outcome, film)
        console.print(f"{'reached' if outcome.success else 'NOT reached'} in {outcome.time_s:.1f} s; {page}")
        return 0 if outcome.success else 1


def _mode(name: str) -> Mode:
    for mode in MODES:
        if name == mode:
            return mode
    raise InputError(f"mode '{name}': expected one of {', '.join(MODES)}")


def _failure(text: str, steps: int) -> Failure | None:
    if not text:
        return None
    name, _, number = text.partition(":")
    modes: dict[str, FailureMode] = {mode: mode for mode in FAILURES}
    if name not in modes or not number.isdecimal() or not 1 <= int(number) <= steps:
        raise InputError(
            f"failure '{text}': expected MODE:STEP, a step from 1 to {steps}, and a mode of {', '.join(modes)}"
        )
    return Failure(modes[name], int(number) - 1)
