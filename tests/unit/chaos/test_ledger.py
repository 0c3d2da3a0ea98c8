"""The books of a run, on an arm that is made up."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from touchloop.chaos.catalogue import CATALOGUE, Cell, Fault, draw
from touchloop.chaos.explain import RESET, Said
from touchloop.chaos.forgery import FORGED_SEQUENCE
from touchloop.chaos.judge import Finding
from touchloop.chaos.ledger import Ledger
from touchloop.chaos.limits import Limits
from touchloop.chaos.result import content_of
from touchloop.chaos.track import Track

LIMITS = Limits(25.0, np.array([0.25, -0.35, 0.12]), np.array([0.75, 0.35, 0.6]))
PERIOD_S = 0.004
BLANK = next(islice(draw(0), 1))
WAY_S = 0.001
"""From the world to who listens."""
LATER_S = 1e3


def fault(kind: str, target: str, needs_hold: bool = True) -> Fault:
    cell = next(c for c in CATALOGUE if (c.kind, c.target) == (kind, target) and bool(c.why_hold) == needs_hold)
    return of(cell)


def of(cell: Cell) -> Fault:
    values = {name: getattr(cell, name) for name in ("kind", "target", "group", "why_hold", "hold_after_s")}
    return replace(BLANK, number=7, **values)


class Run:
    """An arm that wipes, and whose clock is also the machine's."""

    def __init__(self) -> None:
        self.track = Track()
        self.ledger = Ledger(LIMITS, self.track)
        self.ticks = 0

    @property
    def now_s(self) -> float:
        return PERIOD_S * self.ticks

    def wipe(self, seconds: float, speed_m_s: float = 0.055, force_n: float = 6.0) -> None:
        pose = np.array([0.5, 0.0, 0.2, 1.0, 0.0, 0.0, 0.0])
        for _ in range(round(seconds / PERIOD_S)):
            twist, force = np.array([speed_m_s, 0, 0, 0, 0, 0]), np.array([0.0, 0.0, -force_n])
            self.track.add(round(1e9 * self.now_s), pose, twist, force, self.now_s + WAY_S)
            self.ledger.look(self.track.last(1))
            self.ticks += 1

    def strike(self, thrown: Fault, stands_after_s: float, lasts_s: float = 0.4) -> None:
        self.ledger.throw(thrown, self.now_s)
        self.ledger.began(thrown.number, self.now_s, self.now_s)
        self.wipe(stands_after_s)
        self.wipe(lasts_s - stands_after_s, speed_m_s=0.0)
        self.ledger.ended(thrown.number, self.now_s)
        self.wipe(1.5)

    def settled(self) -> Ledger:
        self.ledger.settle(self.now_s + LATER_S)
        return self.ledger


@pytest.mark.parametrize(("stands_after_s", "unsafe"), [(0.0, 0), (0.1, 0), (0.19, 0), (0.25, 1), (0.4, 1)])
def test_an_arm_that_stands_too_late_is_unsafe(stands_after_s: float, unsafe: int) -> None:
    run = Run()
    run.wipe(1.0)
    run.strike(fault("drop", "tcp_pose"), stands_after_s)
    ledger = run.settled()
    assert len(ledger.unsafe) == unsafe
    (entry,) = ledger.entries
    assert entry.hold_s == pytest.approx(stands_after_s, abs=2.01 * PERIOD_S)
    assert entry.moved_on
    assert ledger.quiet


def test_what_needs_no_hold_may_move_on() -> None:
    run = Run()
    run.wipe(1.0)
    run.strike(fault("drop", "tactile/markers", needs_hold=False), 0.4)
    assert run.settled().unsafe == []


def test_a_hold_that_nobody_saw_is_not_a_good_one() -> None:
    run = Run()
    run.wipe(1.0)
    thrown = fault("drop", "tcp_pose")
    run.ledger.throw(thrown, run.now_s)
    run.ledger.began(thrown.number, run.now_s, run.now_s + PERIOD_S)
    run.ledger.ended(thrown.number, run.now_s + 0.4)
    (finding,) = run.settled().unsafe
    assert finding["what"] == "not judged"


