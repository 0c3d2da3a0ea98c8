import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.places.recall import precision_recall, recall_at, seed_interval


def test_recall_counts_frames_without_an_answer_as_misses():
    errors_m = np.full((4, 20), np.inf)
    errors_m[0, 0], errors_m[1, 3], errors_m[2, 12] = 1.0, 5.0, 4.0
    assert recall_at(errors_m) == {1: 0.25, 5: 0.5, 10: 0.5, 20: 0.75}


@given(st.integers(1, 60), st.integers(0, 10_000))
@settings(deadline=None)
def test_curve_properties(frames, seed):
    rng = np.random.default_rng(seed)
    answers = int(rng.integers(0, frames + 1))
    right, confidence = rng.random(answers) < 0.5, rng.integers(0, 5, answers) / 5.0
    curve = precision_recall(right, confidence, frames)
    assert (np.diff(curve.recall) >= 0.0).all()
    assert ((curve.precision >= 0.0) & (curve.precision <= 1.0)).all()
    assert 0.0 <= curve.area <= right.sum() / frames + 1e-12
    if answers:
        assert curve.recall[-1] == pytest.approx(right.sum() / frames)
        assert curve.precision[-1] == pytest.approx(right.mean())


def test_perfect_confidence_gives_the_whole_area():
    right = np.array([True, False, True, False])
    assert precision_recall(right, right.astype(float), 4).area == pytest.approx(0.5)


def test_intervals_are_students():
    low, high = seed_interval([0.4, 0.5, 0.6])
    assert (low + high) / 2 == pytest.approx(0.5)
    assert high - low == pytest.approx(2 * 4.3027 * 0.1 / math.sqrt(3), rel=1e-3)
    assert all(math.isnan(v) for v in seed_interval([0.5]))


def test_wrong_shapes_are_refused():
    with pytest.raises(InputError, match="recall"):
        recall_at(np.zeros((3, 5)))
    with pytest.raises(InputError, match="precision"):
        precision_recall(np.ones(5, bool), np.ones(5), 3)
