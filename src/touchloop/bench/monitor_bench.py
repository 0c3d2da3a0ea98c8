"""The benchmark of the execution monitor's detection: episodes with and without injected failures."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context

from touchloop.bench.monitor_episodes import Episode, episode_of, watched
from touchloop.bench.monitor_score import EpisodeRow, clustered_interval, row_of, score_of
from touchloop.bench.monitor_success import RepairRow, success_of
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.watch import Watch
from touchloop.monitor.verdict import Verdict
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import FailureRecord

INTERVALS = ("balanced_accuracy", "recall", "false_alarm_rate", "localisation", "cause")
DEVELOPMENT_SEEDS = (100, 700)
"""Seeds in this range were looked at while rules and limits were made; they are not for reporting."""


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


def content_of(rows: Sequence[EpisodeRow], repairs: Sequence[RepairRow], about: dict[str, object]) -> dict:
    """All that is written to ``--json``; the figures of detection stand at the top."""
    score = score_of(rows) if rows else None
    content: dict = dict(about)
    if score is not None:
        content |= asdict(score)
        content["intervals"] = {name: list(clustered_interval(rows, name)) for name in INTERVALS}
        content["rows"] = [asdict(row) | {"latency_s": row.latency_s} for row in rows]
    if repairs:
        content["success"] = {mode: {k: asdict(v) for k, v in of.items()} for mode, of in success_of(repairs).items()}
        content["repair_rows"] = [asdict(row) for row in repairs]
    return content
