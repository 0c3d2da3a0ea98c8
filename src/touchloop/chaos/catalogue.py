"""What a chaos run throws: each kind of fault on each target, for how long, and whether the arm must hold."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from touchloop.chaos.topics import CONTROLLER, MANAGER, PLANNER, RECORDER, SUPERVISOR, TOPICS, WORLD
from touchloop.errors import InputError

Group = Literal["brief", "lasting", "process", "death", "machine"]
GROUPS: tuple[Group, ...] = ("brief", "lasting", "process", "death", "machine")
NODES = (WORLD, CONTROLLER, PLANNER, SUPERVISOR, RECORDER, MANAGER)
MEASUREMENTS = ("tcp_pose", "tcp_twist", "wrench")
BLIND = "a measurement is missing, wrong or old"
LOST_TARGET = "the controller's target cannot be followed"
LOST_COMMAND = "the arm hears no command that it can follow"


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of fault on one target.

    Attributes:
        group: how it is drawn: ``brief`` and ``lasting`` strike messages, ``process`` stops or slows a node for a
            while, ``death`` kills it, ``machine`` takes CPU or disk.
        lasts_s: shortest and longest.
        why_hold: why the arm must stand still; empty where it need not (it may).
        hold_after_s: time that may pass before the need begins, as a plan that is still good.
        delay_s, shift_s: of messages and of stamps, shortest and longest; the shift's sign is drawn.
    """

    kind: str
    target: str
    group: Group
    lasts_s: tuple[float, float]
    why_hold: str = ""
    hold_after_s: float = 0.0
    delay_s: tuple[float, float] = (0.0, 0.0)
    shift_s: tuple[float, float] = (0.0, 0.0)

    @property
    def strikes_messages(self) -> bool:
        """Whether the line does it."""
        return self.group in ("brief", "lasting")


@dataclass(frozen=True, slots=True)
class Fault:
    """One drawn fault."""

    number: int
    kind: str
    target: str
    group: Group
    lasts_s: float
    why_hold: str
    hold_after_s: float
    share: float
    delay_s: float
    shift_s: float
    seed: int

    @property
    def needs_hold(self) -> bool:
        """Whether the arm must stand still while it lasts."""
        return bool(self.why_hold)

    @property
    def strikes_messages(self) -> bool:
        """Whether the line does it."""
        return self.group in ("brief", "lasting")

    @classmethod
    def of(cls, cell: Cell, number: int, dice: random.Random) -> "Fault":
        """Draws what the cell leaves open."""
        partial = cell.kind in ("drop", "delay", "flip") and not cell.why_hold
        return cls(
            number=number,
            kind=cell.kind,
            target=cell.target,
            group=cell.group,
            lasts_s=round(dice.uniform(*cell.lasts_s), 4),
            why_hold=cell.why_hold,
            hold_after_s=cell.hold_after_s,
            share=round(dice.uniform(0.2, 1.0), 3) if partial else 1.0,
            delay_s=round(dice.uniform(*cell.delay_s), 4),
            shift_s=round(dice.choice((-1.0, 1.0)) * dice.uniform(*cell.shift_s), 4),
            seed=dice.randrange(2**32),
        )


NONE_S = (0.0, 0.0)
BRIEF_S = (0.02, 0.2)
LASTING_S = (0.3, 0.5)
SHORT_DELAY_S, LONG_DELAY_S = (0.005, 0.06), (0.2, 0.4)
SMALL_SHIFT_S, LARGE_SHIFT_S = (0.01, 0.1), (0.25, 20.0)
_SPOILS = ("nan", "frame", "stamp", "flip", "truncate")
_FLOWS = ("drop", "delay", "duplicate", "reorder", "flood")
_NO_FRAME = {"clock", "hold", "heartbeat"}
_NO_NUMBERS = {"clock", "hold", "heartbeat", "picture"}


def _brief() -> list[Cell]:
    cells = []
    for topic in TOPICS.values():
        if topic.name == "wrench_bias":
            continue  # It is sent once an episode; a stranger sends it instead.
        for kind in (*_FLOWS, *_SPOILS):
            if (kind == "frame" and topic.shape in _NO_FRAME) or (kind == "nan" and topic.shape in _NO_NUMBERS):
                continue
            if kind in ("flip", "truncate") and topic.shape == "clock":
                continue  # Twelve bytes: a flip is a step of the clock, which "stamp" is.
            delay_s = SHORT_DELAY_S if kind == "delay" else NONE_S
            shift_s = SMALL_SHIFT_S if kind == "stamp" else NONE_S
            cells.append(Cell(kind, topic.name, "brief", BRIEF_S, delay_s=delay_s, shift_s=shift_s))
    return cells


