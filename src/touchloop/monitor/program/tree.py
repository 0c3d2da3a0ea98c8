"""Turns a program into a behaviour tree of py_trees that is ticked from outside."""

from typing import Literal, Protocol

import py_trees
from py_trees.common import Status

from touchloop.monitor.program import model
from touchloop.monitor.program.printer import node_text

Result = Literal["running", "success", "failure"]
State = Literal["waiting", "running", "done", "failed", "stopped"]
"""How a node is shown; 'stopped' is one that was interrupted."""
_STATUS: dict[Result, Status] = {"running": Status.RUNNING, "success": Status.SUCCESS, "failure": Status.FAILURE}
_STATES: dict[Status, State] = {Status.RUNNING: "running", Status.SUCCESS: "done", Status.FAILURE: "failed"}


class SkillRun(Protocol):
    """A skill that was started."""

    def tick(self) -> Result:
        """Go on, without waiting, and say how it stands."""
        ...

    def halt(self) -> None:
        """Stop moving; the step was interrupted while it ran."""
        ...


class Hooks(Protocol):
    """What a program acts and looks through; nothing here may block."""

    def start(self, step: model.Step) -> SkillRun:
        """Begin a skill."""
        ...

    def holds(self, condition: model.Condition) -> bool | None:
        """Whether a condition holds; None, if nobody knows, counts as no."""
        ...

    def checkpoint(self, name: str) -> None:
        """A checkpoint is reached."""
        ...

    def ask(self, question: str) -> bool | None:
        """The human's answer; None while there is none. Called each tick until there is one."""
        ...


class ProgramTree:
    """A program as a behaviour tree."""

    def __init__(self, program: model.Program, hooks: Hooks) -> None:
        self.program = program
        self._behaviours: dict[model.Path, py_trees.behaviour.Behaviour] = {}
        self._seen: set[model.Path] = set()
        self._hooks = hooks
        self._steps = {step.path: step for step in program.steps()}
        self.root = py_trees.composites.Sequence("program", memory=True, children=self._children((), program.body))

    def tick(self) -> Result:
        """Tick once. After the end the tree stands still and answers as before."""
        if self.root.status not in (Status.SUCCESS, Status.FAILURE):
            self.root.tick_once()
            self._seen |= {path for path, b in self._behaviours.items() if b.status != Status.INVALID}
        return next(result for result, status in _STATUS.items() if status == self.root.status)

    def halt(self) -> None:
        """Interrupt what runs; the next tick begins the program anew."""
        self.root.stop(Status.INVALID)

    def state(self, path: model.Path) -> State:
        """How a node stands."""
        status = self._behaviours[path].status
        return _STATES.get(status, "stopped" if path in self._seen else "waiting")

    def running_steps(self) -> tuple[model.Step, ...]:
        """The skills that run at this moment."""
        return tuple(step for path, step in self._steps.items() if self.state(path) == "running")

    def _children(self, path: model.Path, body: tuple[model.Node, ...]) -> list[py_trees.behaviour.Behaviour]:
        return [self._behaviour((*path, index), node) for index, node in enumerate(body)]

    def _behaviour(self, path: model.Path, node: model.Node) -> py_trees.behaviour.Behaviour:
        behaviour = self._make(path, node)
        self._behaviours[path] = behaviour
        return behaviour

    def _make(self, path: model.Path, node: model.Node) -> py_trees.behaviour.Behaviour:
        name = node_text(node)
        if isinstance(node, model.Skill):
            return _SkillLeaf(name, self._hooks, self._steps[path])
        if isinstance(node, model.Check | model.Checkpoint | model.Ask):
            return _Leaf(name, self._hooks, node)
        children = self._children(path, node.children)
        if isinstance(node, model.Fallback):
            return py_trees.composites.Selector(name, memory=True, children=children)
        if isinstance(node, model.Parallel):
            policy = py_trees.common.ParallelPolicy.SuccessOnAll(synchronise=True)
            return py_trees.composites.Parallel(name, policy=policy, children=children)
        sequence = py_trees.composites.Sequence(name, memory=True, children=children)
        if isinstance(node, model.Retry):
            return py_trees.decorators.Retry(name, sequence, num_failures=node.times)
        return sequence


class _Leaf(py_trees.behaviour.Behaviour):
    def __init__(self, name: str, hooks: Hooks, node: model.Check | model.Checkpoint | model.Ask) -> None:
        super().__init__(name)
        self._hooks, self._node = hooks, node

    def update(self) -> Status:
        """Look, tell or ask."""
        match self._node:
            case model.Check(condition):
                return Status.SUCCESS if self._hooks.holds(condition) else Status.FAILURE
            case model.Checkpoint(name):
                self._hooks.checkpoint(name)
                return Status.SUCCESS
            case model.Ask(question):
                answer = self._hooks.ask(question)
                return Status.RUNNING if answer is None else Status.SUCCESS if answer else Status.FAILURE


class _SkillLeaf(py_trees.behaviour.Behaviour):
    def __init__(self, name: str, hooks: Hooks, step: model.Step) -> None:
        super().__init__(name)
        self._hooks, self._step = hooks, step
        self._run: SkillRun | None = None

    def update(self) -> Status:
        """Start the skill, or go on with it."""
        if self._run is None:
            self._run = self._hooks.start(self._step)
        return _STATUS[self._run.tick()]

    def terminate(self, new_status: Status) -> None:
        """Stop the skill if it was interrupted; one that ended has stopped itself."""
        if self._run is not None and new_status == Status.INVALID and self.status == Status.RUNNING:
            self._run.halt()
        self._run = None
