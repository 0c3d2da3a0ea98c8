from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from step_streams import step_test

from touchloop.calibration.latency import measure_latencies
from touchloop.calibration.streams import Stream, simulated_arrivals
from touchloop.errors import InputError

AGES_S = {"joint_states": 0.002, "tcp_pose": 0.011, "tcp_twist": 0.0, "wrench": 0.0173}


@settings(max_examples=15, deadline=None)
@given(st.floats(0.002, 0.08), st.floats(0.0, 0.06), st.floats(0.0, 0.1), st.integers(0, 99))
def test_lag_and_ages_are_found_below_the_period(servo_s: float, dead_s: float, age_s: float, seed: int) -> None:
    """At 250 Hz, with 0.01 mrad and 0.02 N of noise; the lag of slow motion is dead time plus the servo's constant."""
    ages = AGES_S | {"tcp_pose": age_s}
    found = measure_latencies(step_test(servo_s, dead_s, ages, noise=1.0, seed=seed))
    assert len(found.steps_s) == 8
    assert found.delays["command"].mean_s == pytest.approx(servo_s + dead_s, abs=0.0015)
    for name, true_s in ages.items():
        assert found.delays[name].mean_s == pytest.approx(true_s, abs=0.002 if name == "wrench" else 0.0005)


def test_jitter_shows_in_the_uncertainty_and_shifts_by_its_mean() -> None:
    streams = [step_test(0.02, 0.03, AGES_S, noise=1.0, jitter_s=jitter_s) for jitter_s in (0.0, 0.02)]
    calm, shaky = (measure_latencies(both).delays["tcp_pose"] for both in streams)
    true_s = float(np.mean(streams[1]["tcp_pose"].arrivals_s - streams[1]["tcp_pose"].stamps_s))
    assert shaky.mean_s == pytest.approx(true_s, abs=0.002)
    assert shaky.error_s > 3.0 * calm.error_s


def test_a_stream_without_an_echo_is_named_and_tells_nothing() -> None:
    streams = step_test(0.02, 0.03, AGES_S, noise=1.0)
    rng = np.random.default_rng(0)
    dead = streams["wrench"]
    streams["wrench"] = replace(dead, values=rng.standard_normal(dead.values.shape))
    found = measure_latencies(streams)
    assert "wrench" not in found.delays
    assert found.notes[0].startswith("wrench: the step is seen in 0 of 8")


def test_what_cannot_be_measured_is_refused() -> None:
    good = step_test(0.02, 0.03, AGES_S)
    with pytest.raises(InputError, match="2 steps with a rest"):
        measure_latencies(step_test(0.02, 0.03, AGES_S, count=2))
    with pytest.raises(InputError, match="command has fewer than 50 messages"):
        measure_latencies({"echo": good["echo"]})
    still = replace(good["echo"], values=1e-9 * np.ones_like(good["echo"].values))
    with pytest.raises(InputError, match="the arm followed 0 of 8 steps"):
        measure_latencies(good | {"echo": still})
    broken = replace(good["wrench"], values=np.full_like(good["wrench"].values, np.nan))
    with pytest.raises(InputError, match="wrench has values that are not finite"):
        measure_latencies(good | {"wrench": broken})
    resting = replace(good["command"], values=np.zeros_like(good["command"].values))
    with pytest.raises(InputError, match="0 steps"):
        measure_latencies(good | {"command": resting})


@given(st.floats(0.25, 2.0), st.floats(-100.0, 100.0), st.integers(0, 50))
def test_arrivals_are_told_in_simulated_time(rate: float, offset_s: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    stamps = np.arange(0.0, 5.0, 0.004)
    late_s = rng.exponential(0.001, len(stamps))
    arrivals = (stamps + late_s - offset_s) / rate
    found_offset, found_rate = simulated_arrivals(Stream(arrivals, stamps, np.zeros((len(stamps), 1))))
    assert found_rate == pytest.approx(rate, rel=1e-3)
    np.testing.assert_allclose(found_rate * arrivals + found_offset, stamps + late_s, atol=0.0005)
    with pytest.raises(InputError, match="expected 50 or more"):
        simulated_arrivals(Stream(arrivals[:9], stamps[:9], np.zeros((9, 1))))
