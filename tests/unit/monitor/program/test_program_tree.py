from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program_strategies import programs

from touchloop.monitor.program import model
from touchloop.monitor.program.parser import parse
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.tree import ProgramTree
from touchloop.monitor.program.view import status_dot, status_text


@dataclass
class Run:
    results: list
    log: list
    name: str

    def tick(self):
        return self.results.pop(0) if len(self.results) > 1 else self.results[0]

    def halt(self):
        self.log.append(f"halt {self.name}")


@dataclass
class World:
    results: dict = field(default_factory=dict)
    true: set = field(default_factory=set)
    answers: list = field(default_factory=list)
    log: list = field(default_factory=list)

    def start(self, step: model.Step) -> Run:
        self.log.append(str(step.skill))
        attempts = self.results.get(str(step.skill), [["success"]])
        return Run(list(attempts.pop(0) if len(attempts) > 1 else attempts[0]), self.log, str(step.skill))

    def holds(self, condition: model.Condition) -> bool | None:
        return str(condition) in self.true or None

    def checkpoint(self, name: str) -> None:
        self.log.append(name)

    def ask(self, _question: str) -> bool | None:
        return self.answers.pop(0) if self.answers else None


def run(text: str, world: World, ticks: int = 50) -> tuple[str, ProgramTree]:
    tree = ProgramTree(parse(text), world)
    result = "running"
    for _ in range(ticks):
        result = tree.tick()
        if result != "running":
            break
    return result, tree


def test_a_sequence_remembers_what_is_done() -> None:
    world = World({"grasp(left, wiper)": [["running", "running", "success"]]})
    assert run("grasp(left, wiper)\nwipe(left)\ncheckpoint end", world)[0] == "success"
    assert world.log == ["grasp(left, wiper)", "wipe(left, board)", "end"]


def test_a_retry_starts_its_body_again_but_not_for_ever() -> None:
    world = World({"wipe(left, board)": [["failure"], ["success"]]})
    assert run("retry 2:\n    grasp(left, wiper)\n    wipe(left)", world)[0] == "success"
    assert world.log == ["grasp(left, wiper)", "wipe(left, board)"] * 2
    world = World({"wipe(left, board)": [["failure"]]})
    assert run("retry 3:\n    wipe(left)", world)[0] == "failure"
    assert len(world.log) == 3


def test_a_fallback_acts_only_if_it_must() -> None:
    text = "fallback:\n    check pressed()\n    press(left)"
    world = World(true={"pressed(switch)"})
    assert run(text, world)[0] == "success"
    assert world.log == []
    world = World()
    assert run(text, world)[0] == "success"
    assert world.log == ["press(left, switch)"]


def test_both_arms_move_at_once_and_the_failure_of_one_stops_the_other() -> None:
    text = "parallel:\n    left:\n        home(left)\n        move(left, tray)\n    right:\n        home(right)"
    world = World({"home(left)": [["running", "success"]], "home(right)": [["running", "running", "success"]]})
    assert run(text, world)[0] == "success"
    assert world.log == ["home(left)", "home(right)", "move(left, tray)"]
    world = World({"home(left)": [["running"]], "home(right)": [["running", "failure"]]})
    assert run(text, world)[0] == "failure"
    assert world.log == ["home(left)", "home(right)", "halt home(left)"]


@pytest.mark.parametrize(("answer", "result"), [(True, "success"), (False, "failure")])
def test_a_question_waits_for_its_answer(answer: bool, result: str) -> None:
    assert run('ask "Go on?"', World(answers=[None, None, answer]))[0] == result
    assert run('ask "Go on?"', World())[0] == "running"


def test_a_halt_stops_what_moves() -> None:
    world = World({"home(left)": [["running"]]})
    _, tree = run("home(left)\nhome(right)", world, ticks=3)
    assert [step.number for step in tree.running_steps()] == [1]
    tree.halt()
    assert world.log == ["home(left)", "halt home(left)"]
    assert tree.running_steps() == ()


def test_the_view_shows_how_it_stands() -> None:
    world = World({"press(right, switch)": [["running"]]})
    text = 'instruction "press"\nhome(right)\nretry 2:\n    press(right)\nhome(left)'
    _, tree = run(text, world, ticks=2)
    assert status_text(tree.program, tree.state) == (
        "press\n[x] 1. home(right)\n[>] retry 2:\n[>]     2. press(right, switch)\n[ ] 3. home(left)\n"
    )
    dot = status_dot(tree.program, tree.state)
    assert 'n_1_0 [label="press(right, switch)", fillcolor=lightskyblue]' in dot
    assert "n_1 -> n_1_0;" in dot
    tree.halt()
    assert "[-]     2. press" in status_text(tree.program, tree.state)


class ByChance(World):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = Random(seed)

    def holds(self, _condition):
        return self.random.random() < 0.5

    def ask(self, _question):
        return self.random.choice([None, True, False])

    def start(self, _step):
        last = self.random.choice(["success", "failure"])
        return Run([self.random.choice(["running", last]), last], self.log, "")


@settings(max_examples=30)
@given(programs(), st.integers(0, 1000))
def test_every_program_ends_and_no_arm_does_two_things_at_once(program: model.Program, seed: int) -> None:
    tree = ProgramTree(program, ByChance(seed))
    for _ in range(2000):
        busy = [
            arm for step in tree.running_steps() for arm in REGISTRY.skills[step.skill.name].arms(step.skill.arguments)
        ]
        assert len(busy) == len(set(busy))
        if tree.tick() != "running":
            return
    pytest.fail("it never ends")
