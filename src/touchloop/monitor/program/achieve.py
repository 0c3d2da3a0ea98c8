"""Finds the skills that bring a goal about from a state, with the steps that it implies.

A hand must be empty to grasp, to press and to lift, so what it holds goes back first: tools and pegs to the rack, the
box to the shelf. Only two arms and a handful of objects are there, so rules do; nothing is searched.
"""

from dataclasses import dataclass, field

from touchloop.errors import InputError
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.model import Condition, Skill
from touchloop.monitor.program.registry import Registry
from touchloop.monitor.program.symbolic import State, apply, holds, unmet
from touchloop.monitor.program.vocabulary import ARMS, HOME, PLACES_OF, form_of

LIFTED = Condition("lifted", ("box",))


class CannotReach(InputError):
    """A goal that no sequence of skills brings about here; the message says why."""


@dataclass(slots=True)
class Achiever:
    """Writes steps for one goal after the other, and keeps the state that they lead to."""

    facts: SceneFacts
    registry: Registry
    state: State = frozenset()
    steps: list[Skill] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    last_arm: str = ""

    def __post_init__(self) -> None:
        self.state = self.state or self.facts.conditions()

    def reach(self, goal: Condition, arm: str = "") -> None:
        """Add the steps for a goal, done by ``arm`` if it is named; none if the goal holds already.

        Raises:
            CannotReach: with the reason.
        """
        if holds(goal, self.state):
            self.notes.append(f"{goal} holds already")
            return
        match goal.name, goal.arguments:
            case "holding", (hand, name):
                self._hold(name, hand if hand != "*" else arm or self._arm((name,)))
            case "free", (hand,):
                self._empty(hand)
            case "at", ("box", target) if LIFTED in self.state:
                self.do("place", arm or self.last_arm or "left", "box", target)
            case "at", (name, target):
                self.do("place", self._take(name, arm, target), name, target)
            case "inserted", (peg, hole):
                self._insert(peg, hole, arm)
            case "pressed", _:
                self.do("press", self._emptied(arm, "switch"), "switch")
            case "clean", _:
                self.do("wipe", self._take("wiper", arm, "board"), "board")
            case "lifted", _:
                self._lift()
            case "near", (hand, target):
                self._put_down_box()
                self.do("home", hand) if target == HOME else self.do("move", hand, target)
            case _:
                raise CannotReach(f"{goal}: no skill brings this about")

    def do(self, name: str, *arguments: str) -> None:
        """Add one step.

        Raises:
            CannotReach: it is not allowed, or cannot be done here.
        """
        if name not in self.registry.skills:
            raise CannotReach(f"{name} is needed, but it is not on the list of allowed skills")
        skill = Skill(name, arguments)
        wanting = unmet(self.registry, skill, self.state)
        if wanting:
            raise CannotReach(f"{skill} cannot be done: {'; '.join(wanting)}")
        self.steps.append(skill)
        self.state = apply(self.registry, skill, self.state)
        if arguments[0] in ARMS:
            self.last_arm = arguments[0]

    def _holder(self, name: str) -> str | None:
        return next((arm for arm in ARMS if Condition("holding", (arm, name)) in self.state), None)

    def _held(self, arm: str) -> str | None:
        return next((c.arguments[1] for c in self.state if c.name == "holding" and c.arguments[0] == arm), None)

    def _arm(self, names: tuple[str, ...]) -> str:
        """The arm for these objects: one that reaches them, empty if possible, the last one if possible."""
        arms = self.facts.arms_for(names)
        if not arms:
            raise CannotReach(f"no arm reaches {' and '.join(names)}")
        return min(arms, key=lambda arm: (self._held(arm) is not None, arm != (self.last_arm or "left")))

    def _emptied(self, arm: str, name: str) -> str:
        arm = arm or self._arm((name,))
        self._put_down_box()
        self._empty(arm)
        return arm

    def _empty(self, arm: str) -> None:
        self._put_down_box()
        name = self._held(arm)
        if name is None:
            return
        if self._inserted(name):
            self.do("release", arm)
        else:
            self.do("place", arm, name, PLACES_OF[name][0])
            self.notes.append(f"the {arm} hand must be empty, so {name} goes to the {PLACES_OF[name][0]} first")

    def _inserted(self, name: str) -> bool:
        return holds(Condition("inserted", (name, "*")), self.state)

    def _put_down_box(self) -> None:
        if LIFTED in self.state:
            self.do("place", "left", "box", "shelf")
            self.notes.append("both hands hold the box, so it goes to the shelf first")

    def _hold(self, name: str, arm: str) -> None:
        holder = self._holder(name)
        if holder == arm:
            return
        if holder is not None:
            self._empty(holder)
        self._emptied(arm, name)
        self.do("grasp", arm, name)

    def _take(self, name: str, arm: str, target: str) -> str:
        arm = arm or self._holder(name) or self._arm((name, target))
        self._hold(name, arm)
        return arm

    def _insert(self, peg: str, hole: str, arm: str) -> None:
        form = self.facts.forms.get(hole)
        if form is not None and form != form_of(peg):
            raise CannotReach(f"{peg} does not fit: {hole} is {form}")
        inside = next((c.arguments[0] for c in self.state if c.name == "inserted" and c.arguments[1] == hole), None)
        if inside is not None and inside != peg:
            raise CannotReach(f"{hole} is taken by {inside}")
        arm = self._take(peg, arm, hole)
        self.do("insert", arm, peg, hole)
        # The hand stays closed around the peg until it is told to open.
        self.do("release", arm)

    def _lift(self) -> None:
        if LIFTED in self.state:
            return
        for arm in ARMS:
            if arm not in self.facts.arms_for(("box",)):
                raise CannotReach(f"the {arm} arm does not reach the box; lifting it takes both")
            self._empty(arm)
        self.do("lift", "box")
