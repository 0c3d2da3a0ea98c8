"""The skills and conditions there are.

A cap is the most that a program may ask for; nothing that a model writes can lift it.
"""

import re

from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.registry import Case, ConditionSpec, Parameter, Registry, SkillSpec
from touchloop.monitor.program.vocabulary import ARMS, GRASPABLE, HOLES, HOME, OBJECTS, PEGS, PLACES_OF, TARGETS

MAX_SPEED_M_S = 0.30
"""Of all skills: each crosses the bench, and this is how fast arms do that."""
_CONDITION = re.compile(r"(\w+)\(([^)]*)\)")


def _all(text: str) -> tuple[Condition, ...]:
    """Conditions from ``"free(arm) at(object, *)"``."""
    return tuple(
        Condition(name, tuple(part.strip() for part in inside.split(",") if part.strip()))
        for name, inside in _CONDITION.findall(text)
    )


_ARM = Parameter("arm", ARMS)
_GONE = "at(object, *) inserted(object, *)"
_AWAY = "near(arm, *)"
_BOTH_AWAY = "near(left, *) near(right, *)"
_BOX_UP = _all("lifted(box)")
"""One arm alone must not move while both hold the box."""
_BOTH_FREE = "free(left) free(right)"

_SKILLS = (
    SkillSpec(
        "home",
        "Bring an arm to where it rests.",
        (_ARM,),
        (Case(adds=_all(f"near(arm, {HOME})"), removes=_all(_AWAY), avoids=_BOX_UP),),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=20.0,
    ),
    SkillSpec(
        "grasp",
        "Grasp a tool, a peg or the box and raise it a little.",
        (_ARM, Parameter("object", GRASPABLE)),
        (
            Case(
                needs=_all("free(arm)"),
                adds=_all("holding(arm, object)"),
                avoids=_all("holding(*, object) lifted(object)"),
                removes=_all(f"free(arm) {_GONE} {_AWAY}"),
            ),
        ),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=20.0,
    ),
    SkillSpec(
        "release",
        "Open a gripper where it is.",
        (_ARM,),
        (
            Case(
                when=_all("holding(arm, ?object) near(arm, ?target)"),
                adds=_all("free(arm) at(?object, ?target)"),
                removes=_all("holding(arm, *)"),
            ),
            Case(adds=_all("free(arm)"), removes=_all("holding(arm, *)"), avoids=_BOX_UP),
        ),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=20.0,
    ),
    SkillSpec(
        "place",
        "Put down what is held; the box, if both arms hold it up, with both, led by the one that is named.",
        (_ARM, Parameter("object", tuple(PLACES_OF)), Parameter("target", ("rack", "tray", "shelf"))),
        (
            Case(
                given={"object": ("box",)},
                when=_all("lifted(object)"),
                needs=_all("lifted(object)"),
                adds=_all(f"at(object, target) {_BOTH_FREE} near(left, target) near(right, target)"),
                removes=_all(f"lifted(object) {_BOTH_AWAY}"),
                both_arms=True,
            ),
            Case(
                needs=_all("holding(arm, object)"),
                adds=_all("at(object, target) free(arm) near(arm, target)"),
                removes=_all(f"holding(arm, object) {_AWAY}"),
            ),
        ),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=20.0,
        fits=PLACES_OF,
    ),
    SkillSpec(
        "move",
        "Bring an arm, and what it holds, over a place or an object.",
        (_ARM, Parameter("target", (*TARGETS, *OBJECTS))),
        (Case(adds=_all("near(arm, target)"), removes=_all(_AWAY), avoids=_BOX_UP),),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=20.0,
    ),
    SkillSpec(
        "insert",
        "Find a hole by touch and push the held peg in.",
        (_ARM, Parameter("object", PEGS), Parameter("target", HOLES)),
        (
            Case(
                needs=_all("holding(arm, object)"),
                adds=_all("inserted(object, target) near(arm, target)"),
                avoids=_all("inserted(*, target)"),
                removes=_all(_AWAY),
            ),
        ),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=30.0,
    ),
    SkillSpec(
        "wipe",
        "Wipe the board clean with the held wiper.",
        (_ARM, Parameter("object", ("board",))),
        (Case(needs=_all("holding(arm, wiper)"), adds=_all("clean(object)"), removes=_all(_AWAY)),),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=20.0,
    ),
    SkillSpec(
        "press",
        "Press the switch with an empty hand until it snaps.",
        (_ARM, Parameter("object", ("switch",))),
        (Case(needs=_all("free(arm)"), adds=_all("pressed(object)"), removes=_all(_AWAY)),),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=20.0,
    ),
    SkillSpec(
        "lift",
        "Squeeze the box between both arms and lift it.",
        (Parameter("object", ("box",)),),
        (
            Case(
                needs=_all(_BOTH_FREE),
                avoids=_all("holding(*, object)"),
                adds=_all("lifted(object)"),
                removes=_all(f"{_BOTH_FREE} at(object, *) {_BOTH_AWAY}"),
                both_arms=True,
            ),
        ),
        max_speed_m_s=MAX_SPEED_M_S,
        max_force_n=30.0,
    ),
)

_CONDITIONS = (
    ConditionSpec("holding", "The arm holds the object.", (_ARM, Parameter("object", GRASPABLE))),
    ConditionSpec("free", "The arm holds nothing.", (_ARM,)),
    ConditionSpec(
        "at",
        "The object stands or lies at the place.",
        (Parameter("object", tuple(PLACES_OF)), Parameter("target", ("rack", "tray", "shelf"))),
        fits=PLACES_OF,
    ),
    ConditionSpec("inserted", "The peg is down in the hole.", (Parameter("object", PEGS), Parameter("target", HOLES))),
    ConditionSpec("pressed", "The switch is on.", (Parameter("object", ("switch",)),)),
    ConditionSpec("clean", "Nothing is left on the board.", (Parameter("object", ("board",)),)),
    ConditionSpec("lifted", "Both arms hold the box up.", (Parameter("object", ("box",)),)),
    ConditionSpec(
        "near", "The arm is over the place, or where it rests.", (_ARM, Parameter("target", (*TARGETS, *OBJECTS, HOME)))
    ),
    ConditionSpec("lit", "There is light to see by."),
)

REGISTRY = Registry({spec.name: spec for spec in _SKILLS}, {spec.name: spec for spec in _CONDITIONS})
