"""One run of a program: its tree is ticked, its steps are watched, and what fails is repaired."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from touchloop.monitor.evidence.geometry import CLEAN_INK_SHARE, holds, tcp_in_world
from touchloop.monitor.evidence.pictures import fused
from touchloop.monitor.evidence.sensed import Sensed
from touchloop.monitor.evidence.watch import Watch
from touchloop.monitor.program import model
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import effects
from touchloop.monitor.program.tree import ProgramTree, Result
from touchloop.monitor.repair.remaining import remaining
from touchloop.monitor.repair.repairer import Repair, Repairer, Trace
from touchloop.monitor.run.picture_checks import PictureChecks
from touchloop.monitor.run.run_events import Command, Kind, RunEvent, StartSkill, Status, StopSkill
from touchloop.monitor.run.seen_facts import seen_facts
from touchloop.monitor.verdict import Verdict

WAITS_S = 0.5
"""After a skill gave up, or a condition of the program was not seen to hold, a verdict is waited for."""
STAYS_S = 1.5
"""After the last step what was reached is still watched for so long."""

CHECK_CONFIDENCE = 0.9
"""In a condition that poses show."""
WAITED_CONFIDENCE = 0.5
DARK = "the pictures are dark"
LOOKS_S = 0.3
"""Cameras have looked again after this."""


@dataclass(slots=True)
class _Skill:
    """A skill's run in the tree."""

    run: "MonitoredRun"
    step: model.Step
    number: int = 0
    result: Result = "running"

    def tick(self) -> Result:
        """Starts when the arms are free; two branches of a parallel take turns."""
        if self.number == 0 and self.run.active is None:
            self.number = self.run.begin(self)
        return self.result

    def halt(self) -> None:
        """Interrupted."""
        if self.run.active is self:
            self.run.end_active()