def test_force_is_found_whatever_acts_and_once_for_one_blow() -> None:
    run = Run()
    run.wipe(1.0)
    run.wipe(0.1, force_n=31.0)
    run.wipe(2.0)
    run.wipe(0.1, force_n=40.0)
    ledger = run.settled()
    assert [entry["what"] for entry in ledger.unsafe] == ["force", "force"]
    assert ledger.max_force_n == pytest.approx(40.0)


@pytest.mark.parametrize("named", [True, False])
def test_a_stranger_that_nobody_names_is_unsafe(named: bool) -> None:
    run = Run()
    run.wipe(1.0)
    thrown = fault("foreign", "target_pose", needs_hold=False)
    run.ledger.throw(thrown, run.now_s)
    run.ledger.began(thrown.number, run.now_s, run.now_s)
    run.wipe(0.3)
    run.ledger.hear(["/stranger also publishes target_pose"] if named else ["/stranger also publishes wrench"])
    run.ledger.ended(thrown.number, run.now_s)
    run.wipe(1.0)
    assert [entry["what"] for entry in run.settled().unsafe] == ([] if named else ["not named"])


@pytest.mark.parametrize(("kind", "obeyed"), [("foreign", 1), ("flip", 0)])
def test_a_forged_plan_that_is_followed_is_unsafe_and_a_damaged_one_is_no_forgery(kind: str, obeyed: int) -> None:
    run = Run()
    run.wipe(0.5)
    run.ledger.throw(fault(kind, "plan", needs_hold=False), run.now_s)
    run.ledger.hear_plan(7, run.now_s)
    assert not run.ledger.unsafe
    run.ledger.hear_plan(FORGED_SEQUENCE + 7, run.now_s)
    assert [found["what"] for found in run.ledger.unsafe] == ["obeyed"] * obeyed


def test_what_the_supervisor_says_is_explained_by_what_acted_then() -> None:
    run = Run()
    run.wipe(1.0)
    said = Said("HOLDING", "wrench is silent for 0.11 s", 0.0)
    run.ledger.say(replace(said, at_s=0.5))
    run.ledger.throw(thrown := fault("drop", "wrench"), run.now_s)
    run.ledger.began(thrown.number, run.now_s, run.now_s)
    run.ledger.say(replace(said, at_s=run.now_s + 0.1))
    run.wipe(0.4, speed_m_s=0.0)
    run.ledger.ended(thrown.number, run.now_s)
    run.ledger.note(RESET, run.now_s + 10.0, 1.0)
    run.ledger.say(replace(said, at_s=run.now_s + 10.5))
    run.ledger.say(replace(said, at_s=run.now_s + 20.0))
    run.wipe(1.0)
    unexplained = run.settled().unexplained
    assert [entry.at_s for entry in unexplained] == pytest.approx([0.5, run.now_s - PERIOD_S], abs=2.01 * PERIOD_S)


def test_one_that_met_nothing_does_not_count() -> None:
    run = Run()
    thrown = fault("drop", "plan")
    run.ledger.throw(thrown, 0.0)
    assert run.ledger.met_nothing(thrown.number) == thrown
    assert run.ledger.met_nothing(thrown.number) is None
    assert run.settled().entries == []


def test_the_figures_that_others_rely_on_come_first() -> None:
    run = Run()
    run.wipe(1.0)
    run.strike(fault("drop", "tcp_pose"), 0.1)
    run.ledger.find(Finding("hang", "somebody", 1.0))
    content = content_of(run.settled(), seed=3, wall_s=60.0, episodes=2)
    assert list(content)[:5] == ["faults", "unsafe", "unexplained", "max_hold_s", "max_force_n"]
    assert (content["faults"], content["unsafe"], content["unexplained"]) == (1, 1, 0)
    assert content["max_hold_s"] == pytest.approx(0.096, abs=0.005)
    assert content["max_force_n"] == 6.0
    assert content["contact_share"] == 1.0
