import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from touchloop.bench.results import EpisodeResult, as_json, summarise, wilson_interval


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys(counts: tuple[int, int]) -> None:
    successes, trials = counts
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    low, high = wilson_interval(successes, trials)
    assert low == pytest.approx(expected.low, abs=1e-6)
    assert high == pytest.approx(expected.high, abs=1e-6)
    assert 0.0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1.0


def result(success: bool, progress: float, peak_force_n: float) -> EpisodeResult:
    return EpisodeResult(3, "both", "", success, float(success), progress, 0.5, peak_force_n, 7.0)


def test_a_summary_counts_averages_and_keeps_the_highest_force() -> None:
    results = [result(True, 1.0, 7.0), result(False, 0.5, 19.0), result(True, 0.9, 8.0), result(True, 0.96, 8.0)]
    summary = summarise(results)
    assert (summary.episodes, summary.success_rate, summary.score_mean) == (4, 0.75, 0.75)
    assert summary.progress_mean == pytest.approx(0.84)
    assert summary.peak_force_max_n == 19.0
    assert (summary.success_low, summary.success_high) == wilson_interval(3, 4)
    content = as_json(results, {"task": "wipe"})
    assert content["task"] == "wipe"
    assert [row["success"] for row in content["rows"]] == [True, False, True, True]
