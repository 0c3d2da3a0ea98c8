"""What a bag would hold of a run is judged as the run itself; no processes."""

from pathlib import Path

import pytest
from touchloop_msgs.msg import RunEvent, Verdict

from touchloop.bench.monitor_bags import BagJudge, judge_bag
from touchloop.data.bag_folders import bags_in
from touchloop.errors import InputError
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.run.caps import Caps
from touchloop.monitor.run.skill_server import SkillServer
from touchloop.tasks.workbench.bench import Workbench
from touchloop_nodes.bench_messages import StateMessages, scene_message

LIMITS = Limits.load(Path(__file__).parents[2] / "config" / "monitor_limits.yaml")
SEED, STATE_TICKS = 3, 5


def judged(failure: str) -> BagJudge:
    judge = BagJudge(LIMITS)
    with Workbench() as bench:
        server, messages = SkillServer(bench, "scripted", Caps()), StateMessages()
        server.reset(SEED, failure, int(bool(failure)))
        start_ns = bench.world.stamp_ns
        judge.take("bench_scene", scene_message(start_ns, 0, SEED, bench.view()))
        server.begin(9, "grasp(left, wiper)\n")
        server.start(9, 1, "grasp", {"arm": "left", "object": "wiper"}, None, None)
        after = 0
        for count in range(20000):
            tick = server.tick()
            messages.add(tick.observations)
            if tick.done or count % STATE_TICKS == 0:
                judge.take("bench_state", messages.message(bench.world.stamp_ns, 0, tick, server))
            after += server.done
            if after > 200:
                break
        if tick.record is not None:
            event = RunEvent(kind="injected", verdict=Verdict(step=str(tick.record.step + 1), cause=tick.record.mode))
            fact_ns = start_ns + round(1e9 * tick.record.time_s)
            event.header.stamp.sec, event.header.stamp.nanosec = divmod(fact_ns, 1_000_000_000)
            judge.take("injected_failure", event)
    return judge


def test_a_failure_is_found_in_its_step() -> None:
    judge = judged("no_grasp")
    (found,) = judge.offline
    assert (found.verdict.cause, found.verdict.step) == ("no_grasp", 1)
    assert judge.injected is not None
    mode, step, fact_s = judge.injected
    assert (mode, step) == ("no_grasp", 1)
    assert -0.1 < found.time_s - fact_s < 0.5


def test_a_good_run_is_left_alone() -> None:
    judge = judged("")
    assert judge.skills == ["grasp"]
    assert judge.offline == []
    assert judge.injected is None


def test_a_folder_without_bags_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"metadata\.yaml"):
        bags_in([tmp_path])
    with pytest.raises(InputError, match=str(tmp_path)):
        judge_bag(tmp_path, LIMITS)
