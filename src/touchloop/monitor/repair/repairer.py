"""Chooses how to go on after a failure, at most five times a run."""

from dataclasses import dataclass, field

from touchloop.errors import InputError
from touchloop.monitor.program import model
from touchloop.monitor.program.achieve import CannotReach
from touchloop.monitor.program.errors import ProgramError
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.registry import Registry
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import simulate
from touchloop.monitor.program.validator import validate
from touchloop.monitor.repair.memory import RepairMemory
from touchloop.monitor.repair.remaining import first, remaining
from touchloop.monitor.repair.ways import DARK_QUESTION, WAYS, Failure
from touchloop.monitor.verdict import Cause, Verdict

MAX_REPAIRS = 5
_HUMAN = ("ask", "light")
KINDS: dict[Cause, tuple[str, ...]] = {
    "no_grasp": ("retry", "other_skill", "slower", "other_arm", "home_first", "ask"),
    "slip": ("slower", "retry", "other_arm", "regrasp", "ask"),
    "translation": ("retry", "regrasp", "other_skill", "other_arm", "ask"),
    "rotation": ("regrasp", "retry", "other_arm", "slower", "ask"),
    "no_rotation": ("regrasp", "retry", "other_arm", "ask"),
    "wrong_order": ("reorder", "redo", "retry", "ask"),
    "wrong_object": ("retry", "reorder", "other_arm", "ask"),
    "blocked": ("home_first", "other_arm", "slower", "other_skill", "ask"),
    "moved_after_success": ("redo", "reorder", "retry", "ask"),
    "lost_tool": ("retry", "other_arm", "reorder", "ask"),
    "lights_out": ("light",),
    "unknown": ("retry", "home_first", "slower", "ask"),
}
"""What is tried for a cause, in this order unless the memory knows better."""


@dataclass(frozen=True, slots=True)
class Trace:
    """How far a program has come."""

    done: frozenset[int] = frozenset()
    """Numbers of the steps that ended well."""


@dataclass(frozen=True, slots=True)
class Repair:
    """An edit: what is left to do, changed."""

    program: model.Program
    kind: str
    skill: str
    cause: Cause
    sentence: str
    """Why and what, for people."""


@dataclass(slots=True)
class Repairer:
    """Repairs the program of one run."""

    registry: Registry = REGISTRY
    allowed: frozenset[str] | None = None
    """Names of skills that may be used; None allows all."""
    memory: RepairMemory = field(default_factory=RepairMemory)
    max_repairs: int = MAX_REPAIRS
    repairs: list[Repair] = field(default_factory=list)
    """What was chosen so far."""

    def __post_init__(self) -> None:
        if not 0 <= self.max_repairs <= MAX_REPAIRS:
            raise InputError(f"max_repairs is {self.max_repairs}; it must be from 0 to {MAX_REPAIRS}")
        if self.allowed is not None:
            self.registry = self.registry.only(self.allowed)

    def next(self, program: model.Program, trace: Trace, verdict: Verdict, facts: SceneFacts) -> Repair | None:
        """The best repair that was not tried yet; None when there is none or five were chosen."""
        if len(self.repairs) >= self.max_repairs:
            return None
        candidates = self.candidates(program, trace, verdict, facts)
        if not candidates:
            return None
        # The last of five is spent on the human, who may still help.
        last = len(self.repairs) == self.max_repairs - 1
        human = [repair for repair in candidates if repair.kind in _HUMAN]
        chosen = human[0] if last and human else candidates[0]
        self.repairs.append(chosen)
        return chosen

    def candidates(
        self, program: model.Program, trace: Trace, verdict: Verdict, facts: SceneFacts
    ) -> tuple[Repair, ...]:
        """At most five repairs, the best first; each is valid, within the allow-list and the caps.

        Raises:
            InputError: the verdict is not of a failure, or names a step that the program does not have.
        """
        if verdict.status not in ("failed", "unknown"):
            raise InputError(f"verdict status is {verdict.status!r}; only 'failed' and 'unknown' are repaired")
        cause = verdict.cause or "unknown"
        rest = remaining(program, trace.done, self.registry)
        steps = {step.number: step.skill for step in program.steps()}
        if verdict.step is None:
            return self._unnamed(rest, cause)
        if verdict.step not in steps:
            raise InputError(f"verdict names step {verdict.step}; the program has steps 1 to {len(steps)}")
        skill = steps[verdict.step]
        inside = any(found is skill for _, found in rest.walk())
        failure = Failure(rest, skill, facts, self.registry, inside)
        tried = {(repair.kind, repair.skill) for repair in self.repairs}
        kinds = [kind for kind in KINDS[cause] if (kind, str(skill)) not in tried or kind in _HUMAN]
        machine = self.memory.order(skill.name, cause, [kind for kind in kinds if kind not in _HUMAN])
        found = [self._write(kind, failure, cause) for kind in (*machine, *(k for k in kinds if k in _HUMAN))]
        valid = [repair for repair in found if repair is not None]
        if len(valid) > MAX_REPAIRS:
            valid = [*valid[: MAX_REPAIRS - 1], valid[-1]]
        return tuple(valid)

    def learn(self, repair: Repair, worked: bool) -> None:
        """Remember whether a repair worked."""
        self.memory.record(repair.skill.partition("(")[0], repair.cause, repair.kind, worked)

    def _write(self, kind: str, failure: Failure, cause: Cause) -> Repair | None:
        way = WAYS[kind]
        try:
            program = way.write(failure)
            if program is None:
                return None
            validate(program, self.registry)
        except (CannotReach, ProgramError):
            # This way is closed here; others may be open.
            return None
        if kind not in _HUMAN:
            outcome = simulate(program, failure.facts, self.registry)
            if outcome.problems or outcome.unreached(program.goals):
                return None
        why = cause.replace("_", " ") if cause != "unknown" else "nobody knows why"
        return Repair(program, kind, str(failure.skill), cause, f"{failure.skill} failed ({why}), so {way.told}.")

    def _unnamed(self, rest: model.Program, cause: Cause) -> tuple[Repair, ...]:
        """Where no step is named, only the human can tell what to do, or turn on the light."""
        if cause == "lights_out":
            program = first(first(rest, model.Check(model.Condition("lit"))), model.Ask(DARK_QUESTION))
            return (Repair(program, "light", "unknown", cause, "It is dark, so the human is asked for light."),)
        program = first(
            rest, model.Ask("Something failed, but not clearly which step. Answer yes to go on, no to stop.")
        )
        try:
            validate(program, self.registry)
        except ProgramError:
            return ()
        sentence = "Something failed, but no step could be named, so the human is asked."
        return (Repair(program, "ask", "unknown", cause, sentence),)
