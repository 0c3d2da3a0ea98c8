"""The benchmark of place recognition: does control of the biases help to know where one is?"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context

import numpy as np

from touchloop.bench.event_bench import Mean, mean_of
from touchloop.bench.vpr_drive import DRIVES, REFERENCE, ArmRecord, DriveJob, DriveRecord, drive_jobs, run_drive
from touchloop.bench.vpr_score import MODES, DriveScore, map_from, matrix_of, score
from touchloop.events.places.recall import RANKS, PrecisionRecall, precision_recall

ARMS = ("fixed", "jaer_bandwidth", "jaer_threshold", "jaer_refractory", "fast_slow", "steady")
OURS, FIXED = "steady", "fixed"
CHANGING = "changing"
AIM_POINTS = 0.15
"""Recall@1 above fixed biases on the drive through changing light."""
DEVELOPMENT_SEEDS = (900, 1000)
"""Seeds in this range were looked at while corridor and recognition were made; they are not for reporting."""
RECALLS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, slots=True)
class VprRow:
    """One arm on one kind of drive, by one way of matching; means over seeds.

    Attributes:
        arm: controller.
        drive: kind of light.
        mode: how frames are matched, one of ``MODES``.
        seeds: how many.
        recall: k -> share of the frames of which one of the k best candidates is right.
        used_recall: recall@1 of the usable frames only.
        used: share of frames that were usable.
        area: under the curve of precision over recall.
        in_band: share of the time with the event rate in the band.
        changes: bias changes of the drive.
    """

    arm: str
    drive: str
    mode: str
    seeds: int
    recall: dict[int, Mean]
    used_recall: Mean
    used: Mean
    area: Mean
    in_band: Mean
    changes: Mean


@dataclass(frozen=True)
class Example:
    """What the report shows of a seed.

    Attributes:
        seed: which.
        drives: kind -> its record, without descriptors.
        matrices: arm -> (frames, places) differences on the drive through changing light.
        places_m: arm -> (places,) positions in its map.
    """

    seed: int
    drives: dict[str, DriveRecord]
    matrices: dict[str, np.ndarray]
    places_m: dict[str, np.ndarray]


@dataclass(frozen=True)
class SeedResult:
    """All of a seed.

    Attributes:
        seed: which.
        scores: (arm, drive) -> score.
        example: for the report; of the first seed only.
    """

    seed: int
    scores: dict[tuple[str, str], DriveScore]
    example: Example | None = None


def run_bench(
    seeds: Sequence[int], arms: Sequence[str], size: tuple[int, int], length_m: float, workers: int
) -> Iterator[SeedResult | DriveJob]:
    """Runs all drives; yields each drive's job when it is done, and after a seed's last one its result.

    Raises:
        InputError: an unknown arm.
    """
    jobs = drive_jobs(seeds, arms, size, length_m)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        drives: list[Future[DriveRecord]] = [pool.submit(run_drive, job) for job in jobs]
        for first in range(0, len(jobs), len(DRIVES)):
            records: dict[str, DriveRecord] = {}
            for place in range(first, first + len(DRIVES)):
                records[jobs[place].drive] = drives[place].result()
                # A future keeps its result: 30 MB a drive.
                drives[place] = Future()
                yield jobs[place]
            yield _result(records, with_example=first == 0)


def _result(records: Mapping[str, DriveRecord], with_example: bool) -> SeedResult:
    reference = records[REFERENCE]
    seed, arms = reference.job.seed, reference.job.arms
    scores, matrices, places_m = {}, {}, {}
    for arm in arms:
        places = map_from(reference, arm)
        for drive in DRIVES[1:]:
            scores[arm, drive] = score(places, records[drive], arm)
        if with_example:
            matrices[arm] = matrix_of(places, records[CHANGING], arm)
            places_m[arm] = places.positions_m
    if not with_example:
        return SeedResult(seed, scores)
    slim = {name: _slim(record) for name, record in records.items()}
    return SeedResult(seed, scores, Example(seed, slim, matrices, places_m))


def _slim(record: DriveRecord) -> DriveRecord:
    nothing = np.empty((0, 0), np.int8)
    arms = {
        name: ArmRecord(nothing, a.active, a.rate_hz, a.values, a.changes, a.dropped, a.examples)
        for name, a in record.arms.items()
    }
    return DriveRecord(
        record.job, record.positions_m, record.speeds_m_s, record.looks_s, record.looks_m, record.lux, arms
    )


def rows_of(results: Sequence[SeedResult]) -> list[VprRow]:
    """A row for each drive, mode and arm; at least one result."""
    arms = list(dict.fromkeys(arm for arm, _ in results[0].scores))
    return [
        _row(arm, drive, mode, [result.scores[arm, drive] for result in results])
        for drive in DRIVES[1:]
        for mode in MODES
        for arm in arms
    ]


def _row(arm: str, drive: str, mode: str, scores: Sequence[DriveScore]) -> VprRow:
    answers = [one.answers[mode] for one in scores]
    recalls = [a.recall() for a in answers]
    curves = [curve_of(one, mode) for one in scores]
    return VprRow(
        arm,
        drive,
        mode,
        len(scores),
        {k: _share(mean_of([recall[k] for recall in recalls])) for k in RANKS},
        _share(mean_of([a.recall_of_used() for a in answers])),
        _share(mean_of([one.used for one in scores])),
        _share(mean_of([curve.area for curve in curves])),
        _share(mean_of([one.in_band for one in scores])),
        mean_of([float(one.changes) for one in scores]),
    )


def _share(mean: Mean) -> Mean:
    """A share's interval ends at 0 and 1."""
    return Mean(mean.mean, float(np.clip(mean.low, 0.0, 1.0)), float(np.clip(mean.high, 0.0, 1.0)))


