import math

import pytest

from touchloop.bench.monitor_score import EpisodeRow, clustered_interval, row_of, score_of
from touchloop.monitor.verdict import Verdict

NAN = float("nan")


def row(seed=1, mode="", step=0, fact_s=NAN, said="", said_step=0, said_s=NAN):
    return EpisodeRow(seed, "press", mode, step, fact_s, said, said_step, said_s, "")


RIGHT = row(1, "slip", 2, 5.0, "slip", 2, 5.2)
WRONG_CAUSE = row(2, "slip", 2, 5.0, "blocked", 2, 5.4)
WRONG_STEP = row(3, "slip", 2, 5.0, "slip", 3, 5.6)
MISSED = row(4, "slip", 2, 5.0)
TOO_EARLY = row(5, "slip", 2, 5.0, "slip", 2, 3.0)
QUIET = row(6)
FALSE_ALARM = row(7, said="slip", said_step=1, said_s=2.0)


def test_figures_of_a_mixed_lot():
    score = score_of([RIGHT, WRONG_CAUSE, WRONG_STEP, MISSED, TOO_EARLY, QUIET, FALSE_ALARM])
    assert score.base_rate == pytest.approx(5 / 7)
    assert score.recall == pytest.approx(3 / 5)
    assert score.precision == pytest.approx(3 / 5)
    assert score.false_alarm_rate == pytest.approx(1 / 2)
    assert score.balanced_accuracy == pytest.approx(0.5 * (0.6 + 0.5))
    assert score.localisation == pytest.approx(2 / 3)
    assert score.cause == pytest.approx(2 / 3)
    assert score.latency_p50_s == pytest.approx(0.4)


def test_a_monitor_that_always_alarms_and_one_that_never_does_are_at_chance():
    always = [row(k, "slip", 1, 5.0, "slip", 1, 5.1) for k in range(4)] + [
        row(k, said="slip", said_step=1, said_s=1.0) for k in range(4)
    ]
    never = [row(k, "slip", 1, 5.0) for k in range(4)] + [row(k) for k in range(4)]
    assert score_of(always).balanced_accuracy == score_of(never).balanced_accuracy == 0.5
    assert math.isnan(score_of(never).latency_p50_s)


def test_rows_keep_what_was_said():
    said = row_of(1, "grasp", "slip", 1, 2.0, Verdict("failed", "slip", 1, 0.9, ("it fell",)), 2.5)
    assert (said.said, said.said_step, said.evidence, said.latency_s) == ("slip", 1, "it fell", 0.5)
    assert not row_of(1, "grasp", "", 0, NAN, None, NAN).alarmed


def test_intervals_hold_the_value_and_widen_with_doubt():
    rows = [row(k, "slip", 1, 5.0, "slip", 1, 5.1) if k % 4 else row(k, "slip", 1, 5.0) for k in range(40)]
    low, high = clustered_interval([*rows, QUIET], "recall")
    assert low < 0.75 < high
    few_low, few_high = clustered_interval([*rows[:8], QUIET], "recall")
    assert few_high - few_low > high - low
