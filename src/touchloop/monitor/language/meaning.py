"""From the frame of a clause to the goals it means, given what was said before and what is known of the scene."""

from touchloop.monitor.language.context import Context, NotUnderstood
from touchloop.monitor.language.deeds import deed_of
from touchloop.monitor.language.frame import Frame, Thing
from touchloop.monitor.language.plan import Goal
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.vocabulary import (
    ARMS,
    FORMS,
    GRASPABLE,
    HOLES,
    HOME,
    PEGS,
    PLACES_OF,
    form_of,
    other_arm,
    peg_of,
)

_PLACES = ("rack", "tray", "shelf")
_USES = {"wipe": "board", "press": "switch", "lift": "box"}
_CLEAR = {"wipe": ("clean", ("board",)), "press": ("pressed", ("switch",)), "lift": ("lifted", ("box",))}


class Interpreter:
    """Gives clauses their meaning, one after the other."""

    def __init__(self, facts: SceneFacts) -> None:
        self.context = Context(facts)
        self.facts = facts
        self.notes: list[str] = []

    def goals(self, frame: Frame) -> list[Goal]:
        """The goals of one frame.

        Raises:
            NotUnderstood: it has no single meaning here.
        """
        kind = deed_of(frame, self.context, self.notes)
        arm = self._arm(frame)
        if kind == "home":
            return [Goal(Condition("near", (a, HOME))) for a in ([arm] if arm else ARMS)]
        if kind == "approach":
            return [Goal(Condition("near", (self._need_arm(arm, frame), self._place(frame, []))))]
        if kind in _CLEAR:
            return self._simple(kind, arm, frame)
        if kind == "open" and frame.arms == ARMS:
            return [Goal(Condition("free", (a,))) for a in ARMS]
        if kind == "open":
            hand = self._need_arm(arm or self.context.arm, frame)
            return [Goal(Condition("free", (hand,)))]
        objects = self._objects(frame, kind)
        self.context.mention(objects)
        if frame.arms == ARMS and len(objects) == 1 and not (kind == "put" and objects == ["box"]):
            raise NotUnderstood("both arms together lift the box, nothing else")
        if kind == "grasp":
            goals = [self._grasp(name, arm, len(objects)) for name in objects]
        elif kind == "insert":
            goals = [Goal(Condition("inserted", (peg, self._hole(peg, frame))), arm) for peg in objects]
        else:
            target = self._place(frame, objects)
            lifted = [Goal(Condition("lifted", ("box",)))] if frame.arms == ARMS and "box" in objects else []
            self.context.places |= dict.fromkeys(objects, target)
            goals = [*lifted, *(Goal(Condition("at", (name, self._fitting(name, target))), arm) for name in objects)]
        self._refuse_conflict(goals)
        return goals

    def _simple(self, kind: str, arm: str, frame: Frame) -> list[Goal]:
        wanted = _USES[kind]
        named = {thing.kind for thing in frame.things if not thing.tool}
        if kind == "wipe" and "wiper" in named and "board" not in named:
            raise NotUnderstood("wipe takes the board, not the wiper")
        tools = {"wiper"} if kind == "wipe" else set()
        for thing in frame.things:
            if thing.kind in tools or (thing.tool and thing.kind in ("it", "one")):
                continue
            if thing.kind not in (wanted, "it") and not (kind != "lift" and thing.kind == "home"):
                name = thing.kind.replace("peg", "pegs").replace("hole", "holes")
                raise NotUnderstood(f"{kind} takes the {wanted}, not {name}")
        if not any(thing.kind == wanted for thing in frame.things):
            said = any(thing.kind == "it" and not thing.tool for thing in frame.things)
            if said and self.context.last((wanted,)) is None:
                raise NotUnderstood(f"'it' is not clear; {kind} takes the {wanted}")
            if not said:
                self.notes.append(f"{frame.text!r}: {kind} takes the {wanted}")
        if kind == "lift":
            if len(frame.arms) == 1 or frame.side:
                raise NotUnderstood("lifting the box takes both arms")
            arm = ""
        self.context.objects += ["wiper", wanted] if kind == "wipe" else [wanted]
        return [Goal(Condition(*_CLEAR[kind]), arm)]

    def _grasp(self, name: str, arm: str, count: int) -> Goal:
        if name not in GRASPABLE:
            raise NotUnderstood(f"{name} cannot be grasped; valid: {', '.join(GRASPABLE)}")
        if count > 1:
            # One hand holds one thing.
            free = [a for a in ARMS if a not in self.context.holders.values()]
            if not free:
                raise NotUnderstood("each hand holds one thing only")
            arm = free[0]
        if arm:
            self.context.holders[name] = arm
        return Goal(Condition("holding", (arm or "*", name)))

    def _arm(self, frame: Frame) -> str:
        arms = frame.arms
        if arms in (("other",), ("same",)):
            if not self.context.arm:
                raise NotUnderstood(f"the {arms[0]} arm as which? left or right must be named")
            arms = (other_arm(self.context.arm) if arms == ("other",) else self.context.arm,)
        if not arms and frame.side:
            pegs = any(thing.kind in ("peg", "it", "one", "other", "them") for thing in frame.things)
            if not pegs or "grasp" in frame.verbs:
                arms = (frame.side,)
        if len(arms) == 1:
            self.context.arm = arms[0]
            return arms[0]
        return ""

    def _need_arm(self, arm: str, frame: Frame) -> str:
        if not arm:
            raise NotUnderstood(f"which arm? {frame.text!r} names none; valid: left, right")
        return arm

    def _objects(self, frame: Frame, kind: str) -> list[str]:
        valid = PEGS if kind == "insert" else tuple(PLACES_OF)
        found: list[str] = []
        for thing in frame.things:
            if thing.source or thing.kind in (*_PLACES, "hole"):
                continue
            if thing.kind == "other" and found:
                continue
            if thing.tool and thing.kind == "it":
                continue
            found += self._named(thing, frame, kind, valid)
        if not found and kind == "insert" and "fill" in frame.verbs and (hole := self._named_hole(frame)):
            form = self.facts.forms.get(hole, "")
            found = [peg_of(form)] if form in FORMS else []
        if not found:
            raise NotUnderstood(f"{kind} what? valid: {', '.join(valid)}")
        for name in found:
            if name not in valid:
                raise NotUnderstood(f"{kind} takes {', '.join(valid)}, not the {name}")
        return list(dict.fromkeys(found))

    def _named(self, thing: Thing, frame: Frame, kind: str, valid: tuple[str, ...]) -> list[str]:
        last_peg = self.context.last(PEGS)
        match thing.kind:
            case "peg" if thing.form.startswith("@"):
                form = self.facts.forms.get(f"{thing.form[1:]}_hole", "")
                if form not in FORMS:
                    raise NotUnderstood(f"it is not known which peg fits the {thing.form[1:]} hole")
                return [peg_of(form)]
            case "peg" if thing.form:
                return [peg_of(thing.form)]
            case "peg" | "both" if thing.both:
                return list(PEGS)
            case "peg" | "other" if thing.other or thing.kind == "other":
                if last_peg is None:
                    raise NotUnderstood("the other one of which?")
                return [PEGS[1 - PEGS.index(last_peg)]]
            case "peg":
                return [self._peg(frame, kind)]
            case "it":
                name = self.context.last(valid)
                if name is None:
                    raise NotUnderstood(f"it is not clear what 'it' is; valid: {', '.join(valid)}")
                return [name]
            case "them":
                recent = list(dict.fromkeys(name for name in self.context.objects if name in valid))[-2:]
                names = [name for name in self.context.group if name in valid] or recent
                if len(names) < 2:
                    raise NotUnderstood("it is not clear what 'them' are")
                return names
        return [thing.kind]

    def _peg(self, frame: Frame, kind: str) -> str:
        """The peg that is meant by 'the peg'."""
        if kind == "insert":
            hole = self._named_hole(frame)
            form = self.facts.forms.get(hole or "")
            if form in FORMS:
                self.notes.append(
                    f"the {hole.replace('_', ' ')} is {form}, so the peg is the {form} one" if hole else ""
                )
                return peg_of(form)
        name = self.context.last(PEGS)
        if name is not None:
            return name
        raise NotUnderstood("which peg? valid: round_peg, square_peg")

    def _named_hole(self, frame: Frame) -> str | None:
        """The hole that a frame names by side, form or 'other'; None for 'its hole', or none at all."""
        holes = [thing for thing in frame.things if thing.kind == "hole" and not thing.source]
        for thing in holes:
            if thing.side:
                return f"{thing.side}_hole"
            if thing.form:
                hole = self.facts.hole_for(thing.form)
                if hole is None:
                    raise NotUnderstood(f"it is not known which hole is {thing.form}")
                return hole
        if frame.side:
            return f"{frame.side}_hole"
        objects = [thing for thing in frame.things if thing.kind in ("peg", "it")]
        other = any(thing.other for thing in holes) or (objects and any(t.kind == "other" for t in frame.things))
        if other:
            if not self.context.hole:
                raise NotUnderstood("the other hole than which?")
            return HOLES[1 - HOLES.index(self.context.hole)]
        return None

    def _hole(self, peg: str, frame: Frame) -> str:
        hole = self._named_hole(frame)
        if hole is None:
            hole = self.facts.hole_for(form_of(peg))
            if hole is None:
                raise NotUnderstood(f"it is not known which hole {peg} fits; name the left or the right hole")
        elif hole not in self.facts.forms:
            self.notes.append(f"nobody knows whether {hole} is {form_of(peg)}")
        self.context.hole = hole
        return hole

    def _place(self, frame: Frame, objects: list[str]) -> str:
        places = [thing.kind for thing in frame.things if thing.kind in _PLACES and not thing.source]
        if places:
            return places[-1]
        hole = self._named_hole(frame)
        if hole:
            return hole
        if "return" in (*frame.verbs, *frame.weak):
            return "back"
        if objects and objects[0] in self.context.places:
            # 'carry it to the shelf and set it down'
            return self.context.places[objects[0]]
        raise NotUnderstood(f"where to? valid: {', '.join((*_PLACES, *HOLES))}")

    def _fitting(self, name: str, target: str) -> str:
        if target == "back":
            target = PLACES_OF[name][0]
        if target not in PLACES_OF[name]:
            raise NotUnderstood(f"{name} cannot go to {target}; valid: {', '.join(PLACES_OF[name])}")
        return target

    def _refuse_conflict(self, goals: list[Goal]) -> None:
        holes = [goal.condition.arguments[1] for goal in goals if goal.condition.name == "inserted"]
        if len(holes) != len(set(holes)):
            raise NotUnderstood(f"{holes[0]} takes one peg only")
