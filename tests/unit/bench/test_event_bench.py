import math
from dataclasses import replace

import numpy as np
import pytest

from touchloop.bench import event_loop
from touchloop.bench.event_bench import ALL, aims_of, content_of, jobs_of, mean_of, rows_of
from touchloop.bench.event_loop import LoopJob, run_loop
from touchloop.bench.event_overload import run_stream
from touchloop.bench.event_reach import ReachJob, settings_of
from touchloop.bench.event_scenarios import SCENARIOS, scenario_of
from touchloop.cli.events_bench import Bench
from touchloop.errors import InputError
from touchloop.events.sensors.camera import CAMERAS
from touchloop.report.event_page import render_event_page

SEED = 41


@pytest.fixture(scope="module", autouse=True)
def short_scenarios():
    """The first speed step and the one back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_loop, "scenario_of", lambda name, seed: replace(scenario_of(name, seed), duration_s=13.0))
        yield


@pytest.fixture(scope="module")
def results(short_scenarios):  # noqa: ARG001
    jobs = jobs_of(["davis346"], ["fixed", "fast_slow", "steady"], ["speed_steps"], [SEED])
    return [run_loop(job) for job in jobs]


def test_ours_beats_the_published_law_where_speed_changes(results):
    by_name = {r.job.controller: r for r in results}
    assert by_name["fixed"].changes == 0
    assert by_name["steady"].in_band > by_name["fast_slow"].in_band
    assert by_name["steady"].changes < by_name["fast_slow"].changes / 3.0


def test_the_same_seed_gives_the_same_run(results):
    again = run_loop(results[-1].job)
    assert again.trace.rate_hz == results[-1].trace.rate_hz
    assert again.changes == results[-1].changes


def test_rows_aims_json_and_page_hold_together(results):
    rows = rows_of(results, {ReachJob("davis346", "speed_steps", SEED): 1.0})
    assert [row.scenario for row in rows] == ["speed_steps"] * 3 + [ALL] * 3
    (aim,) = aims_of(rows)
    ours = next(row for row in rows if row.controller == "steady" and row.scenario == ALL)
    assert aim["in_band"]["mean"] == ours.in_band.mean
    assert aim["reachable"] == 1.0
    about = {"seeds": [SEED], "runs": 3, "wall_s": 1.0, "command": "touchloop events bench"}
    assert content_of(rows, {}, about)["bands_hz"] == {"davis346": [0.5e6, 2.5e6]}
    page = render_event_page(rows, results, {}, about)
    assert page.count("<svg") == 2
    assert "http-equiv" not in page
    assert 'src="http' not in page


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenarios_start_with_a_step_and_stay_in_the_stated_light(name):
    for seed in range(20):
        scenario = scenario_of(name, seed)
        times = np.linspace(0.0, scenario.duration_s, 200)
        assert scenario.steps_s()[0] == 0.0
        assert all(1.0 <= scenario.light_lux(t) <= 10000.0 * (1 + 1e-9) for t in times)
        counted = scenario.counted(times)
        assert not counted[times <= 1.0].any()
        assert counted.mean() > 0.5


def test_sweep_covers_the_drivers_range_and_starts_at_the_start():
    for camera in CAMERAS.values():
        swept = [camera.checked(values) for values in settings_of(camera)]
        assert swept[0] == camera.start_values()
        bias = camera.bias("on_threshold")
        assert {values[bias.fine_name] for values in swept} >= {bias.highest}


def test_overload_keeps_memory_and_control_goes_on():
    overload = run_stream("davis346", 50e6, 1.0)
    assert overload.measured_hz == pytest.approx(50e6)
    assert overload.grown_mb < 20.0
    assert overload.changes >= 1
    assert overload.changes_after >= 1


def test_interval_of_a_mean():
    mean = mean_of([1.0, 2.0, 3.0])
    assert (mean.mean, mean.high - mean.mean) == pytest.approx((2.0, 4.303 / math.sqrt(3.0)), rel=1e-3)
    assert math.isnan(mean_of([1.0]).low)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"cameras": "davis"}, "expected one of davis346"),
        ({"controllers": "best"}, "--controllers 'best'"),
        ({"scenarios": "night"}, "--scenarios 'night'"),
        ({"seeds": 0}, "--seeds 0"),
        ({"workers": 0}, "--workers 0"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_bad_options_are_refused(options, says):
    with pytest.raises(InputError, match=says):
        Bench(**options).run()


def test_unknown_scenario_is_refused():
    with pytest.raises(InputError, match="scenario 'night'"):
        run_loop(LoopJob("davis346", "fixed", "night", 0))
