"""Each limit of a target is named when it is passed, and only then."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchloop.safety.target_judge import TargetJudge, TargetLimits

LIMITS = TargetLimits(timeout_s=0.06, ahead_s=0.05, jump_m=0.03, lead_m=0.12)
HERE = np.array([0.5, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])


def at(x_m: float) -> np.ndarray:
    pose = HERE.copy()
    pose[0] += x_m
    return pose


def judged(x_m: float, late_s: float = 0.0, before_m: float = 0.0) -> str:
    judge = TargetJudge(LIMITS)
    judge.judge(at(before_m), 0.0, at(before_m))
    judge.judge(at(x_m), late_s, HERE)
    return judge.fault


@given(st.floats(-1.0, 1.0))
def test_a_stamp_is_judged_both_ways(late_s: float) -> None:
    fault = judged(0.0, late_s)
    assert bool(fault) == (late_s > LIMITS.timeout_s or late_s < -LIMITS.ahead_s)
    assert not fault or ("behind" if late_s > 0 else "ahead of") in fault


@given(st.floats(0.0, 0.5))
def test_jumps_and_leads_are_named(way_m: float) -> None:
    fault = judged(way_m)
    assert ("jumps" in fault) == (np.linalg.norm(at(way_m)[:3] - HERE[:3]) > LIMITS.jump_m)
    fault = judged(way_m, before_m=way_m)
    assert ("from the arm" in fault) == (np.linalg.norm(at(way_m)[:3] - HERE[:3]) > LIMITS.lead_m)


def test_a_fault_stays_said_until_a_good_target_comes() -> None:
    judge = TargetJudge(LIMITS)
    judge.judge(HERE, 0.0, HERE)
    judge.judge(HERE, 1.0, HERE)
    assert judge.fault
    judge.judge(HERE, 0.0, HERE)
    assert judge.fault == ""
