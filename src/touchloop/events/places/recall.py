"""How well places were recognised: recall of the best candidates, precision over recall, and intervals over seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from touchloop.errors import InputError

TRUTH_RADIUS_M = 5.0
"""arXiv 2403.16425."""
RANKS = (1, 5, 10, 20)


def recall_at(errors_m: np.ndarray, ranks: Sequence[int] = RANKS, radius_m: float = TRUTH_RADIUS_M) -> dict[int, float]:
    """Share of frames with a candidate within the radius among the first k.

    Args:
        errors_m: (frames, candidates) distance of each candidate from the truth, best first; NaN or infinite where
            there was none: a miss.
        ranks: values of k, at most the number of candidates.
        radius_m: what counts as right.

    Raises:
        InputError: no frames, or fewer candidates than asked for.
    """
    if errors_m.ndim != 2 or not len(errors_m) or max(ranks) > errors_m.shape[1]:
        raise InputError(f"recall: errors of shape {errors_m.shape}; expected frames, and {max(ranks)} candidates each")
    right = errors_m <= radius_m
    return {k: float(right[:, :k].any(axis=1).mean()) for k in ranks}


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision over recall as the confidence that is asked for falls.

    Attributes:
        recall: (n,) rising: right answers over all frames that should be recognised.
        precision: (n,) right answers over all answers.
        area: under the curve; at most the largest recall.
    """

    recall: np.ndarray
    precision: np.ndarray
    area: float


def precision_recall(right: np.ndarray, confidence: np.ndarray, frames: int) -> PrecisionRecall:
    """The curve.

    Args:
        right: (answers,) bool.
        confidence: (answers,) of each.
        frames: all that should have been recognised, those without an answer too.

    Raises:
        InputError: lengths that differ, or fewer frames than answers.
    """
    if right.shape != confidence.shape or not frames >= max(len(right), 1):
        raise InputError(
            f"precision: {right.shape} answers, {confidence.shape} confidences, {frames} frames; "
            "expected as many of both, and frames at least that"
        )
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(right[order])
    # Answers of equal confidence are accepted together.
    ends = np.flatnonzero(np.append(np.diff(confidence[order]) != 0.0, True)) if len(right) else np.empty(0, int)
    recall, precision = hits[ends] / frames, hits[ends] / (ends + 1)
    area = float(np.sum(np.diff(np.append(0.0, recall)) * precision))
    return PrecisionRecall(recall, precision, area)


def seed_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean over seeds, by Student's t; frames of one drive are no independent trials, drives are.

    A single value gives (nan, nan).
    """
    count = len(values)
    if count < 2:
        return float("nan"), float("nan")
    mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
    reach = float(student.ppf(0.975, count - 1)) * deviation / count**0.5
    return max(mean - reach, 0.0), min(mean + reach, 1.0)
