"""The benchmark of whole runs: instructions are planned and run, undisturbed or with a failure, in each mode."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context

import numpy as np

from touchloop.bench.monitor_repair import MODES, WITH_PICTURES, Mode, RunOutcome, calls_of, run_on_bench
from touchloop.monitor.evidence.judges import judge_from
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.pictures import Judge
from touchloop.monitor.language.embedded import EmbeddedPlanner
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import lasting
from touchloop.monitor.run.seen_facts import facts_at_rest
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import sample_failure

UNDISTURBED, FAILING = "undisturbed", "with a failure"


@dataclass(frozen=True, slots=True)
class RepairRow:
    """One instruction on one bench, run in one mode.

    Attributes:
        seed: of the bench.
        instruction: what was said.
        mode: how the run was watched, one of ``MODES``.
        failure: mode and step that were injected; empty for none.
        success: all goals are true in the end.
        status: how the run ended by its own account.
        repairs: how many there were.
        time_s: simulated.
        told: last sentence of the run.
        questions: asked of pictures.
        tokens: that they cost.
        asked_s: that they took, of real time.
    """

    seed: int
    instruction: str
    mode: str
    failure: str
    success: bool
    status: str
    repairs: int
    time_s: float
    told: str
    questions: int = 0
    tokens: int = 0
    asked_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Success:
    """Of the runs of a mode.

    Attributes:
        runs: how many.
        share: reached their goals.
        low, high: 95 % interval of it, seeds drawn again.
        repairs: a run, on average.
        time_s: simulated, median.
        questions, tokens: a run, on average.
        asked_s: real time that a question took, on average.
    """

    runs: int
    share: float
    low: float
    high: float
    repairs: float
    time_s: float
    questions: float
    tokens: float
    asked_s: float


@dataclass(frozen=True, slots=True)
class Ways:
    """How instructions are run.

    Attributes:
        modes: of ``MODES``.
        limits: of the watch.
        backend: of the skills.
        vlm: judges pictures in the modes that look at them: a folder of weights, or an endpoint's address.
    """

    modes: tuple[Mode, ...]
    limits: Limits
    backend: str = "scripted"
    vlm: str = ""


def run_instruction(seed: int, instruction: str, failing: bool, ways: Ways) -> list[RepairRow]:
    """An instruction on the bench of a seed: planned once, run in each mode with the same failure."""
    with Workbench() as bench:
        bench.reset(seed)
        facts = facts_at_rest(bench.view())
        plan = EmbeddedPlanner().plan(instruction, facts)
        if plan.program is None:
            told = "; ".join(str(problem) for problem in plan.problems)
            return [
                RepairRow(seed, instruction, mode, "", False, "not understood", 0, 0.0, told) for mode in ways.modes
            ]
        goals = lasting([goal.condition for goal in plan.goals], plan.program, facts, REGISTRY)
        calls = calls_of(plan.program)
        failure = sample_failure(calls, np.random.default_rng([seed, 31])) if failing else None
        name = "" if failure is None else f"{failure.mode} in step {failure.step + 1}"
        rows = []
        for mode in ways.modes:
            judge = _judge(ways.vlm) if mode in WITH_PICTURES else None
            outcome = run_on_bench(
                bench, plan.program, ways.limits, mode, seed, failure, ways.backend, goals=goals, judge=judge
            )
            rows.append(_row(seed, instruction, mode, name, outcome))
        return rows


def run_instructions(jobs: Sequence[tuple[int, str, bool]], ways: Ways, workers: int) -> Iterator[list[RepairRow]]:
    """All of them: (seed, instruction, with a failure)."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run_instruction, *job, ways) for job in jobs]):
            yield future.result()


def success_of(rows: Sequence[RepairRow]) -> dict[str, dict[str, Success]]:
    """Mode -> undisturbed, with a failure; instructions that were not understood count as undisturbed ones."""
    found: dict[str, dict[str, Success]] = {}
    for mode in MODES:
        for name, disturbed in ((UNDISTURBED, False), (FAILING, True)):
            chosen = [row for row in rows if row.mode == mode and bool(row.failure) == disturbed]
            if chosen:
                found.setdefault(mode, {})[name] = _success(chosen)
    return found


def _success(rows: Sequence[RepairRow]) -> Success:
    good = np.array([row.success for row in rows], float)
    drawn = np.random.default_rng(0).choice(good, (1000, len(good))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    questions = sum(row.questions for row in rows)
    return Success(
        len(rows),
        float(good.mean()),
        float(low),
        float(high),
        float(np.mean([row.repairs for row in rows])),
        float(np.median([row.time_s for row in rows])),
        questions / len(rows),
        sum(row.tokens for row in rows) / len(rows),
        sum(row.asked_s for row in rows) / questions if questions else 0.0,
    )


def _row(seed: int, instruction: str, mode: Mode, failure: str, outcome: RunOutcome) -> RepairRow:
    repairs = sum(event.kind == "repair" for event in outcome.events)
    told = outcome.events[-1].text if outcome.events else ""
    about = (outcome.success, outcome.status, repairs, outcome.time_s, told)
    return RepairRow(seed, instruction, mode, failure, *about, outcome.questions, outcome.tokens, outcome.asked_s)


@cache
def _judge(vlm: str) -> Judge:
    return judge_from(vlm)
