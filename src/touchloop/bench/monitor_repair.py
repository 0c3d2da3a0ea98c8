"""Whole runs on the simulated bench: blind, by the skills' own log, or watched and repaired."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from touchloop.bench.monitor_episodes import ink_seen
from touchloop.errors import InputError
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.pictures import Judge, PictureAnswer, look
from touchloop.monitor.evidence.sensed import sensed_of
from touchloop.monitor.evidence.watch import Watch
from touchloop.monitor.program import model
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import lasting
from touchloop.monitor.program.vocabulary import ARMS
from touchloop.monitor.repair.memory import RepairMemory
from touchloop.monitor.repair.repairer import Repairer
from touchloop.monitor.run.caps import Caps
from touchloop.monitor.run.ink_watch import InkWatch
from touchloop.monitor.run.monitored_run import MonitoredRun
from touchloop.monitor.run.picture_checks import PictureChecks
from touchloop.monitor.run.run_events import RunEvent, StartSkill
from touchloop.monitor.run.seen_facts import facts_at_rest
from touchloop.monitor.vlm.facts import TIMES
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import Call, Execution
from touchloop.tasks.workbench.failures import Failure, FailureRecord
from touchloop.tasks.workbench.truth import Truth

Mode = Literal["none", "log", "pictures", "log_pictures", "evidence"]
"""How failures are noticed: not at all; by what a skill itself gives up on; by pictures after each step; by both; by
all evidence, each tick. All but the first repair."""
WITH_PICTURES = ("pictures", "log_pictures")
MODES: tuple[Mode, ...] = get_args(Mode)
TIME_LIMIT_S = 240.0
OVERVIEW = "overview"


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """Of one run.

    Attributes:
        success: all goals are true in the end.
        status: how the run ended by its own account.
        events: what was said and done.
        record: the failure that was injected, once it was fact.
        time_s: simulated.
        program: in the end.
        questions: asked of pictures.
        tokens: that they cost.
        asked_s: that they took, of real time.
    """

    success: bool
    status: str
    events: tuple[RunEvent, ...]
    record: FailureRecord | None
    time_s: float
    program: model.Program
    questions: int = 0
    tokens: int = 0
    asked_s: float = 0.0


def calls_of(program: model.Program) -> tuple[Call, ...]:
    """A program's skills in the order of the text."""
    return tuple((s.skill.name, REGISTRY.skills[s.skill.name].bound(s.skill.arguments)) for s in program.steps())


def run_on_bench(
    bench: Workbench,
    program: model.Program,
    limits: Limits,
    mode: Mode,
    seed: int,
    failure: Failure | None = None,
    backend: str = "scripted",
    memory: RepairMemory | None = None,
    goals: Sequence[model.Condition] | None = None,
    each: Callable[[Workbench, MonitoredRun], None] | None = None,
    judge: Judge | None = None,
) -> RunOutcome:
    """Resets the bench of a seed and runs a program on it.

    Args:
        bench: any.
        program: valid.
        limits: of the watch.
        mode: one of ``MODES``.
        seed: of the bench, the skills and the failure's details.
        failure: to be injected, counted in the steps of the program.
        backend: of the skills.
        memory: what repairs have worked; default none.
        goals: what must be true in the end, ``*`` for any arm; default those of the program that it leaves true.
        each: called after each tick, to show or record.
        judge: asked about the overview picture at checkpoints.

    Raises:
        InputError: an unknown mode, or one with pictures and no judge.
    """
    if mode not in MODES:
        raise InputError(f"mode '{mode}': expected one of {', '.join(MODES)}")
    if mode in WITH_PICTURES and judge is None:
        raise InputError(f"mode '{mode}' needs a vision-language model that judges pictures")
    bench.reset(seed)
    wanted = lasting(program.goals, program, facts_at_rest(bench.view()), REGISTRY) if goals is None else goals
    execution = Execution(bench, backend, seed, failure, calls_of(program))
    repairer = None if mode == "none" else Repairer(memory=memory or RepairMemory())
    human = _Helper(bench)
    pictures = None
    if judge is not None and (mode in WITH_PICTURES or mode == "evidence"):

        def looked(condition: model.Condition) -> PictureAnswer:
            return look(judge, [bench.render(OVERVIEW, TIMES)], condition)

        pictures = PictureChecks(looked, judges_ends=mode in WITH_PICTURES)
    heedless = mode in ("none", "pictures")
    run = MonitoredRun(
        program, Watch(limits), repairer, human.answer, mode == "evidence", heedless=heedless, pictures=pictures
    )
    ink, number = InkWatch(), 0
    tick = execution.tick()
    while run.status in ("running", "asking") and bench.time_s < TIME_LIMIT_S:
        sensed = sensed_of(tick, None, ink_seen(ink, tick, bench))
        for command in run.step(sensed, PERIOD_S):
            if isinstance(command, StartSkill):
                number = command.number
                speed_m_s, force_n = Caps().clipped(command.name, command.speed_m_s, command.force_n)
                execution.start(number - 1, command.name, command.args, speed_m_s, force_n)
            else:
                execution.stop(stand=True)
        tick = execution.tick()
        if each is not None:
            each(bench, run)
    truth = bench.truth()
    good = all(_true(goal, truth) for goal in wanted)
    cost = (0, 0, 0.0) if pictures is None else (pictures.questions, pictures.tokens, pictures.seconds)
    return RunOutcome(good, run.status, tuple(run.events), tick.record, bench.time_s, run.program, *cost)


def _true(goal: model.Condition, truth: Truth) -> bool:
    arms = ARMS if "*" in goal.arguments else ("",)
    named = [tuple(arm if value == "*" else value for value in goal.arguments) for arm in arms]
    return any(truth.holds_true(goal.name, **REGISTRY.conditions[goal.name].bound(values)) for values in named)


@dataclass(slots=True)
class _Helper:
    """A human beside the bench who switches the light on when asked, and answers no to all else."""

    bench: Workbench

    def answer(self, question: str) -> bool | None:
        """What is said."""
        if "light" in question.lower() and not self.bench.lit:
            self.bench.light(True)
            return True
        return False
