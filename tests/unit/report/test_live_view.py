from types import SimpleNamespace as Message

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from touchloop.control.ladder import Mode
from touchloop.report.live_state import LiveState, StreamCounter
from touchloop.report.live_view import FORCE_SHOWN_N, force_bar, one_line, view
from touchloop.report.names import MODES, force_band_n
from touchloop.tasks.wipe import Wipe

BAND_N = Wipe.force_band_n


def header(time_s: float) -> Message:
    return Message(stamp=Message(sec=int(time_s), nanosec=round(time_s % 1 * 1e9)))


def episode(seed: int = 1003) -> Message:
    return Message(header=header(100.0), task="wipe", seed=seed, index=2, perturbation="both")


def task(**changed: object) -> Message:
    fields = {
        "task": "wipe",
        "phase": "wipe",
        "done": False,
        "success": False,
        "score": 0.5,
        "progress": 0.63,
        "variant": "",
    }
    return Message(header=header(103.5), **{**fields, "peak_force_n": 8.4, "perturbation": "", **changed})


def controller(**changed: object) -> Message:
    ages = {"plan_age_s": 0.31, "wrench_age_s": 0.004, "tcp_pose_age_s": 0.004, "tactile_age_s": 0.012}
    fields = {"mode": 1, "reason": "", "force_n": 5.4, "planned_force_n": 5.5, "plan_sequence": 7}
    timing = {"lateness_s": 0.00008, "missed_ticks": 0}
    return Message(header=header(103.52), **{**ages, **fields, **timing, **changed})


def running_state() -> LiveState:
    state = LiveState()
    state.read_episode(episode())
    state.read_task_state(task())
    state.read_controller_state(controller())
    for step in range(21):
        for counter in state.streams.values():
            counter.add(
                round((counter.nominal_hz or 0.0) / 5) if step % 5 == 0 or counter.nominal_hz != 2.0 else 0, step / 5
            )
    for counter in state.streams.values():
        counter.add(1, 4.1)
    return state


def text_of(state: LiveState, now_s: float, width: int = 100) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"), force_terminal=True)  # noqa: PTH123, SIM115
    with console.file:
        console.print(view(state, now_s))
    return console.export_text()


def test_names_are_those_of_the_controller_and_the_task() -> None:
    assert tuple(mode.name for mode in Mode) == MODES
    assert force_band_n("wipe") == Wipe.force_band_n
    assert force_band_n("juggle") is None


def test_everything_is_shown() -> None:
    text = text_of(running_state(), 4.1)
    for word in (
        "wipe, seed 1003, disturbed by: both, 3.5 s",
        "FOLLOW",
        "5.4 N of 5.5, peak 8.4",
        "63%",
        "plan 7 0.31 s",
    ):
        assert word in text
    for word in ("wrench 4 ms", "touch 12 ms", "late by 0.08 ms", "0 ticks missed", "camera/scene/image_raw"):
        assert word in text
    assert "silent" not in text
    line = one_line(running_state(), 4.1)
    assert "\n" not in line
    assert "3.5 s | wipe | seed 1003 | FOLLOW | wipe | force 5.4 of 5.5 N | progress 63%" in line


def test_before_anything_came() -> None:
    for text in (text_of(LiveState(), 0.0), one_line(LiveState(), 0.0)):
        assert "no controller_state" in text
        assert "no stream yet: is a stack running" in text


def test_silent_stream_is_named_and_a_dead_stack_too() -> None:
    state = running_state()
    for name, counter in state.streams.items():
        counter.add(0 if name == "plan" else 1, 7.0)
    assert state.silent_streams(7.0) == ["plan"]
    assert "silent: plan" in text_of(state, 7.0)
    assert "all streams silent for 4 s" in one_line(state, 11.0)


