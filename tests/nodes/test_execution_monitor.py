"""Instructions over real DDS: run, repaired, approved, paused, refused, and stopped when something dies."""

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from bench_stack import ALLOWED, PATIENCE_S, BenchStack, logs
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from node_processes import ACTIVATE, CONFIGURE, DEACTIVATE, stage
from nodes_under_test import change, status_of
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from touchloop_msgs.msg import Verdict
from touchloop_msgs.srv import BeginRun, StartSkill

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(300)]
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
MOVE = "move(left, board)\nmove(left, switch)\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BenchStack]:
    with stage(tmp_path_factory.mktemp("bench")) as (processes, observer):
        yield BenchStack(processes, observer, ALLOWED)


@pytest.fixture
def stack(shared: BenchStack) -> Iterator[BenchStack]:
    yield shared
    # Shown where a test fails.
    print(logs(shared.bench), logs(shared.monitor), sep="\n")
    if shared.monitor.poll() is None:
        shared.trigger("abort")


def tcp(stack: BenchStack) -> np.ndarray:
    position = stack.state.arms[0].tcp.position
    return np.array([position.x, position.y, position.z])


def skill_runs(stack: BenchStack) -> bool:
    return bool(stack.states) and bool(stack.state.skill) and not stack.state.done


def test_an_instruction_runs_to_success(stack: BenchStack) -> None:
    programs: list[String] = []
    stack.observer.node.create_subscription(String, "program", programs.append, LATCHED)
    stack.ready()
    goal = stack.run("press the switch")
    result = goal.result()
    assert (result.success, result.status, result.repairs) == (True, "done", 0), logs(stack.monitor)
    assert stack.state.lamp
    assert "press(left, switch)" in programs[-1].data
    assert {f.step for f in goal.feedback} >= {"1: press(left, switch)"}
    # Topics and results do not wait for each other, and verdicts keep their pace of ten a second.
    stack.observer.until(lambda: stack.verdicts[-1][1].status == Verdict.SUCCEEDED, PATIENCE_S, "the last verdict")
    first = stack.verdicts[0][1]
    assert (first.status, first.step) == (Verdict.RUNNING, "1: press(left, switch)")
    stack.observer.until(lambda: stack.events[-1][1].kind == "end", PATIENCE_S, "the last event")
    assert [e.kind for _, e in stack.events] == ["plan", "step", "checkpoint", "end"]
    stamps = [s.header.stamp.sec + 1e-9 * s.header.stamp.nanosec for _, s in stack.states]
    assert np.median(np.diff(stamps)) == pytest.approx(0.02, abs=1e-6)


def test_a_failure_gets_a_verdict_and_is_repaired(stack: BenchStack) -> None:
    stack.ready(failure="no_grasp", step=1)
    goal = stack.run(program="goal holding(left, wiper)\ngrasp(left, wiper)\n")
    result = goal.result()
    assert (result.success, result.repairs) == (True, 1), logs(stack.monitor)
    failed = [v for _, v in stack.verdicts if v.status == Verdict.FAILED]
    assert [(v.step, v.cause) for v in failed] == [("1: grasp(left, wiper)", "no_grasp")]
    assert failed[0].evidence
    assert failed[0].confidence > 0.5
    repairs = [e for _, e in stack.events if e.kind == "repair"]
    assert [e.repair for e in repairs] == ["retry"]
    assert "repair: retry" in result.program
    assert stack.state.arms[0].coupled


def test_a_program_waits_for_approval_can_be_paused_and_aborted(stack: BenchStack) -> None:
    stack.ready()
    assert stack.trigger("approve").message == "no program waits for approval"
    goal = stack.run(program=MOVE, approve="ask")
    goal.until("approval")
    assert stack.state.number == 0
    second = stack.run("press the switch").result()
    assert (second.status, second.reason[:25]) == ("refused", "another instruction runs;")
    assert stack.trigger("approve").success
    stack.observer.until(lambda: skill_runs(stack), PATIENCE_S, "the first skill")
    assert stack.trigger("pause").success
    stack.observer.until(lambda: not skill_runs(stack), PATIENCE_S, "the pause")
    assert not goal.over
    assert stack.trigger("resume").success
    stack.observer.until(lambda: skill_runs(stack), PATIENCE_S, "the skill again")
    assert stack.trigger("abort").success
    result = goal.result()
    assert (result.success, result.status) == (False, "aborted")
    stack.observer.until(lambda: not skill_runs(stack), PATIENCE_S, "the stop")
    assert not stack.trigger("abort").success


def test_nothing_runs_without_approval_and_cancelling_aborts(stack: BenchStack) -> None:
    stack.ready()
    goal = stack.run(program=MOVE, approve="ask")
    goal.until("approval")
    goal.handle.cancel_goal_async()
    result = goal.result()
    assert (result.status, result.reason) == ("aborted", "not approved; nothing was run")
    assert stack.state.number == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ({"instruction": "dance a waltz"}, "not_understood", "waltz"),
        ({"program": "juggle(left)\n"}, "refused", "line 1: there is no skill 'juggle'"),
        ({"instruction": "press the switch", "approve": "maybe"}, "refused", "approve 'maybe': expected one of"),
        ({"instruction": "press the switch", "planner": "oracle"}, "refused", "planner 'oracle': expected one of"),
        ({"instruction": "press the switch", "planner": "endpoint"}, "refused", "endpoint_url is empty"),
    ],
)
def test_what_cannot_be_done_is_said(stack: BenchStack, words: dict[str, str], status: str, said: str) -> None:
    if not stack.states:
        stack.ready()
    result = stack.run(**words).result()
    assert (result.success, result.status) == (False, status)
    assert said in result.reason
    assert stack.state.number == 0


