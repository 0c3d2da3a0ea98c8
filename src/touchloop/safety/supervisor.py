"""The safety supervisor's state machine: a pure function from state, observation and time to state and command.

Order of what counts in one step: emergency stop, own fault, measured limit, hold, and last what a person asks for.
"""

import math
from dataclasses import replace

from touchloop.errors import InputError
from touchloop.safety.states import (
    BEHAVIOURS,
    STOPPED,
    Command,
    Memory,
    Observation,
    Preflight,
    Settings,
    State,
)

_COMMANDING = frozenset({State.RUNNING, State.HOLDING})


def step(memory: Memory, observation: Observation, dt_s: float, settings: Settings) -> tuple[Memory, Command]:
    """Advance by ``dt_s`` seconds.

    Raises:
        InputError: ``dt_s`` is negative or not finite.
    """
    if not (dt_s >= 0.0 and math.isfinite(dt_s)):
        raise InputError(f"dt_s is {dt_s}; it must be finite and not negative")
    after = _next(memory, observation, dt_s, settings)
    refusal = _refusal(memory, after, observation) if observation.start or observation.reset else ""
    return after, Command(BEHAVIOURS[after.state], refusal)


def _next(memory: Memory, seen: Observation, dt_s: float, settings: Settings) -> Memory:
    state = memory.state
    if seen.e_stop:
        return memory if state is State.E_STOP and memory.reason else Memory(State.E_STOP, seen.e_stop)
    if state is State.E_STOP:
        return Memory() if seen.reset and not seen.internal_fault else memory
    if seen.internal_fault:
        return memory if state is State.FAULT else Memory(State.FAULT, seen.internal_fault)
    if state is State.FAULT:
        return Memory() if seen.reset else memory
    if state is State.PROTECTIVE_STOP:
        return Memory(State.STARTING) if seen.reset and not seen.violation else memory
    if state in _COMMANDING:
        return _while_commanding(memory, seen, dt_s, settings)
    return _before_motion(memory, seen, settings)


def _while_commanding(memory: Memory, seen: Observation, dt_s: float, settings: Settings) -> Memory:
    if seen.violation:
        return Memory(State.PROTECTIVE_STOP, seen.violation)
    cause = seen.hold or ("" if seen.streams_ready else "a stream is missing")
    if memory.state is State.RUNNING:
        return Memory(State.HOLDING, cause) if cause else memory
    held_s = memory.held_s + dt_s
    clear_s = 0.0 if cause else memory.clear_s + dt_s
    if not cause and clear_s >= settings.resume_after_s:
        return Memory(State.RUNNING)
    if settings.hold_limit_s > 0.0 and held_s >= settings.hold_limit_s:
        return Memory(State.PROTECTIVE_STOP, f"held for {held_s:.0f} s: {cause or memory.reason}")
    return replace(memory, reason=cause or memory.reason, held_s=held_s, clear_s=clear_s)


def _before_motion(memory: Memory, seen: Observation, settings: Settings) -> Memory:
    if not seen.streams_ready:
        return Memory(State.STARTING, seen.hold)
    if seen.preflight is not Preflight.PASSED:
        return Memory(State.PREFLIGHT, seen.refused or "a check failed" if seen.preflight is Preflight.FAILED else "")
    # One state a step, so that each is seen and reported.
    if memory.state is State.STARTING:
        return Memory(State.PREFLIGHT)
    wanted = seen.start or settings.auto_start
    if memory.state is State.READY and wanted and not seen.violation and not seen.hold:
        return Memory(State.RUNNING)
    return Memory(State.READY, seen.violation or seen.hold)


def _refusal(before: Memory, after: Memory, seen: Observation) -> str:
    if seen.reset and before.state in STOPPED and after.state in STOPPED:
        cause = seen.e_stop or seen.internal_fault or seen.violation or "the cause is still there"
        return f"not reset: {cause}"
    if seen.reset and before.state not in STOPPED:
        return f"nothing to reset in {before.state.name}"
    if seen.start and before.state in STOPPED:
        return f"not started: {before.state.name}, {before.reason}; it needs a person's reset first"
    if seen.start and after.state is not State.RUNNING:
        why = after.reason or f"{after.state.name} comes first"
        return f"not started: {why}"
    return ""
