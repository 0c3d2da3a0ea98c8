"""The ROS graph as recorded: who publishes, subscribes, offers and calls what."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from touchloop.errors import InputError

KINDS = ("publish", "subscribe", "reply", "request", "execute", "call")
"""What a node does: with topics, with services, with actions."""
ACTION_PARTS = "/_action/"
"""In the names of the topics and services that an action is made of."""
COMMANDS = ("target_pose", "target_wrench", "gripper/command")
"""Topics that one node alone may publish, under any namespace."""


@dataclass(frozen=True, slots=True)
class NodeUses:
    """What one node does; each is a set of full names, as ``/left/target_pose``."""

    publish: frozenset[str] = frozenset()
    subscribe: frozenset[str] = frozenset()
    reply: frozenset[str] = frozenset()
    request: frozenset[str] = frozenset()
    execute: frozenset[str] = frozenset()
    call: frozenset[str] = frozenset()

    def merged(self, other: "NodeUses") -> "NodeUses":
        """What the node did at either time."""
        return NodeUses(**{kind: getattr(self, kind) | getattr(other, kind) for kind in KINDS})


@dataclass(frozen=True, slots=True)
class Graph:
    """All nodes by their full name, as ``/left/fast_controller``."""

    nodes: Mapping[str, NodeUses] = field(default_factory=dict)

    def merged(self, other: "Graph") -> "Graph":
        """What was there at either time."""
        names = sorted(set(self.nodes) | set(other.nodes))
        nothing = NodeUses()
        return Graph({name: self.nodes.get(name, nothing).merged(other.nodes.get(name, nothing)) for name in names})

    def rivals(self) -> dict[str, list[str]]:
        """Command topics that several nodes publish, and those nodes."""
        publishers: dict[str, list[str]] = {}
        for name, uses in self.nodes.items():
            for topic in uses.publish:
                if topic.endswith(tuple(f"/{command}" for command in COMMANDS)):
                    publishers.setdefault(topic, []).append(name)
        return {topic: sorted(names) for topic, names in sorted(publishers.items()) if len(names) > 1}

    def to_json(self) -> str:
        """As text that :func:`read_graph` reads."""
        rows = {
            name: {kind: sorted(getattr(uses, kind)) for kind in KINDS if getattr(uses, kind)}
            for name, uses in sorted(self.nodes.items())
        }
        return json.dumps(rows, indent=1) + "\n"


def graph_of(rows: object) -> Graph:
    """Return the graph that a JSON object describes: node to kind to names.

    Raises:
        InputError: something in it is of another form; says where.
    """
    if not isinstance(rows, dict) or not rows:
        raise InputError("a graph is a JSON object with a key for each node, as /fast_controller; none is there")
    nodes = {}
    for name, kinds in rows.items():
        if not name.startswith("/") or name.endswith("/"):
            raise InputError(f"node {name!r}: expected a full name, as /left/fast_controller")
        strange = sorted(set(kinds) - set(KINDS)) if isinstance(kinds, dict) else [kinds]
        if strange:
            raise InputError(f"node {name}: {strange[0]!r} is unknown; valid: {', '.join(KINDS)}")
        for kind, names in kinds.items():
            wrong = [one for one in names if not isinstance(one, str) or not one.startswith("/")]
            if wrong:
                raise InputError(f"node {name}, {kind}: {wrong[0]!r} is no full name, as /left/target_pose")
        nodes[name] = _without_action_parts(NodeUses(**{kind: frozenset(names) for kind, names in kinds.items()}))
    return Graph(nodes)


def read_graph(file: Path) -> Graph:
    """Read a recorded graph.

    Raises:
        InputError: the file is not there or is no graph.
    """
    try:
        return graph_of(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the graph {file}: {error}") from error


def _without_action_parts(uses: NodeUses) -> NodeUses:
    """An action's topics and services are allowed with the action."""
    plain = {kind: frozenset(name for name in getattr(uses, kind) if ACTION_PARTS not in name) for kind in KINDS}
    execute = {name.partition(ACTION_PARTS)[0] for name in uses.publish if ACTION_PARTS in name}
    call = {name.partition(ACTION_PARTS)[0] for name in uses.subscribe | uses.request if ACTION_PARTS in name}
    execute |= {name.partition(ACTION_PARTS)[0] for name in uses.reply if ACTION_PARTS in name}
    plain["execute"] |= execute
    plain["call"] |= call
    return NodeUses(**plain)
