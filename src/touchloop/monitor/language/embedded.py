"""The embedded planner: rules and a word list. Deterministic, offline, and never guessing.

Each word of an instruction must have a meaning or be known to have none; otherwise nothing is planned, and the answer
says what was not understood. Nothing but the skills that it was given can come out of it, whatever is said to it.
"""

from dataclasses import dataclass

from touchloop.monitor.language.clauses import Clause, order
from touchloop.monitor.language.context import NotUnderstood
from touchloop.monitor.language.embedding import embedder_for
from touchloop.monitor.language.frame import Frame
from touchloop.monitor.language.gaps import close_gaps
from touchloop.monitor.language.join import join
from touchloop.monitor.language.likeness import Likeness
from touchloop.monitor.language.list_order import put_first
from touchloop.monitor.language.marks import AFTER, BEFORE
from touchloop.monitor.language.meaning import Interpreter
from touchloop.monitor.language.plan import Goal, Plan, Problem
from touchloop.monitor.language.reading import read
from touchloop.monitor.language.retrieval import nearest
from touchloop.monitor.language.words import why_refused
from touchloop.monitor.language.writing import write_program
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.registry import Registry
from touchloop.monitor.program.skills import REGISTRY

MAX_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class EmbeddedPlanner:
    """Plans from English by rules."""

    registry: Registry = REGISTRY
    """Cut down to the allow-list with ``registry.only(names)``."""
    embeddings: str = "auto"
    """Whether a verb that no list has may be taken for one that it is like: auto (where the extra is installed), on or
    off. What was taken for what is in the notes."""

    def plan(self, instruction: str, facts: SceneFacts) -> Plan:
        """Goals and a program for an instruction, or the problems with it.

        Raises:
            InputError: embeddings are on and not installed, or there is no such choice.
        """
        if self.embeddings != "auto":
            embedder_for(self.embeddings)
        problem = _unreadable(instruction)
        if problem:
            return Plan(instruction, problems=(problem,))
        clauses, frames = read(instruction)
        embedder = embedder_for(self.embeddings) if any(frame.unknown for frame in frames) else None
        if embedder is not None:
            likeness = Likeness(embedder)
            frames = [likeness.take(frame) for frame in frames]
        frames = close_gaps(frames, clauses)
        problems = _not_understood(frames, clauses)
        interpreter = Interpreter(facts)
        found: dict[int, list[Goal]] = {}
        said: list[int] = []
        for frame in join(frames):
            try:
                found.setdefault(frame.index, []).extend(interpreter.goals(frame))
                said.append(frame.index)
                if frame.first:
                    put_first(frame.first, said, found)
            except NotUnderstood as error:
                problems.append(Problem(frame.text, str(error), nearest(frame.text)))
        goals = _without_repeats(_in_order(clauses, found))
        if not goals and not problems:
            problems.append(Problem(instruction, "nothing to do was found in it", nearest(instruction)))
        mended = [note for frame in frames for note in frame.mended]
        plan = Plan(instruction, tuple(goals), None, tuple(problems), (*mended, *filter(None, interpreter.notes)))
        return plan if problems else write_program(plan, facts, self.registry)


def _in_order(clauses: list[Clause], found: dict[int, list[Goal]]) -> list[Goal]:
    """The goals of clauses, by index, in the order in which they are meant."""
    goals: list[Goal] = []
    sentence, begun = -1, 0
    for index in order(clauses):
        said, clause = found.get(index, []), clauses[index]
        if clause.sentence != sentence:
            sentence, begun = clause.sentence, len(goals)
        known_before = bool(said) and set(said) <= set(goals[:begun])
        if clause.opened_by == BEFORE and known_before:
            # 'Press the switch. Before you press it, wipe the board.'
            first = min(goals.index(goal) for goal in said)
            goals = goals[:first] + goals[begun:] + goals[first:begun]
        elif not (clause.opened_by == AFTER and set(said) <= set(goals)):
            # 'Insert the pegs; once they are in, ...' says nothing new.
            goals += said
    return goals


def _unreadable(instruction: str) -> Problem | None:
    if not instruction.strip():
        return Problem(instruction, "the instruction is empty")
    if len(instruction) > MAX_CHARACTERS:
        return Problem(instruction[:40], f"the instruction is longer than {MAX_CHARACTERS} characters")
    return None


def _not_understood(frames: list[Frame], clauses: list[Clause]) -> list[Problem]:
    problems = [
        Problem(clause.text, f"{' '.join(clause.strange)!r} has no meaning here")
        for clause in clauses
        if clause.strange
    ]
    for frame in frames:
        for word in frame.unknown:
            problems.append(Problem(frame.text, f"{word!r} is not understood", nearest(frame.text)))
        for word in frame.refused:
            problems.append(Problem(frame.text, f"{word!r}: {why_refused(word)}"))
    return problems


def _without_repeats(goals: list[Goal]) -> list[Goal]:
    """'Take the box and lift it' says one thing twice; 'take the peg, hold it with the left arm' says it closer."""
    kept: list[Goal] = []
    for goal in goals:
        before = kept[-1].condition if kept else None
        name, arguments = goal.condition.name, goal.condition.arguments
        if before and name == before.name == "holding" and before.arguments == ("*", arguments[-1]):
            kept.pop()
        if not kept or goal != kept[-1]:
            kept.append(goal)
    return kept
