"""What is beyond good runs is told as unknown; what is within is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.memory import StepMemory
from touchloop.monitor.evidence.rules import Now
from touchloop.monitor.evidence.usual import DRAGS, followed, strange

LIMITS = Limits.calibrated([("wipe", {"force_n": 10.0, "unsteady_m_s": 0.2, "duration_s": 8.0})])
POSE = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


def memory(**scores):
    held, grips = (None, None), ("close", "open")
    return StepMemory(3, "wipe", {}, 0.0, (POSE, POSE), held, grips, np.zeros(3), scores=scores)


def now(**scores):
    return Now(None, memory(**scores), (POSE, POSE), (None, None), (False, False), LIMITS, 0)


@given(st.floats(0.0, 10.0), st.floats(0.0, 0.2), st.floats(0.0, 8.0))
def test_what_good_runs_show_is_not_strange(force_n, unsteady_m_s, duration_s):
    assert strange(now(force_n=force_n, unsteady_m_s=unsteady_m_s, duration_s=duration_s)) is None


@pytest.mark.parametrize(
    ("score", "value", "said"),
    [("force_n", 14.0, "N"), ("unsteady_m_s", 0.5, "m/s"), ("duration_s", 8.0 * DRAGS * 1.2, "taken")],
)
def test_what_is_beyond_is_unknown_with_its_figure(score, value, said):
    verdict = strange(now(**{score: value}))
    assert (verdict.status, verdict.cause, verdict.step) == ("unknown", None, 3)
    assert said in verdict.evidence[0]


@given(st.floats(0.0, 1.0), st.floats(0.005, 0.1))
def test_a_steady_command_changes_nothing(speed_m_s, dt_s):
    state = memory()
    for tick in range(20):
        at = np.array([speed_m_s * tick * dt_s, 0.0, 0.0])
        state, change = followed(state, at, tick * dt_s)
        assert change < 1e-6


def test_a_command_that_turns_back_is_seen():
    state, changes = memory(), []
    for tick in range(20):
        state, change = followed(state, np.array([0.01 * min(tick, 20 - tick), 0.0, 0.0]), 0.02 * tick)
        changes.append(change)
    assert max(changes) == pytest.approx(1.0)