def test_no_program_gets_past_the_allow_list_or_the_caps(stack: BenchStack) -> None:
    """The bench keeps its own list, whatever the monitor says; the monitor's is read when it is configured."""
    observer = stack.observer
    stack.ready()
    lift = "lift(box)\n"
    result = stack.run(program=lift).result()
    assert result.status == "refused"
    assert "lift" in result.reason
    refused = observer.call(BeginRun, "bench_world/begin_run", BeginRun.Request(run=7, node="observer", program=lift))
    assert not refused.success
    assert observer.call(
        BeginRun, "bench_world/begin_run", BeginRun.Request(run=7, node="observer", program="home(left)\n")
    ).success
    start = StartSkill.Request(run=7, number=1, name="lift", arg_names=["object"], arg_values=["box"])
    answer = observer.call(StartSkill, "bench_world/start_skill", start)
    assert (answer.success, answer.message[:27]) == (False, "skill 'lift' is not allowed")
    start = StartSkill.Request(run=7, number=1, name="home", arg_names=["arm"], arg_values=["left"], speed_m_s=9.0)
    answer = observer.call(StartSkill, "bench_world/start_skill", start, patience_s=20.0)
    assert (answer.success, answer.speed_m_s, answer.force_n) == (True, 0.3, 20.0)
    # The observer has no heartbeat, so it counts as lost.
    observer.until(lambda: stack.state.run == 0, PATIENCE_S, "the loss of a run without a heartbeat")

    for transition in (DEACTIVATE, Transition.TRANSITION_CLEANUP):
        assert change(observer, "execution_monitor", transition)
    value = ParameterValue(type=ParameterType.PARAMETER_STRING_ARRAY, string_array_value=["home"])
    request = SetParameters.Request(parameters=[Parameter(name="allowed_skills", value=value)])
    assert observer.call(SetParameters, "execution_monitor/set_parameters", request).results[0].successful
    for transition in (CONFIGURE, ACTIVATE):
        assert change(observer, "execution_monitor", transition)
    stack.ready()
    refused = [stack.run(**words).result() for words in ({"program": MOVE}, {"instruction": "press the switch"})]
    assert not any(result.success for result in refused)
    assert "move" in refused[0].reason
    assert stack.state.number == 0
    os.kill(stack.monitor.pid, signal.SIGINT)
    stack.monitor.wait(20)


def test_a_silent_bench_makes_the_verdict_unknown_and_the_run_goes_on_after(stack: BenchStack) -> None:
    stack.ready()
    diagnoses = stack.observer.listen(DiagnosticArray, "/diagnostics")
    goal = stack.run(program=MOVE)
    stack.observer.until(lambda: skill_runs(stack), PATIENCE_S, "the skill")
    os.kill(stack.bench.pid, signal.SIGSTOP)
    try:
        stack.observer.until(
            lambda: stack.verdicts and stack.verdicts[-1][1].status == Verdict.UNKNOWN, PATIENCE_S, "the verdict"
        )
        assert "no bench_state for" in stack.verdicts[-1][1].evidence[0]
        stack.observer.until(
            lambda: (said := status_of(diagnoses, "execution_monitor")) and "nothing is known" in said.message,
            PATIENCE_S,
            "the diagnosis",
        )
    finally:
        os.kill(stack.bench.pid, signal.SIGCONT)
    result = goal.result()
    assert (result.success, result.status) == (True, "done"), logs(stack.monitor)


def test_a_silent_monitor_counts_as_lost(stack: BenchStack) -> None:
    stack.ready()
    goal = stack.run(program=MOVE)
    stack.observer.until(lambda: skill_runs(stack), PATIENCE_S, "the skill")
    os.kill(stack.monitor.pid, signal.SIGSTOP)
    try:
        stack.observer.until(lambda: stack.state.run == 0, PATIENCE_S, "the stop")
        assert not stack.state.skill
    finally:
        os.kill(stack.monitor.pid, signal.SIGCONT)
    result = goal.result()
    assert (result.success, result.status) == (False, "failed")


def test_the_arm_stops_when_the_monitor_is_killed_and_a_new_one_takes_the_bench(stack: BenchStack) -> None:
    stack.ready()
    stack.run(program=MOVE)
    stack.observer.until(lambda: skill_runs(stack), PATIENCE_S, "the skill")
    stack.observer.spin_for(0.3)
    stack.monitor.kill()
    stack.monitor.wait(20)
    stack.observer.until(lambda: stack.state.run == 0 and not stack.state.skill, PATIENCE_S, "the stop")
    assert "execution_monitor has died: the arms stop where they stand" in logs(stack.bench)
    stack.observer.spin_for(0.3)
    there = tcp(stack)
    stack.observer.spin_for(0.5)
    assert np.linalg.norm(tcp(stack) - there) < 5e-3

    # No reset: it goes on from where the arms stand.
    stack.restart_monitor()
    episode = stack.state.episode
    result = stack.run("press the switch").result()
    assert (result.success, result.status) == (True, "done"), logs(stack.monitor)
    assert stack.state.lamp
    assert stack.state.episode == episode