def test_mode_reason_hold_and_warning_are_shown() -> None:
    state = running_state()
    state.read_controller_state(controller(mode=2, reason="no plan for 1.20 s", plan_age_s=1.2))
    state.read_hold(Message(hold=True, reason="missing: slow_planner"))
    state.read_diagnostics(Message(status=[Message(level=b"\x02", name="recorder", message="disk full")]), 4.0)
    text = text_of(state, 4.1)
    for word in ("HOLD", "no plan for 1.20 s", "hold ordered: missing: slow_planner", "recorder: disk full"):
        assert word in text
        assert word in one_line(state, 4.1) or word.startswith("hold ordered")
    state.read_hold(Message(hold=False, reason=""))
    state.read_diagnostics(Message(status=[Message(level=0, name="recorder", message="")]), 5.0)
    assert "missing" not in text_of(state, 5.0)
    assert "disk full" not in text_of(state, 5.0)


def test_warning_fades_when_its_node_is_gone() -> None:
    state = running_state()
    state.read_diagnostics(Message(status=[Message(level=1, name="planner", message="late")]), 4.0)
    assert "planner: late" in text_of(state, 4.1)
    assert "planner: late" not in text_of(state, 60.0)


def test_outcome_and_perturbation() -> None:
    state = running_state()
    state.read_task_state(task(perturbation="both"))
    assert "the object moves" in text_of(state, 4.1)
    assert "the arm is pushed" in text_of(state, 4.1)
    state.read_task_state(task(done=True, success=True, score=1.0, phase="done"))
    assert "success, score 1" in text_of(state, 4.1)
    state.read_episode(episode(seed=8))
    assert "success" not in text_of(state, 4.1)


def test_two_arms_have_their_own_modes_forces_and_streams() -> None:
    state = LiveState(("left", "right"))
    state.read_episode(episode())
    state.read_task_state(task(task="lift", phase="hold"))
    state.read_controller_state(controller(force_n=9.25), arm="left")
    state.read_controller_state(controller(mode=2, reason="no plan yet", force_n=7.5, plan_age_s=-1.0), arm="right")
    text, line = text_of(state, 4.1), one_line(state, 4.1)
    for word in (
        "left    FOLLOW",
        "right   HOLD  no plan yet",
        "9.2 N",
        "7.5 N",
        "left/wrench",
        "right/plan",
        "task_state",
    ):
        assert word in text
    assert "left FOLLOW | right HOLD | (no plan yet) | hold" in line
    assert "left plan 7" in line


@pytest.mark.parametrize("width", [20, 60, 200])
def test_width_does_not_matter(width: int) -> None:
    assert all(len(line) <= width for line in text_of(running_state(), 4.1, width).splitlines())


@given(st.floats(-100.0, 100.0), st.none() | st.floats(-100.0, 100.0) | st.just(float("nan")), st.integers(4, 80))
def test_force_bar_has_its_width_and_grows_with_the_force(force_n: float, planned_n: float | None, cells: int) -> None:
    bar = force_bar(force_n, planned_n, BAND_N, cells)
    assert len(bar.plain) == cells
    filled = bar.plain.count("█")
    more = force_bar(min(force_n + FORCE_SHOWN_N / 4, 200.0), planned_n, BAND_N, cells).plain.count("█")
    assert filled <= more


@given(st.lists(st.tuples(st.floats(0.05, 0.5), st.integers(0, 50)), min_size=2, max_size=40))
def test_rate_is_count_over_time_of_the_window(steps: list[tuple[float, int]]) -> None:
    counter = StreamCounter("wrench", 250.0)
    now_s, history = 0.0, []
    for wait_s, count in steps:
        now_s += wait_s
        counter.add(count, now_s)
        history.append((now_s, count))
    assert counter.total == sum(count for _, count in steps)
    rate_hz = counter.rate_hz
    assert rate_hz is not None
    spans = [
        (sum(count for _, count in history[first + 1 :]), now_s - history[first][0])
        for first in range(len(history) - 1)
    ]
    assert any(rate_hz == pytest.approx(count / span_s) for count, span_s in spans)