@dataclass
class MonitoredRun:
    """Runs a program on a bench through ``step``, one tick at a time. It never blocks and moves nothing itself.

    Args:
        program: validated, and approved by whoever must.
        watch: judges steps.
        repairer: repairs; None: a failure ends the run.
        answer: the human's answer to a question, None while there is none.
        watched: false: failures are noticed only when a skill gives up, and conditions of the program count as true
            unless a picture says otherwise.
        heedless: not even then; all steps are run whatever happens.
        pictures: judged at checkpoints, and where the other evidence says nothing or says that something failed; None:
            none are.
    """

    program: model.Program
    watch: Watch
    repairer: Repairer | None
    answer: Callable[[str], bool | None]
    watched: bool = True
    heedless: bool = False
    pictures: PictureChecks | None = None
    status: Status = "running"
    events: list[RunEvent] = field(default_factory=list)
    active: _Skill | None = None

    def __post_init__(self) -> None:
        self._tree = ProgramTree(self.program, self)
        self._state = self.watch.start()
        self._commands: list[Command] = []
        self._started = 0
        self._done: set[int] = set()
        self._numbers: dict[int, int] = {}
        self._doubted: set[int] = set()
        self._steps: list[model.Step] = []
        self._last_repair: Repair | None = None
        self._sensed: Sensed | None = None
        self._tcps = (np.zeros(7), np.zeros(7))
        self._clean: bool | None = None
        self._over_s: float | None = None
        self._failed_s: float | None = None
        self._refused = False
        self._checked: model.Condition | None = None
        self._answered: tuple[bool, float] | None = None
        self._gave_up: tuple[float, model.Step, str] | None = None
        self.verdict = Verdict("running")

    # What the tree calls.

    def start(self, step: model.Step) -> _Skill:
        """See ``Hooks``."""
        return _Skill(self, step)

    def holds(self, condition: model.Condition) -> bool | None:
        """See ``Hooks``."""
        now_s = 0.0 if self._sensed is None else self._sensed.time_s
        self._checked = condition
        if not self.watched:
            judged = self.pictures is not None and self.pictures.judges_ends
            return not (judged and self.pictures and self.pictures.holds(condition, now_s) is False)
        seen = self._seen(condition)
        if seen is None and self.pictures is not None:
            return self.pictures.holds(condition, now_s)
        return seen

    def _seen(self, condition: model.Condition) -> bool | None:
        """By poses and cameras."""
        if self._sensed is None:
            return None
        if condition.name == "clean":
            return self._clean
        args = REGISTRY.conditions[condition.name].bound(condition.arguments)
        return holds(
            self._sensed.view, self._tcps, self._sensed.ink_share, self._state.box_rest_z, condition.name, **args
        )

    def checkpoint(self, name: str) -> None:
        """See ``Hooks``."""
        if self.pictures is None or self._checked is None or not self.watched:
            self._note("checkpoint", name)
            return
        answer = self.pictures.ask(self._checked)
        seen, confidence = fused(self._seen(answer.condition), CHECK_CONFIDENCE, answer)
        agrees = "agrees" if answer.true == seen else "says nothing" if answer.true is None else "disagrees"
        self._note("checkpoint", f"{name}: {answer}, which {agrees}; confidence {confidence:.2f}")

    def ask(self, question: str) -> bool | None:
        """See ``Hooks``."""
        if self.status != "asking":
            self._note("ask", question)
            self.status = "asking"
        now_s = 0.0 if self._sensed is None else self._sensed.time_s
        if self._answered is None:
            answer = self.answer(question)
            self._answered = None if answer is None else (answer, now_s)
        # What the human did must be seen before the program goes on.
        if self._answered is None or now_s - self._answered[1] < LOOKS_S:
            return None
        answer, self._answered = self._answered[0], None
        self._refused = not answer
        self.status = "running"
        self._state = replace(self._state, step=None, effects=())
        return answer

    def begin(self, skill: _Skill) -> int:
        """A skill's turn has come."""
        self._started += 1
        self.active = skill
        self._numbers[self._started] = skill.step.number
        spec_args = self._arguments(skill.step.skill)
        self._commands.append(
            StartSkill(
                self._started, skill.step.skill.name, spec_args, skill.step.skill.speed_m_s, skill.step.skill.force_n
            )
        )
        self._note("step", str(skill.step.skill))
        return self._started

    def end_active(self) -> None:
        """Stop what runs."""
        self.active = None
        self._commands.append(StopSkill())

    # What the owner calls.

    @property
    def facts(self) -> SceneFacts:
        """What is seen of the scene now."""
        if self._sensed is None:
            return SceneFacts()
        return seen_facts(self._sensed, self._tcps, self._state.box_rest_z, self._clean)

    def pause(self) -> list[Command]:
        """Stops where it is; ``resume`` begins the step anew."""
        if self.status in ("running", "asking"):
            self._tree.halt()
            self.active, self.status = None, "paused"
            return [StopSkill()]
        return []

    def resume(self) -> None:
        """Goes on with what is left."""
        if self.status == "paused":
            self._rebuild(self._rest())
            self.status = "running"

    def abort(self) -> list[Command]:
        """Stops for good."""
        if self.status in ("done", "failed", "aborted"):
            return []
        self._tree.halt()
        self.active, self.status = None, "aborted"
        self._note("end", "aborted")
        return [StopSkill()]

    def step(self, sensed: Sensed, dt_s: float) -> list[Command]:
        """One tick: what is sensed after the last one in, commands out.

        ``sensed.step`` is the number of the last ``StartSkill`` that was taken.
        """
        self._commands = []
        self._sensed = sensed
        left, right = (tcp_in_world(o.tcp_in_base, arm) for arm, o in enumerate(sensed.observations))
        self._tcps = (left, right)
        if sensed.ink_share is not None:
            self._clean = sensed.ink_share <= CLEAN_INK_SHARE
        if self.status not in ("running", "asking"):
            return []
        failed = self._judge(sensed, dt_s)
        if failed is not None:
            self._fail(failed)
            return self._commands
        if self._gave_up is not None:
            return self._commands
        result = self._tree.tick()
        if result == "success":
            self._over_s = sensed.time_s if self._over_s is None else self._over_s
            if sensed.time_s - self._over_s > STAYS_S or not self.watched:
                self._end("done", "all steps are done")
        elif result == "failure":
            self._on_failure(sensed)
        return self._commands

    def _on_failure(self, sensed: Sensed) -> None:
        """The program has failed by its own rules: what a check wants may show in a moment, or the watch tells why."""
        missed = self._checked
        if missed is None or not self.watched or self._refused:
            self._end("failed", "the human said no" if self._refused else "the program failed")
            return
        self._failed_s = sensed.time_s if self._failed_s is None else self._failed_s
        if sensed.time_s - self._failed_s <= WAITS_S:
            return
        self._failed_s = None
        if not sensed.view.lit:
            self._fail(Verdict("failed", "lights_out", None, CHECK_CONFIDENCE, (DARK,), reason=DARK))
            return
        if self.holds(missed):
            self._rebuild(self._rest())
            return
        steps = [s for s in self.program.steps() if missed in effects(REGISTRY, s.skill)]
        number = steps[-1].number if steps else None
        reason = f"{missed} is not seen to hold"
        self._fail(Verdict("failed", "unknown", number, WAITED_CONFIDENCE, (reason,), reason=reason))

    def _judge(self, sensed: Sensed, dt_s: float) -> Verdict | None:
        verdict: Verdict | None = None
        if self.watched and self.status == "running":
            self._state, seen = self.watch.step(self._state, sensed, dt_s)
            self.verdict = seen
            verdict = seen if seen.status == "failed" else None
            if seen.status == "unknown" and seen.step is not None and seen.step not in self._doubted:
                self._doubt(seen, seen.step)
        if verdict is None and sensed.done and self.active is not None and sensed.step == self.active.number:
            step = self.active.step
            if sensed.gave_up and not self.heedless:
                self._gave_up = (sensed.time_s, step, sensed.gave_up)
                self.active = None
            else:
                shown = None if self.pictures is None else self.pictures.at_end(step, self._arguments(step.skill))
                if shown is not None:
                    return shown
                self._done.add(step.number)
                self.active.result, self.active = "success", None
        if verdict is None and self._gave_up is not None:
            since_s, step, why = self._gave_up
            if not self.watched or sensed.time_s - since_s > WAITS_S:
                return Verdict("failed", "unknown", step.number, 0.5, (why,), reason=why)
        if verdict is not None and verdict.step is not None:
            return replace(verdict, step=self._numbers.get(verdict.step))
        return verdict

    def _doubt(self, verdict: Verdict, number: int) -> None:
        """Told once a step; nothing is stopped for it."""
        self._doubted.add(number)
        verdict = replace(verdict, step=self._numbers.get(number))
        self._note("verdict", verdict.reason, verdict=self._with_picture(verdict))

    def _with_picture(self, verdict: Verdict) -> Verdict:
        step = next((step for step in self.program.steps() if step.number == verdict.step), None)
        if self.pictures is None or not self.watched or step is None:
            return verdict
        return self.pictures.beside(verdict, step, self._arguments(step.skill))

    def _fail(self, verdict: Verdict) -> None:
        verdict = self._with_picture(verdict)
        self.verdict = verdict
        self._note("verdict", verdict.reason, verdict=verdict)
        if self._last_repair is not None and self.repairer is not None:
            self.repairer.learn(self._last_repair, worked=False)
            self._last_repair = None
        self._tree.halt()
        self.active, self._gave_up = None, None
        self._commands.append(StopSkill())
        if self.repairer is None:
            self._end("failed", verdict.reason)
            return
        # What was done before the light went out stays done.
        again = {verdict.step} if verdict.step is not None and verdict.cause != "lights_out" else set()
        done = frozenset(self._done - again)
        repair = self.repairer.next(self.program, Trace(done), verdict, self.facts)
        if repair is None:
            self._end("failed", f"{verdict.reason}; no repair is left")
            return
        self._note("repair", repair.sentence, repair=repair)
        self._last_repair = repair
        self._rebuild(repair.program)

    def _rest(self) -> model.Program:
        return remaining(self.program, frozenset(self._done), REGISTRY)

    def _rebuild(self, program: model.Program) -> None:
        self.program = program
        self._tree = ProgramTree(program, self)
        self._done, self._over_s, self._failed_s, self._checked = set(), None, None, None
        self._state = replace(self._state, step=None, effects=(), verdict=Verdict("running"))
        self.status = "running"

    def _end(self, status: Status, text: str) -> None:
        self.status = status
        if status == "done":
            self.verdict = Verdict("ok", confidence=CHECK_CONFIDENCE, reason=text)
        if self._last_repair is not None and self.repairer is not None and status == "done":
            self.repairer.learn(self._last_repair, worked=True)
        self._note("end", text)

    def _note(self, kind: Kind, text: str, verdict: Verdict | None = None, repair: Repair | None = None) -> None:
        time_s = 0.0 if self._sensed is None else self._sensed.time_s
        self.events.append(RunEvent(time_s, kind, text, verdict, repair))

    @staticmethod
    def _arguments(skill: model.Skill) -> dict[str, str]:
        return REGISTRY.skills[skill.name].bound(skill.arguments)
