"""Runs skills on the bench one after the other, tick by tick, with a failure if one is wanted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError
from touchloop.geometry.pose import rotate
from touchloop.sim.observation import Observation
from touchloop.sim.workbench.coupler import Grip
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import Failure, FailureRecord
from touchloop.tasks.workbench.injector import Injector
from touchloop.tasks.workbench.limiter import Limiter
from touchloop.tasks.workbench.skill import SPEED_M_S, Skill, SkillCommand
from touchloop.tasks.workbench.skills import Skills
from touchloop.tasks.workbench.truth import Truth
from touchloop.tasks.workbench.view import View
from touchloop.tasks.workbench.vocabulary import checked_call

Call = tuple[str, Mapping[str, str]]
"""A skill and its arguments."""
TRUTH_TICKS = 5
"""The truth of a tick may be as old as four ticks."""
BEHIND_M = 0.002
"""A skill waits for its arms when their cap of speed keeps them this far behind."""
TAIL_S = 1.5
"""How long the bench is still watched after the last step."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick of a program."""

    time_s: float
    step: int
    """Index in the program of the step that runs, as the program has it; the program's length after its end."""
    skill: str
    """What the program says runs; empty after its end."""
    args: Mapping[str, str]
    phase: str
    observations: tuple[Observation, Observation]
    """Of the left and the right arm, after the tick."""
    view: View
    grips: tuple[Grip, Grip]
    """What the left and the right coupler were told last."""
    truth: Truth
    done: bool
    """The step came to its end in this tick; also when it gave up."""
    gave_up: str
    """Why; empty if it did not."""
    record: FailureRecord | None
    """Of the failure, once it is physical fact: for scoring only."""


