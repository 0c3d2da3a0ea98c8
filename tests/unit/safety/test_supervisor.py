"""Every state with every combination of inputs, and every state that can be reached."""

import itertools
from collections import deque
from collections.abc import Iterator

import pytest

from touchloop.errors import InputError
from touchloop.safety.states import (
    BEHAVIOURS,
    STOPPED,
    Behaviour,
    Memory,
    Observation,
    Preflight,
    Settings,
    State,
)
from touchloop.safety.supervisor import step

DT = 0.002
SETTINGS = Settings(resume_after_s=0.2, hold_limit_s=30.0)
AUTO = Settings(resume_after_s=0.2, hold_limit_s=30.0, auto_start=True)
OBSERVATIONS = [
    Observation(e_stop, fault, ready, preflight, start, reset, hold, violation)
    for e_stop, fault, ready, preflight, start, reset, hold, violation in itertools.product(
        ("", "button"),
        ("", "loop failed"),
        (True, False),
        Preflight,
        (False, True),
        (False, True),
        ("", "stale"),
        ("", "force"),
    )
]
MEMORIES = [
    Memory(state, "why", held_s, clear_s)
    for state, held_s, clear_s in itertools.product(State, (0.0, 29.999, 31.0), (0.0, 0.1, 0.1999, 0.3))
]


def everything() -> Iterator[tuple[Memory, Observation, Memory, Behaviour, str, Settings]]:
    for settings, memory, seen in itertools.product((SETTINGS, AUTO), MEMORIES, OBSERVATIONS):
        after, command = step(memory, seen, DT, settings)
        yield memory, seen, after, command.behaviour, command.refusal, settings


@pytest.fixture(scope="module")
def cases() -> list:
    found = list(everything())
    assert len(found) == 2 * len(State) * 12 * 384
    return found


def test_an_emergency_stop_takes_one_step_from_everywhere_and_nothing_moves(cases: list) -> None:
    for _, seen, after, behaviour, _, _ in cases:
        if seen.e_stop:
            assert after.state is State.E_STOP
            assert after.reason
            assert behaviour is Behaviour.STOP


def test_targets_pass_in_running_only(cases: list) -> None:
    for _, _, after, behaviour, _, _ in cases:
        assert (behaviour is Behaviour.PASS) == (after.state is State.RUNNING)
        assert behaviour is BEHAVIOURS[after.state]


def test_only_a_reset_leaves_a_stop_and_only_when_the_cause_is_gone(cases: list) -> None:
    for before, seen, after, _, refusal, _ in cases:
        if before.state not in STOPPED or seen.e_stop:
            continue
        if after.state not in STOPPED:
            assert seen.reset
            assert not seen.internal_fault
            assert after.state is State.STARTING
            assert not (before.state is State.PROTECTIVE_STOP and seen.violation)
        elif seen.reset:
            assert refusal.startswith("not reset: ")


def test_no_step_leads_from_a_stop_to_motion(cases: list) -> None:
    for before, _, after, _, _, _ in cases:
        if before.state in STOPPED:
            assert after.state not in (State.RUNNING, State.HOLDING, State.READY)


def test_whatever_needs_a_hold_gets_one_in_the_same_step(cases: list) -> None:
    for _, seen, after, behaviour, _, _ in cases:
        trouble = seen.hold or not seen.streams_ready or seen.violation or seen.internal_fault or seen.e_stop
        if trouble:
            assert after.state is not State.RUNNING
            assert behaviour is not Behaviour.PASS
        if seen.internal_fault:
            assert after.state in (State.FAULT, State.E_STOP)


def test_a_limit_that_is_broken_while_commanding_stops_until_a_reset(cases: list) -> None:
    for before, seen, after, _, _, _ in cases:
        worse = seen.e_stop or seen.internal_fault
        if before.state in (State.RUNNING, State.HOLDING) and seen.violation and not worse:
            assert after.state is State.PROTECTIVE_STOP
            assert after.reason == seen.violation


def test_motion_begins_only_when_asked_ready_and_checked(cases: list) -> None:
    for before, seen, after, _, _, settings in cases:
        if after.state is State.RUNNING and before.state is not State.RUNNING:
            assert before.state in (State.READY, State.HOLDING)
            assert seen.streams_ready
            if before.state is State.READY:
                assert seen.start or settings.auto_start
                assert seen.preflight is Preflight.PASSED
            else:
                assert before.clear_s + DT >= settings.resume_after_s


def test_before_motion_a_failed_check_keeps_it_from_starting(cases: list) -> None:
    for before, seen, after, _, refusal, _ in cases:
        calm = (
            not seen.e_stop
            and not seen.internal_fault
            and before.state in (State.STARTING, State.PREFLIGHT, State.READY)
        )
        if calm and seen.preflight is not Preflight.PASSED:
            assert after.state in (State.STARTING, State.PREFLIGHT)
            if seen.start and not seen.reset:
                assert refusal.startswith("not started: ")


def test_every_refused_wish_has_a_reason(cases: list) -> None:
    for before, seen, after, _, refusal, _ in cases:
        if seen.start and not seen.reset and after.state is not State.RUNNING:
            assert refusal
        if seen.reset and after.state is before.state and before.state in STOPPED:
            assert refusal
        if not seen.start and not seen.reset:
            assert not refusal


def test_every_stop_and_hold_has_a_reason(cases: list) -> None:
    for _, _, after, _, _, _ in cases:
        if after.state in STOPPED or after.state is State.HOLDING:
            assert after.reason


def test_a_long_hold_becomes_a_stop_and_a_short_one_resumes() -> None:
    memory = Memory(State.RUNNING)
    memory, _ = step(memory, Observation(hold="stale"), DT, SETTINGS)
    assert memory.state is State.HOLDING
    memory, _ = step(memory, Observation(), 0.1, SETTINGS)
    memory, _ = step(memory, Observation(hold="stale"), 0.1, SETTINGS)
    memory, _ = step(memory, Observation(), 0.15, SETTINGS)
    assert memory.state is State.HOLDING
    memory, _ = step(memory, Observation(), 0.06, SETTINGS)
    assert memory.state is State.RUNNING
    memory, _ = step(memory, Observation(hold="stale"), DT, SETTINGS)
    memory, _ = step(memory, Observation(hold="stale"), 30.0, SETTINGS)
    assert memory.state is State.PROTECTIVE_STOP
    assert "held for 30 s: stale" in memory.reason
    forever = Settings(hold_limit_s=0.0)
    memory, _ = step(Memory(State.HOLDING, "stale"), Observation(hold="stale"), 1e5, forever)
    assert memory.state is State.HOLDING


def test_every_state_is_reached_from_the_first_and_every_stop_can_be_left() -> None:
    def reachable(start: Memory) -> set[State]:
        seen, waiting = {start.state}, deque([start])
        visited = {start}
        while waiting:
            memory = waiting.popleft()
            for observation in OBSERVATIONS:
                after, _ = step(memory, observation, 0.3, SETTINGS)
                kept = Memory(after.state, after.reason, 0.0, 0.0)
                if kept not in visited:
                    visited.add(kept)
                    waiting.append(kept)
                    seen.add(after.state)
        return seen

    assert reachable(Memory()) == set(State)
    for state in STOPPED:
        assert State.RUNNING in reachable(Memory(state, "why"))


def test_times_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="dt_s is -1"):
        step(Memory(), Observation(), -1.0, SETTINGS)
    with pytest.raises(InputError, match="resume_after_s is nan"):
        Settings(resume_after_s=float("nan"))
