from itertools import product

import pytest

from touchloop.errors import InputError
from touchloop.monitor.program.calls import bind
from touchloop.monitor.program.model import Skill
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import effects, needs
from touchloop.tasks.workbench.vocabulary import CONDITIONS, checked, checked_call


def calls(spec):
    for values in product(*(parameter.values for parameter in spec.parameters)):
        given = dict(zip((parameter.name for parameter in spec.parameters), values, strict=True))
        try:
            bind(spec, given, 0)
        except InputError:
            continue
        yield given


@pytest.mark.parametrize("name", REGISTRY.skills)
def test_the_bench_takes_every_call_that_a_program_can_hold(name: str) -> None:
    for given in calls(REGISTRY.skills[name]):
        assert checked_call(name, given) == given


@pytest.mark.parametrize("name", REGISTRY.conditions)
def test_the_bench_knows_every_condition(name: str) -> None:
    for given in calls(REGISTRY.conditions[name]):
        assert checked("condition", CONDITIONS, name, given) == given


@pytest.mark.parametrize("name", REGISTRY.skills)
def test_needs_and_effects_are_conditions_that_exist(name: str) -> None:
    for given in calls(REGISTRY.skills[name]):
        skill = Skill(name, tuple(given.values()))
        for condition in (*needs(REGISTRY, skill), *effects(REGISTRY, skill)):
            spec = REGISTRY.conditions[condition.name]
            bind(spec, dict(zip((p.name for p in spec.parameters), condition.arguments, strict=True)), 0)
