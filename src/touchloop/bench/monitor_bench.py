"""The benchmark of the execution monitor: detection on injected failures, and success with and without repair."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context

import numpy as np

from touchloop.bench.monitor_episodes import Episode, episode_of, watched
from touchloop.bench.monitor_repair import MODES, Mode, calls_of, run_on_bench
from touchloop.bench.monitor_score import EpisodeRow, clustered_interval, row_of, score_of
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.watch import Watch
from touchloop.monitor.language.embedded import EmbeddedPlanner
from touchloop.monitor.run.seen_facts import facts_at_rest
from touchloop.monitor.verdict import Verdict
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import FailureRecord, sample_failure

INTERVALS = ("balanced_accuracy", "recall", "false_alarm_rate", "localisation", "cause")
DEVELOPMENT_SEEDS = (100, 700)
"""Seeds in this range were looked at while rules and limits were made; they are not for reporting."""


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


def detect(seed: int, failing: bool, limits: Limits, backend: str = "scripted") -> EpisodeRow:
    """One episode, watched to its end or to the first verdict of a failure that is after the failure itself."""
    with Workbench() as bench:
        episode = episode_of(bench, seed, failing)
        watch = Watch(limits)
        state, first, said_s = watch.start(), None, float("nan")
        record = None
        for sensed, tick in watched(bench, episode, backend):
            record = tick.record
            if first is None:
                state, verdict = watch.step(state, sensed, PERIOD_S)
                if verdict.status == "failed":
                    first, said_s = verdict, sensed.time_s
            elif record is not None or not failing:
                break
        return _row(episode, record, first, said_s)


def _row(episode: Episode, record: FailureRecord | None, first: Verdict | None, said_s: float) -> EpisodeRow:
    program = " ".join(name for name, _ in episode.calls)
    if record is None:
        return row_of(episode.seed, program, "", 0, float("nan"), first, said_s)
    return row_of(episode.seed, program, record.mode, record.step + 1, record.time_s, first, said_s)


def detect_all(seeds: Sequence[int], limits: Limits, workers: int, backend: str = "scripted") -> Iterator[EpisodeRow]:
    """Every other seed with a failure; in the order in which they end."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(detect, seed, index % 2 == 0, limits, backend) for index, seed in enumerate(seeds)]
        for job in as_completed(jobs):
            yield job.result()


def good_scores(seed: int, backend: str = "scripted") -> list[tuple[str, dict[str, float]]]:
    """Scores of the steps of an undisturbed episode that reached all that it should."""
    with Workbench() as bench:
        episode = episode_of(bench, seed, failing=False)
        watch = Watch(Limits({}))
        state, gave_up = watch.start(), ""
        for sensed, tick in watched(bench, episode, backend):
            state, _ = watch.step(state, sensed, PERIOD_S)
            gave_up = gave_up or tick.gave_up
        return [] if gave_up else [(skill, dict(scores)) for skill, scores in state.finished]


def calibrate(
    seeds: Sequence[int], workers: int, backend: str = "scripted"
) -> Iterator[list[tuple[str, dict[str, float]]]]:
    """Scores of each of these seeds' good steps."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for job in as_completed([pool.submit(good_scores, seed, backend) for seed in seeds]):
            yield job.result()


def run_instruction(
    seed: int, instruction: str, failing: bool, modes: Sequence[Mode], limits: Limits, backend: str = "scripted"
) -> list[RepairRow]:
    """An instruction on the bench of a seed: planned, run in each mode with the same failure."""
    with Workbench() as bench:
        bench.reset(seed)
        plan = EmbeddedPlanner().plan(instruction, facts_at_rest(bench.view()))
        if plan.program is None:
            told = "; ".join(str(problem) for problem in plan.problems)
            return [RepairRow(seed, instruction, mode, "", False, "not understood", 0, 0.0, told) for mode in modes]
        calls = calls_of(plan.program)
        failure = sample_failure(calls, np.random.default_rng([seed, 31])) if failing else None
        rows = []
        for mode in modes:
            outcome = run_on_bench(bench, plan.program, limits, mode, seed, failure, backend)
            repairs = sum(event.kind == "repair" for event in outcome.events)
            told = outcome.events[-1].text if outcome.events else ""
            name = "" if failure is None else f"{failure.mode} in step {failure.step + 1}"
            rows.append(
                RepairRow(seed, instruction, mode, name, outcome.success, outcome.status, repairs, outcome.time_s, told)
            )
        return rows


def run_instructions(
    jobs: Sequence[tuple[int, str, bool]],
    modes: Sequence[Mode],
    limits: Limits,
    workers: int,
    backend: str = "scripted",
) -> Iterator[list[RepairRow]]:
    """All of them: (seed, instruction, with a failure)."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(run_instruction, *job, modes, limits, backend) for job in jobs]
        for future in as_completed(futures):
            yield future.result()


def content_of(rows: Sequence[EpisodeRow], repairs: Sequence[RepairRow], about: dict[str, object]) -> dict:
    """All that is written to ``--json``; the figures of detection stand at the top."""
    score = score_of(rows) if rows else None
    content: dict = dict(about)
    if score is not None:
        content |= asdict(score)
        content["intervals"] = {name: list(clustered_interval(rows, name)) for name in INTERVALS}
        content["rows"] = [asdict(row) | {"latency_s": row.latency_s} for row in rows]
    if repairs:
        content["success"] = success_of(repairs)
        content["repair_rows"] = [asdict(row) for row in repairs]
    return content


def success_of(repairs: Sequence[RepairRow]) -> dict[str, dict[str, float]]:
    """Share of runs that reached their goals: mode -> undisturbed, with a failure."""
    found: dict[str, dict[str, float]] = {}
    for mode in MODES:
        for name, disturbed in (("undisturbed", False), ("with a failure", True)):
            chosen = [row.success for row in repairs if row.mode == mode and bool(row.failure) == disturbed]
            if chosen:
                found.setdefault(mode, {})[name] = float(np.mean(chosen))
    return found
