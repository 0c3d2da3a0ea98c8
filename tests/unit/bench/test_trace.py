from pathlib import Path

import numpy as np
import pytest
from rdp_samples import untrained_weights

from touchloop.bench.protocol import Rates
from touchloop.bench.rollout import Policy, rollout
from touchloop.bench.trace import Trace, traced
from touchloop.tasks.environment import Environment

# torch warns of its older exporter to ONNX.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")


def test_watching_an_episode_does_not_change_it(tmp_path: Path) -> None:
    rates = Rates(fast_rate_hz=24.0)
    with Environment("wipe") as environment:
        policy = Policy.load(untrained_weights(tmp_path), environment.task, rates)
        blind = rollout(environment, policy, 3, "before", rates)
        result, trace = traced(environment, policy, 3, "before", rates)
    assert result == blind
    assert trace.time_s == pytest.approx(0.004 * np.arange(1, len(trace.time_s) + 1), abs=1e-9)
    assert trace.time_s[-1] == pytest.approx(result.duration_s)
    assert max(trace.force_n) == pytest.approx(result.peak_force_n, abs=1e-3)
    assert (trace.phase[0], trace.phase[-1]) == ("approach", "done")
    assert len(trace.planned_force_n) == len(trace.acting) == len(trace.time_s)


def test_a_trace_survives_being_written() -> None:
    acting = ["", "object", "object", "", "arm", "both", "", "object"]
    times = [0.004 * (i + 1) for i in range(len(acting))]
    trace = Trace(times, [1.0] * 8, [2.0] * 8, ["approach"] * 3 + ["wipe"] * 5, acting)
    content = trace.as_json()
    assert content["acting"][0] == (times[1], times[2], "object")
    assert [name for _, _, name in trace.disturbances] == ["object", "arm", "both", "object"]
    assert Trace.from_json(content) == trace