def _lasting() -> list[Cell]:
    why: dict[str, str] = dict.fromkeys(MEASUREMENTS, BLIND)
    why |= {"target_pose": LOST_TARGET, "safe/target_pose": LOST_COMMAND}
    cells = [
        Cell(
            kind,
            target,
            "lasting",
            LASTING_S,
            reason,
            delay_s=LONG_DELAY_S if kind == "delay" else NONE_S,
            shift_s=LARGE_SHIFT_S if kind == "stamp" else NONE_S,
        )
        for target, reason in why.items()
        for kind in ("drop", "delay", "nan", "frame", "stamp", "truncate")
        # A twist is judged by its arrival: nobody computes with its stamp.
        if not (target == "tcp_twist" and kind in ("delay", "stamp"))
    ]
    cells.append(Cell("drop", "/clock", "lasting", LASTING_S, "time stands still for the controller"))
    cells.append(Cell("stamp", "/clock", "lasting", LASTING_S, "the controller's time is wrong", shift_s=LARGE_SHIFT_S))
    cells.append(Cell("drop", "plan", "lasting", (2.0, 2.4), "the last plan is too old", hold_after_s=1.0))
    strangers = (*MEASUREMENTS, "target_pose", "target_wrench", "wrench_bias")
    cells += [Cell("foreign", target, "lasting", (0.6, 0.9)) for target in strangers]
    cells.append(Cell("foreign", "plan", "lasting", (1.6, 2.0)))
    cells.append(Cell("foreign", "safe/target_pose", "lasting", (0.6, 0.9), "somebody else commands the arm"))
    floods = ("tcp_pose", "tcp_twist", "wrench", "target_pose", "target_wrench")
    cells += [Cell("flood", target, "lasting", (0.5, 0.7)) for target in floods]
    return cells


def _processes() -> list[Cell]:
    why = {CONTROLLER: "nobody controls", SUPERVISOR: "nobody sends commands to the arm"}
    cells = [Cell("stop", node, "process", (0.02, 0.15)) for node in NODES]
    cells += [Cell("stop", node, "process", (0.3, 0.6), why.get(node, "")) for node in NODES]
    return cells + [Cell("slow", node, "process", (0.3, 1.0)) for node in NODES]


_DEATHS = {
    CONTROLLER: "nobody controls",
    SUPERVISOR: "nobody sends commands to the arm",
    PLANNER: "nobody plans",
    MANAGER: "nobody watches the nodes",
    # The arm itself is gone with a world, and nobody has to wait for a recorder.
    WORLD: "",
    RECORDER: "",
}
CATALOGUE: tuple[Cell, ...] = (
    *_brief(),
    *_lasting(),
    *_processes(),
    *(Cell("kill", node, "death", (0.3, 0.3), why) for node, why in _DEATHS.items()),
    Cell("load", "cpu", "machine", (1.0, 3.0)),
    Cell("disk full", RECORDER, "machine", (0.5, 1.5)),
)
SHARES: Mapping[Group, int] = {"brief": 150, "lasting": 34, "process": 10, "death": 3, "machine": 3}
"""Of 200 faults. Deaths cost seconds each, so they are rarer than messages' faults."""


@dataclass(slots=True)
class Deck:
    """Deals the same cards again and again, each as often as the others, in another order each time."""

    cards: tuple
    dice: random.Random
    _left: list = field(default_factory=list)

    def deal(self):
        """The next card."""
        if not self._left:
            self._left = list(self.cards)
            self.dice.shuffle(self._left)
        return self._left.pop()


def chosen(only: str) -> tuple[Cell, ...]:
    """Cells of some kinds and targets, written ``KIND`` or ``KIND:TARGET`` with commas; empty: all.

    Raises:
        InputError: one of them is in no cell.
    """
    if not only:
        return CATALOGUE
    cells: list[Cell] = []
    for wish in only.split(","):
        kind, _, target = wish.strip().partition(":")
        found = [cell for cell in CATALOGUE if cell.kind == kind and target in ("", cell.target)]
        if not found:
            kinds = ", ".join(dict.fromkeys(cell.kind for cell in CATALOGUE))
            targets = ", ".join(dict.fromkeys(cell.target for cell in CATALOGUE if cell.kind == kind))
            valid = f"targets of {kind} are: {targets}" if targets else f"kinds are: {kinds}"
            raise InputError(f"no fault '{wish}'; expected KIND or KIND:TARGET, {valid}")
        cells += found
    return tuple(dict.fromkeys(cells))


def draw(seed: int, only: str = "") -> Iterator[Fault]:
    """An endless sequence of faults; the same for the same seed.

    Groups come in their shares, and within a group each kind and target as often as any other. ``only`` is as for
    ``chosen``; raises InputError as that does.
    """
    return _drawn(random.Random(seed), chosen(only))


def _drawn(dice: random.Random, choice: tuple[Cell, ...]) -> Iterator[Fault]:
    cells = {group: Deck(tuple(c for c in choice if c.group == group), dice) for group in GROUPS}
    groups = Deck(tuple(group for group in GROUPS for _ in range(SHARES[group]) if cells[group].cards), dice)
    number = 0
    while True:
        yield Fault.of(cells[groups.deal()].deal(), number, dice)
        number += 1