def curve_of(one: DriveScore, mode: str) -> PrecisionRecall:
    """Precision over recall of a drive."""
    answers = one.answers[mode]
    answered = np.isfinite(answers.errors_m[:, 0])
    return precision_recall(answers.right[answered], answers.confidence[answered], len(answered))


def mean_curve(results: Sequence[SeedResult], arm: str, drive: str, mode: str) -> np.ndarray:
    """(101,) mean precision over seeds at recalls from 0 to 1; NaN where not every seed reaches the recall."""
    curves = [curve_of(result.scores[arm, drive], mode) for result in results]
    rows = [
        np.interp(RECALLS, curve.recall, curve.precision, right=np.nan) if len(curve.recall) else RECALLS * np.nan
        for curve in curves
    ]
    return np.mean(rows, axis=0)


def gains_of(results: Sequence[SeedResult]) -> list[dict]:
    """For each drive and mode: recall@1 of ours, of the best other arm, and ours minus fixed, seed by seed.

    Drives of a seed are the same for all arms, so differences are taken within a seed.
    """
    arms = list(dict.fromkeys(arm for arm, _ in results[0].scores))
    if OURS not in arms or len(arms) < 2:
        return []
    gains = []
    for drive in DRIVES[1:]:
        for mode in MODES:
            at_1 = {arm: [r.scores[arm, drive].answers[mode].recall()[1] for r in results] for arm in arms}
            others = {arm: float(np.mean(values)) for arm, values in at_1.items() if arm != OURS}
            best = max(others, key=lambda arm: others[arm])
            gain = {
                "drive": drive,
                "mode": mode,
                "ours": float(np.mean(at_1[OURS])),
                "best_other": best,
                "best_other_recall": others[best],
                "over_best_other": asdict(mean_of(np.subtract(at_1[OURS], at_1[best]).tolist())),
                "over_fixed": None,
            }
            if FIXED in at_1:
                gain["over_fixed"] = asdict(mean_of(np.subtract(at_1[OURS], at_1[FIXED]).tolist()))
            gain["met"] = _met(gain)
            gains.append(gain)
    return gains


def _met(gain: dict) -> bool:
    if gain["ours"] < gain["best_other_recall"]:
        return False
    over_fixed = gain["over_fixed"]
    return gain["drive"] != CHANGING or (over_fixed is not None and over_fixed["mean"] >= AIM_POINTS)


def content_of(results: Sequence[SeedResult], about: Mapping[str, object]) -> dict:
    """All that is written to ``--json``."""
    rows = rows_of(results)
    arms = list(dict.fromkeys(row.arm for row in rows))
    curves = [
        {
            "arm": arm,
            "drive": drive,
            "mode": mode,
            "precision": [None if np.isnan(p) else round(float(p), 4) for p in mean_curve(results, arm, drive, mode)],
        }
        for drive in DRIVES[1:]
        for mode in MODES
        for arm in arms
    ]
    by_seed = [
        {
            "seed": result.seed,
            "arm": arm,
            "drive": drive,
            **{mode: {str(k): v for k, v in one.answers[mode].recall().items()} for mode in MODES},
            "used": one.used,
            "in_band": one.in_band,
            "changes": one.changes,
            "places": one.places,
        }
        for result in results
        for (arm, drive), one in result.scores.items()
    ]
    return {
        **about,
        "gains": gains_of(results),
        "rows": [asdict(row) for row in rows],
        "by_seed": by_seed,
        "recalls": RECALLS.round(2).tolist(),
        "curves": curves,
    }