class Execution:
    """Runs skills on a bench that has been reset: for programs that decide as they go.

    Args:
        bench: reset.
        backend: of ``Skills``.
        seed: of ``Skills``, and of the failure's details.
        failure: to be injected, once; None for none.
        program: what is planned; the failure needs it.
    """

    def __init__(
        self,
        bench: Workbench,
        backend: str = "scripted",
        seed: int = 0,
        failure: Failure | None = None,
        program: Sequence[Call] = (),
    ) -> None:
        self.bench = bench
        self._program = [(name, checked_call(name, args)) for name, args in program]
        self._skills = Skills(backend, seed)
        self._injector = Injector(bench, failure, self._program, seed)
        self._skill: Skill | None = None
        # Learned policies live in real time: no tick may be missing from what they feel.
        self._waits = backend == "scripted"
        self._limiters = _limiters(SPEED_M_S, float("inf"))
        self._wanted: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
        self._standing: list[np.ndarray | None] = [None, None]
        self._step, self._name = 0, ""
        self._args: Mapping[str, str] = {}
        self._truth = bench.truth()
        self._ticks = 0
        self._grips: tuple[Grip, Grip] = ("open", "open")

    def start(
        self,
        step: int,
        name: str,
        args: Mapping[str, str],
        speed_m_s: float | None = None,
        force_n: float | None = None,
    ) -> None:
        """Begins a skill as step number ``step``; what ran before is left.

        Args:
            step: the number that its ticks bear.
            name: of the skill.
            args: its arguments.
            speed_m_s: no arm is commanded faster; below the usual ``SPEED_M_S`` the skill goes at that share of its
                pace. None: the usual speed.
            force_n: no arm presses harder; a low cap makes it slow too, for what meets something at a speed presses
                on it. None: as hard as the skill does.

        Raises:
            InputError: no such skill, wrong arguments, or a cap that is not above 0.
        """
        force_n = float("inf") if force_n is None else force_n
        limiters = _limiters(SPEED_M_S if speed_m_s is None else min(speed_m_s, SPEED_M_S), force_n)
        self._step, self._name, self._args = step, name, checked_call(name, args)
        name, changed = self._injector.call(step, name, self._args)
        skill = self._skills.make(name, changed)
        skill.speed_share = limiters[0].pace_m_s / SPEED_M_S
        self._injector.begin(step, skill)
        skill.start(self._injector.view(self.bench.view()), self.bench.observations)
        self._skill, self._limiters, self._wanted = skill, limiters, (None, None)

    def stop(self, step: int | None = None, stand: bool = False) -> None:
        """Ends the skill that runs.

        Args:
            step: the number that ticks bear from now on.
            stand: its arms stop where they stand and press on nothing, except on a box between them; else they come
                to where they were told to be last, some centimetres on.
        """
        if stand and self._skill is not None:
            self._standing = self._stands(self._skill)
        self._skill = None
        self._step = self._step if step is None else step

    def tick(self) -> Tick:
        """One tick of the skill that runs, or of waiting if none does."""
        bench, skill, done, gave_up = self.bench, self._skill, False, ""
        if skill is None:
            observations = bench.step(self._standing)
            self._standing = [None, None]
        else:
            command = self._command(skill)
            observations = bench.step(self._limited(command), command.grips)
            left, right = command.grips
            self._grips = (left or self._grips[0], right or self._grips[1])
            gave_up = self._gave_up(skill)
            done = skill.done or bool(gave_up)
        self._injector.after_tick(self._step, skill, done)
        self._ticks += 1
        if done or self._ticks % TRUTH_TICKS == 0:
            self._truth = bench.truth()
        tick = Tick(
            time_s=bench.time_s,
            step=self._step,
            skill=self._name if skill is not None else "",
            args=self._args,
            phase=skill.phase if skill is not None else "",
            observations=(observations[0], observations[1]),
            view=bench.view(),
            grips=self._grips,
            truth=self._truth,
            done=done,
            gave_up=gave_up,
            record=self._injector.record,
        )
        if done:
            self.stop(stand=bool(gave_up))
        return tick

    def _stands(self, skill: Skill) -> list[np.ndarray | None]:
        """Targets (7,) with which the arms of a skill stop where they stand."""
        targets: list[np.ndarray | None] = [None, None]
        squeeze = self._args.get("object") == "box" and not any(self.bench.view().coupled)
        for arm in skill.arms:
            targets[arm] = here = self.bench.observations[arm].tcp_in_base.copy()
            if squeeze:
                # A box between two palms falls when they do not press on.
                axis = rotate(here[3:], np.array([0.0, 0.0, 1.0]))
                here[:3] += axis * float((self.bench.world.targets_in_base[arm][:3] - here[:3]) @ axis)
        return targets

    def _command(self, skill: Skill) -> SkillCommand:
        """What the skill wants. One that its speed cap keeps waiting goes on once the arms are where it wants them."""
        if self._waits and max(limiter.behind_m for limiter in self._limiters) > BEHIND_M:
            return SkillCommand(list(self._wanted))
        command = skill.step(self._injector.view(self.bench.view()), self.bench.observations)
        left, right = (
            new if new is not None else old for new, old in zip(command.targets_in_base, self._wanted, strict=True)
        )
        self._wanted = left, right
        return command

    def _limited(self, command: SkillCommand) -> list[np.ndarray | None]:
        """The targets (7,) that the arms get."""
        world, limited = self.bench.world, []
        for arm, (limiter, wanted) in enumerate(zip(self._limiters, command.targets_in_base, strict=True)):
            observation, last = self.bench.observations[arm], world.targets_in_base[arm]
            velocity = observation.tcp_twist_in_base[:3]
            limited.append(limiter.step(wanted, last, observation.tcp_in_base, velocity, world.contacts[arm]))
        return limited

    def _gave_up(self, skill: Skill) -> str:
        """Why the skill cannot go on; empty if it can."""
        held = next((limiter.reason for limiter in self._limiters if limiter.held), "")
        if skill.gave_up:
            return f"{skill.gave_up}; {held}" if held else skill.gave_up
        return "" if skill.done else next((limiter.reason for limiter in self._limiters if limiter.stuck), "")


def _limiters(speed_m_s: float, force_n: float) -> tuple[Limiter, Limiter]:
    return Limiter(speed_m_s, force_n), Limiter(speed_m_s, force_n)


def run_program(
    bench: Workbench,
    program: Sequence[Call],
    seed: int,
    failure: Failure | None = None,
    backend: str = "scripted",
    tail_s: float = TAIL_S,
) -> Iterator[Tick]:
    """Resets the bench and runs a plain list of skills to its end, whatever happens; nobody watches or repairs.

    Raises:
        InputError: a call that is not valid, an empty program, or a failure that does not fit its step.
    """
    if not program:
        raise InputError("the program is empty: expected at least one call of a skill")
    bench.reset(seed)
    execution = Execution(bench, backend, seed, failure, program)
    for step, (name, args) in enumerate(program):
        execution.start(step, name, args)
        while True:
            tick = execution.tick()
            yield tick
            if tick.done:
                break
    execution.stop(len(program))
    end_s = bench.time_s + tail_s
    while bench.time_s < end_s:
        yield execution.tick()
