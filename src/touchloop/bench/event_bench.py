"""The benchmark of bias controllers: simulated cameras in closed loop over light and speed."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import TypeVar

import numpy as np
from scipy import stats

from touchloop.bench.event_loop import FRAME_HZ, PATCH, LoopJob, LoopResult
from touchloop.bench.event_overload import Overload, run_stream
from touchloop.bench.event_reach import ReachJob
from touchloop.bench.event_scenarios import SCENARIOS
from touchloop.events.biasing.controller import band_of
from touchloop.events.sensors.camera import checked_camera

OURS, PUBLISHED = "steady", "fast_slow"
AIM_IN_BAND = 0.95
AIM_CHANGES = 1.0 / 3.0
ALL = "all"
TRACED = ("drive", "speed_steps")
COST_HZ, COST_S = 10e6, 5.0
OVERLOAD_HZ, OVERLOAD_S = 50e6, 30.0
J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over seeds with its 95 % interval (Student); one seed has none."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EventRow:
    """One camera, controller and scenario; scenario ``all``: the mean over scenarios, seed by seed.

    Attributes:
        camera: name.
        controller: name.
        scenario: name, or ``all``.
        seeds: how many.
        in_band: share of the counted time with the rate in its band.
        changes: bias changes of a run; parameters that change at one instant count as one.
        parameters: single parameters changed.
        changes_a_minute: of changes.
        on_share: ON events over all.
        saturated_s: time with events lost in the arbiter.
        reachable: share of the counted time in which some fixed setting is in the band; None where not swept.
    """

    camera: str
    controller: str
    scenario: str
    seeds: int
    in_band: Mean
    changes: Mean
    parameters: Mean
    changes_a_minute: Mean
    on_share: Mean
    saturated_s: Mean
    reachable: float | None


def jobs_of(
    cameras: Sequence[str], controllers: Sequence[str], scenarios: Sequence[str], seeds: Sequence[int]
) -> list[LoopJob]:
    """All runs; the first seed's runs of two scenarios keep their traces for the report."""
    return [
        LoopJob(camera, controller, scenario, seed, traced=seed == seeds[0] and scenario in TRACED)
        for camera in cameras
        for scenario in scenarios
        for controller in controllers
        for seed in seeds
    ]


def reach_jobs(cameras: Sequence[str], scenarios: Sequence[str], seeds: Sequence[int]) -> list[ReachJob]:
    """A sweep for each camera, scenario and seed."""
    return [ReachJob(camera, scenario, seed) for camera in cameras for scenario in scenarios for seed in seeds]


def spread(run: Callable[[J], R], jobs: Iterable[J], workers: int) -> Iterator[R]:
    """What ``run`` makes of each job, in order; with one worker in this process."""
    if workers == 1:
        yield from map(run, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run, jobs)


def rows_of(results: Sequence[LoopResult], reach: Mapping[ReachJob, float]) -> list[EventRow]:
    """A row for each camera, scenario and controller, and one over all scenarios."""
    rows = []
    for camera in dict.fromkeys(r.job.camera for r in results):
        for scenario in (*dict.fromkeys(r.job.scenario for r in results), ALL):
            for controller in dict.fromkeys(r.job.controller for r in results):
                own = [r for r in results if (r.job.camera, r.job.controller) == (camera, controller)]
                own = own if scenario == ALL else [r for r in own if r.job.scenario == scenario]
                rows.append(_row(camera, controller, scenario, own, reach))
    return rows


def aims_of(rows: Sequence[EventRow]) -> list[dict]:
    """For each camera: share in the band and changes against the published law's, and whether the aim is met."""
    aims = []
    for ours in rows:
        if ours.controller != OURS or ours.scenario != ALL:
            continue
        peer = next((r for r in rows if (r.camera, r.controller, r.scenario) == (ours.camera, PUBLISHED, ALL)), None)
        ratio = ours.changes.mean / peer.changes.mean if peer and peer.changes.mean > 0.0 else None
        worst = min((r for r in rows if _beside(r, ours)), key=lambda r: r.in_band.mean, default=ours)
        aims.append(
            {
                "camera": ours.camera,
                "in_band": asdict(ours.in_band),
                "worst_scenario": worst.scenario,
                "worst_in_band": worst.in_band.mean,
                "reachable": ours.reachable,
                "changes_over_published": ratio,
                "in_band_met": ours.in_band.mean >= AIM_IN_BAND,
                "changes_met": ratio is not None and ratio <= AIM_CHANGES,
            }
        )
    return aims


def content_of(rows: Sequence[EventRow], streams: Mapping[str, Overload], about: Mapping[str, object]) -> dict:
    """All that is written to ``--json``."""
    cameras = dict.fromkeys(row.camera for row in rows)
    return {
        **about,
        "patch": list(PATCH),
        "frame_hz": FRAME_HZ,
        "bands_hz": {camera: list(band_of(checked_camera(camera))) for camera in cameras},
        "aims": aims_of(rows),
        "streams": {name: asdict(overload) for name, overload in streams.items()},
        "rows": [asdict(row) for row in rows],
    }


def measure_streams(camera: str) -> dict[str, Overload]:
    """Cost at 10 Mev/s, and overload at 50 Mev/s for 30 s."""
    return {"cost": run_stream(camera, COST_HZ, COST_S), "overload": run_stream(camera, OVERLOAD_HZ, OVERLOAD_S)}


def _row(
    camera: str, controller: str, scenario: str, results: Sequence[LoopResult], reach: Mapping[ReachJob, float]
) -> EventRow:
    seeds = list(dict.fromkeys(r.job.seed for r in results))
    by_seed = [[r for r in results if r.job.seed == seed] for seed in seeds]
    columns = {
        "in_band": lambda r: r.in_band,
        "changes": lambda r: float(r.changes),
        "parameters": lambda r: float(r.parameters),
        "changes_a_minute": lambda r: r.changes / r.minutes,
        "on_share": lambda r: r.on_share,
        "saturated_s": lambda r: r.saturated_s,
    }
    means = {name: mean_of([float(np.mean([get(r) for r in own])) for own in by_seed]) for name, get in columns.items()}
    known = [reach[key] for r in results if (key := ReachJob(camera, r.job.scenario, r.job.seed)) in reach]
    return EventRow(
        camera, controller, scenario, len(seeds), **means, reachable=float(np.mean(known)) if known else None
    )


def mean_of(values: Sequence[float]) -> Mean:
    """Mean and 95 % interval of independent values."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Mean(mean, math.nan, math.nan)
    half = float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))
    return Mean(mean, mean - half, mean + half)


def _beside(row: EventRow, ours: EventRow) -> bool:
    return (row.camera, row.controller) == (ours.camera, ours.controller) and row.scenario in SCENARIOS
