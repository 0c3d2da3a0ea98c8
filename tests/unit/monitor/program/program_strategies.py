"""Random valid programs."""

from hypothesis import strategies as st

from touchloop.monitor.program import model
from touchloop.monitor.program.registry import ConditionSpec, SkillSpec
from touchloop.monitor.program.skills import REGISTRY

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COMMENTS = st.lists(TEXT.map(lambda t: t.replace("\n", " ").strip()), max_size=2).map(tuple)


@st.composite
def arguments(draw, spec: SkillSpec | ConditionSpec, arm: str | None = None):
    while True:
        values = {}
        for parameter in spec.parameters:
            valid = (arm,) if arm and parameter.name == "arm" else parameter.values
            if parameter.name == "target" and values.get("object") in spec.fits:
                valid = spec.fits[values["object"]]
            values[parameter.name] = draw(st.sampled_from(valid))
        return tuple(values.values())


@st.composite
def conditions(draw):
    spec = REGISTRY.conditions[draw(st.sampled_from(sorted(REGISTRY.conditions)))]
    return model.Condition(spec.name, draw(arguments(spec)))


@st.composite
def skills(draw, arm: str | None = None):
    names = sorted(name for name in REGISTRY.skills if not arm or name != "lift")
    spec = REGISTRY.skills[draw(st.sampled_from(names))]
    given = draw(arguments(spec, arm).filter(lambda a: not arm or spec.arms(a) == (arm,)))
    option = st.none() | st.floats(0.0, 1.0, exclude_min=True)
    speed, force = draw(option), draw(option)
    return model.Skill(
        spec.name,
        given,
        (speed and speed * spec.max_speed_m_s) or None,
        (force and force * spec.max_force_n) or None,
        comments=draw(COMMENTS),
    )


@st.composite
def nodes(draw, depth: int = 2, arm: str | None = None, retry: bool = True):
    kinds = ["skill", "skill", "check", "ask"]
    if depth:
        kinds += ["sequence", "fallback", *(["retry"] if retry else []), *([] if arm else ["parallel"])]
    kind, comments = draw(st.sampled_from(kinds)), draw(COMMENTS)

    def body(arm=arm, retry=retry):
        return tuple(draw(st.lists(nodes(depth - 1, arm, retry), min_size=1, max_size=3)))

    match kind:
        case "skill":
            return draw(skills(arm))
        case "check":
            return model.Check(draw(conditions()), comments=comments)
        case "ask":
            return model.Ask(draw(TEXT), comments=comments)
        case "sequence":
            return model.Sequence(body(), title=draw(TEXT), comments=comments)
        case "fallback":
            return model.Fallback(body(), comments=comments)
        case "retry":
            return model.Retry(body(retry=False), times=draw(st.integers(1, 10)), comments=comments)
        case _:
            arms = draw(st.sampled_from([("left",), ("right",), ("left", "right"), ("right", "left")]))
            branches = tuple(model.Branch(body(arm=a), arm=a, comments=draw(COMMENTS)) for a in arms)
            return model.Parallel(branches, comments=comments)


@st.composite
def programs(draw):
    body = list(draw(st.lists(nodes(), min_size=1, max_size=4)))
    for index in range(draw(st.integers(0, 2))):
        body.insert(draw(st.integers(0, len(body))), model.Checkpoint(f"moment_{index}"))
    goals = tuple(draw(st.lists(conditions(), max_size=2)))
    return model.Program(tuple(body), draw(TEXT), goals, draw(COMMENTS))
