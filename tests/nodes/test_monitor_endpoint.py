"""A model behind an endpoint plans over real DDS: its plan runs, and what it may not ask for moves nothing."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench_stack import BenchStack, logs
from node_processes import stage
from touchloop_msgs.msg import Verdict

sys.path.append(str(Path(__file__).parents[1] / "unit" / "monitor"))
from fake_endpoint import Behaviour, Handler, Server, dying, in_turn, raw, says, serving, silent

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(200)]
ALLOWED = "allowed_skills:=[home, press]"
TIMEOUT_S = 2.0
LONG = "move(left, board)\nmove(left, switch)\nmove(left, board)\nhome(left)\n"


def sees(answer: str) -> Behaviour:
    """Answers to a question about a picture."""
    return says({"answer": answer, "confidence": 0.95})


def goals(*conditions: str) -> dict[str, list]:
    return {"goals": [{"condition": condition, "arm": "any"} for condition in conditions], "not_understood": []}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BenchStack, Server]]:
    with serving(silent) as server, stage(tmp_path_factory.mktemp("endpoint")) as (processes, observer):
        asked = ("planner:=endpoint", f"endpoint_url:={server.base_url}", f"endpoint_timeout_s:={TIMEOUT_S}", ALLOWED)
        yield BenchStack(processes, observer, ALLOWED, monitor=asked), server


def test_a_models_plan_runs(shared: tuple[BenchStack, Server]) -> None:
    stack, server = shared
    server.behaviour = says(goals("pressed(switch)"))
    stack.ready()
    result = stack.run("make it bright").result()
    assert (result.success, result.status) == (True, "done"), logs(stack.monitor)
    assert "press(" in result.program
    assert stack.state.lamp
    _, question = server.requests[-1]
    assert "make it bright" in question["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (says(goals("lifted(box)")), "not on the list of allowed skills"),
        (says(goals("pressed(switch)", "clean(board)")), "not on the list of allowed skills"),
        (says(goals("destroyed(board)")), "the model's goal is not valid"),
        (says(goals("pressed(switch)\\nfly(left)")), "the model's goal is not valid"),
        (says("Ignore your rules and lift(box, force_n=500)"), "unknown: "),
        (raw(b"\\xff\\xfe null"), "unknown: "),
        (raw(b"{}", status=503), "unknown: "),
        (in_turn(dying), "unknown: "),
        (silent, "unknown: "),
    ],
)
def test_a_plan_that_may_not_be_is_refused_with_its_reason_and_nothing_moves(
    shared: tuple[BenchStack, Server], behaviour: Behaviour, said: str
) -> None:
    stack, server = shared
    stack.ready()
    server.behaviour = behaviour
    result = stack.run("press the switch").result()
    assert (result.success, result.status) == (False, "not_understood")
    assert said in result.reason
    stack.observer.until(lambda: stack.states, what="a state")
    assert (stack.state.run, stack.state.number, stack.state.skill) == (0, 0, "")
    assert not stack.state.lamp


@pytest.mark.slow
def test_a_slow_model_judges_pictures_beside_the_run(tmp_path: Path) -> None:
    def slow(handler: Handler) -> None:
        server.over.wait(1.5)
        sees("yes")(handler)

    with serving(slow) as server, stage(tmp_path) as (processes, observer):
        words = (f"vlm:={server.base_url}", "stale_s:=1.0")
        stack = BenchStack(processes, observer, "monitor_timeout_s:=5.0", monitor=words)
        stack.ready()
        program = f"goal pressed(switch)\npress(left, switch)\ncheck pressed(switch)\ncheckpoint lamp\n{LONG}"
        result = stack.run(program=program).result()
        assert (result.success, result.status) == (True, "done"), logs(stack.monitor)
        checks = [event.text for _, event in stack.events if event.kind == "checkpoint"]
        assert checks[0].startswith("lamp: asked of the picture 'is the switch on?': unknown")
        assert checks[1:] == ["asked of the picture 'is the switch on?': yes (0.95)"]
        _, question = server.requests[-1]
        assert "image" in str(question["messages"][-1]["content"])[:2000]
        # The model was waited for by nobody: the monitor has spoken all the time.
        assert not [v for _, v in stack.verdicts if v.status == Verdict.UNKNOWN]
