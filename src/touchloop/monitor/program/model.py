"""What a program is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

Path = tuple[int, ...]
"""Where a node stands: the index of the child to follow at each level."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is true of the scene or not, as ``holding(left, wiper)``."""

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"


@dataclass(frozen=True, slots=True)
class Node:
    """Anything that stands in a program; comments belong to the node below or beside them."""

    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stood in the text; 0 if it never stood in one."""
    comments: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def children(self) -> tuple["Node", ...]:
        """The nodes inside."""
        return ()


@dataclass(frozen=True, slots=True)
class Skill(Node):
    """A skill with its arguments, and how fast and firm at most, if less than its caps."""

    name: str
    arguments: tuple[str, ...] = ()
    speed_m_s: float | None = None
    force_n: float | None = None

    def __str__(self) -> str:
        options = [f"{key}={str(value).removesuffix('.0')}" for key, value in self.options.items()]
        return f"{self.name}({', '.join((*self.arguments, *options))})"

    @property
    def options(self) -> dict[str, float]:
        """The caps that the program sets itself."""
        given = {"speed_m_s": self.speed_m_s, "force_n": self.force_n}
        return {key: value for key, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Check(Node):
    """Fails unless the condition holds."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Checkpoint(Node):
    """A moment at which to take pictures and to judge them; always goes on."""

    name: str


@dataclass(frozen=True, slots=True)
class Ask(Node):
    """Asks the human, and waits; fails when the answer is no."""

    question: str


@dataclass(frozen=True, slots=True)
class Group(Node):
    """A node with a body."""

    body: tuple[Node, ...] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes inside."""
        return self.body


@dataclass(frozen=True, slots=True)
class Sequence(Group):
    """One after the other, until one fails."""

    title: str = ""


@dataclass(frozen=True, slots=True)
class Fallback(Group):
    """One after the other, until one succeeds."""


@dataclass(frozen=True, slots=True)
class Retry(Group):
    """The body as a sequence, at most ``times`` times."""

    times: int = 2


@dataclass(frozen=True, slots=True)
class Branch(Group):
    """What one arm does in a parallel: its body as a sequence."""

    arm: str = ""


@dataclass(frozen=True, slots=True)
class Parallel(Group):
    """Branches of both arms at once; fails as soon as one fails."""


@dataclass(frozen=True, slots=True)
class Program:
    """What the user said, what is to be reached, and how, as one sequence."""

    body: tuple[Node, ...] = ()
    instruction: str = ""
    goals: tuple[Condition, ...] = ()
    """In the order in which they are to be reached."""
    comments: tuple[str, ...] = ()
    """What stands after the last node."""

    def walk(self) -> Iterator[tuple[Path, Node]]:
        """Every node with its path, parents first."""
        for index, node in enumerate(self.body):
            yield from walk((index,), node)

    def steps(self) -> tuple["Step", ...]:
        """The skills in the order of the text, counted from 1."""
        found = ((path, node) for path, node in self.walk() if isinstance(node, Skill))
        return tuple(Step(number, path, node) for number, (path, node) in enumerate(found, 1))


@dataclass(frozen=True, slots=True)
class Step:
    """A skill, its number and where it stands."""

    number: int
    path: Path
    skill: Skill


def walk(path: Path, node: Node) -> Iterator[tuple[Path, Node]]:
    """A node and all in it with their paths, parents first; ``path`` is where the node itself stands."""
    yield path, node
    for index, child in enumerate(node.children):
        yield from walk((*path, index), child)


def with_body(group: Group, body: tuple[Node, ...]) -> Group:
    """The same group around other nodes."""
    return replace(group, body=body)
