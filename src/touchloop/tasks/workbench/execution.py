"""Runs skills on the bench one after the other, tick by tick, with a failure if one is wanted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from touchloop.errors import InputError
from touchloop.sim.observation import Observation
from touchloop.sim.workbench.coupler import Grip
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import Failure, FailureRecord
from touchloop.tasks.workbench.injector import Injector
from touchloop.tasks.workbench.skill import Skill
from touchloop.tasks.workbench.skills import Skills
from touchloop.tasks.workbench.truth import Truth
from touchloop.tasks.workbench.view import View
from touchloop.tasks.workbench.vocabulary import checked_call

Call = tuple[str, Mapping[str, str]]
"""A skill and its arguments."""
TRUTH_TICKS = 5
"""The truth of a tick may be as old as four ticks."""
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
        self._stand = False
        self._step, self._name = 0, ""
        self._args: Mapping[str, str] = {}
        self._truth = bench.truth()
        self._ticks = 0
        self._grips: tuple[Grip, Grip] = ("open", "open")

    def start(self, step: int, name: str, args: Mapping[str, str], speed_share: float = 1.0) -> None:
        """Begins a skill as step number ``step``, in free air at a share of its usual speed; what ran before is left.

        Raises:
            InputError: no such skill, wrong arguments, or a share that is not above 0 and up to 1.
        """
        if not 0.0 < speed_share <= 1.0:
            raise InputError(f"{name}: speed share {speed_share}: expected above 0 and up to 1")
        self._step, self._name, self._args = step, name, checked_call(name, args)
        name, changed = self._injector.call(step, name, self._args)
        skill = self._skills.make(name, changed)
        skill.speed_share = speed_share
        self._injector.begin(step, skill)
        skill.start(self._injector.view(self.bench.view()), self.bench.observations)
        self._skill = skill

    def stop(self, step: int | None = None, stand: bool = False) -> None:
        """Ends the skill that runs; the arms come to where they were told to be last.

        Args:
            step: the number that ticks bear from now on.
            stand: the arms stop where they are instead, some centimetres earlier and without pressing on.
        """
        self._skill, self._stand = None, stand
        self._step = self._step if step is None else step

    def tick(self) -> Tick:
        """One tick of the skill that runs, or of waiting if none does."""
        bench, skill, done = self.bench, self._skill, False
        if skill is None:
            here = [observation.tcp_in_base for observation in bench.observations]
            observations = bench.step(here if self._stand else [None, None])
            self._stand = False
        else:
            command = skill.step(self._injector.view(bench.view()), bench.observations)
            observations = bench.step(command.targets_in_base, command.grips)
            left, right = command.grips
            self._grips = (left or self._grips[0], right or self._grips[1])
            done = skill.done or bool(skill.gave_up)
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
            gave_up=skill.gave_up if skill is not None else "",
            record=self._injector.record,
        )
        if done:
            self._skill = None
        return tick


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
