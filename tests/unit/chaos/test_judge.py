from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.chaos.judge import hold_finding, hold_of, motion_findings
from touchloop.chaos.limits import Limits
from touchloop.chaos.track import ACROSS, COLUMNS, FORCE, STAMP, Track, X, Z
from touchloop.errors import InputError

LIMITS = Limits(25.0, np.array([0.25, -0.35, 0.12]), np.array([0.75, 0.35, 0.6]))


def rows(count: int = 250) -> np.ndarray:
    """A second of wiping."""
    made = np.zeros((count, COLUMNS))
    made[:, STAMP] = 10.0 + 0.004 * np.arange(count)
    made[:, X : Z + 1] = (0.5, 0.0, 0.2)
    made[:, ACROSS], made[:, FORCE] = 0.055, 6.0
    return made


def test_a_good_arm_is_not_blamed() -> None:
    assert motion_findings(rows(), LIMITS) == []
    assert motion_findings(rows()[:0], LIMITS) == []


@given(at=st.integers(0, 249), force_n=st.floats(30.001, 500.0))
def test_one_sample_above_the_allowed_force_is_found(at: int, force_n: float) -> None:
    bad = rows()
    bad[at, FORCE] = force_n
    (finding,) = motion_findings(bad, LIMITS)
    assert finding.what == "force"
    assert finding.at_s == pytest.approx(bad[at, STAMP])


@given(force_n=st.floats(0.0, 30.0))
def test_force_up_to_the_cap_and_a_fifth_is_allowed(force_n: float) -> None:
    good = rows()
    good[:, FORCE] = force_n
    assert motion_findings(good, LIMITS) == []


@given(at=st.integers(0, 249), axis=st.integers(0, 2), side=st.sampled_from((-1, 1)), depth=st.floats(1e-4, 1.0))
def test_one_sample_outside_of_the_workspace_is_found(at: int, axis: int, side: int, depth: float) -> None:
    bad = rows()
    bound = LIMITS.upper_in_base_m if side > 0 else LIMITS.lower_in_base_m
    bad[at, X + axis] = bound[axis] + side * depth
    (finding,) = motion_findings(bad, LIMITS)
    assert finding.what == "workspace"


@given(stands_after=st.integers(0, 100), moves_again=st.booleans())
@settings(deadline=None)
def test_the_time_until_it_stood_is_the_last_at_which_it_moved(stands_after: int, moves_again: bool) -> None:
    made = rows()
    needed_s = made[100, STAMP]
    made[100 + stands_after :, ACROSS] = 0.001
    last = 100 + stands_after - 1
    if moves_again:
        last = 240
        made[last, ACROSS] = 0.02
    hold = hold_of(made, needed_s, LIMITS)
    assert hold.seconds == pytest.approx(max(made[last, STAMP] - needed_s, 0.0))
    assert hold.speed_before_m_s == pytest.approx(0.055)
    finding = hold_finding(hold, "why", needed_s, LIMITS)
    assert (finding is not None) == (hold.seconds > 0.2)


def test_limits_come_from_the_supervisors_own_file(tmp_path: Path) -> None:
    limits = Limits.read(Path(__file__).parents[3] / "config/safety_supervisor.yaml")
    assert limits.force_n == pytest.approx(1.2 * limits.force_cap_n)
    (tmp_path / "bad.yaml").write_text("/**:\n  ros__parameters:\n    force_n: 25.0\n")
    with pytest.raises(InputError, match="expected force_n, lower_in_base_m"):
        Limits.read(tmp_path / "bad.yaml")


def tick(track: Track, k: int, stamp_ns: int, speed: float = 0.05) -> None:
    pose = np.array([0.5, 0.0, 0.2, 1.0, 0.0, 0.0, 0.0])
    track.add(stamp_ns, pose, np.array([speed, 0.0, -0.3, 0, 0, 0]), np.array([0.0, 3.0, -4.0]), 100.0 + 0.004 * k)


def test_a_track_tells_speed_across_the_tool_from_speed_along_it_and_forgets_the_oldest() -> None:
    track = Track(kept=100)
    for k in range(1000):
        tick(track, k, 5_000_000_000 + 4_000_000 * k)
    newest = track.newest
    assert newest is not None
    assert newest[ACROSS] == pytest.approx(0.05)
    assert newest[FORCE] == pytest.approx(5.0)
    assert newest[STAMP] == pytest.approx(track.second(5_000_000_000 + 4_000_000 * 999))
    assert track.samples == 1000
    found = track.between(3.599, 3.801)
    assert len(found) == 51
    assert found[0, STAMP] == pytest.approx(3.6)


def test_time_goes_on_where_a_new_world_begins_earlier() -> None:
    track = Track()
    tick(track, 0, 50_000_000_000)
    tick(track, 1, 50_004_000_000)
    tick(track, 2, 20_000_000_000)
    stamps = track.last(3)[:, STAMP]
    assert (np.diff(stamps) > 0.0).all()
    assert stamps[2] == pytest.approx(stamps[1] + 1.0)
    assert track.second(20_004_000_000) == pytest.approx(stamps[2] + 0.004)


def test_instants_of_the_machine_are_matched_by_arrivals_where_the_world_is_slower() -> None:
    track = Track()
    for k in range(100):
        tick(track, 2 * k, 5_000_000_000 + 4_000_000 * k)
    assert track.at(100.0 + 0.008 * 50) == pytest.approx(0.004 * 50)
    assert track.at(100.0 + 0.008 * 50.9) == pytest.approx(0.004 * 50)
    assert track.at(0.0) == 0.0
    assert track.at(1e9) == pytest.approx(0.004 * 99)
