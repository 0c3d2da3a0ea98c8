"""The benchmark's loop steps the controller by the code that the node runs."""

from dataclasses import replace
from itertools import pairwise
from typing import ClassVar

import pytest

from touchloop.bench import event_loop, event_overload
from touchloop.bench.event_loop import LoopJob, run_loop
from touchloop.bench.event_scenarios import scenario_of
from touchloop.events.biasing.controller import make_controller
from touchloop.events.biasing.session import STEP_NS, BiasSession
from touchloop.events.rate import RateMeter
from touchloop.events.sensors.camera import CAMERAS


class WatchedMeter(RateMeter):
    """Keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.packets = []

    def add_counts(self, stamp_ns, off, on):
        """Counts and remembers."""
        self.packets.append((stamp_ns, off, on))
        super().add_counts(stamp_ns, off, on)


class WatchedSession(BiasSession):
    """Keeps what it saw and said."""

    made: ClassVar[list["WatchedSession"]] = []

    def __init__(self, controller) -> None:
        super().__init__(controller)
        self.meter = WatchedMeter()
        self.looks = []
        self.made.append(self)

    def step(self, stamp_ns, values, dropped=0):
        """Steps and remembers."""
        look = super().step(stamp_ns, values, dropped)
        self.looks.append((stamp_ns, look))
        return look


@pytest.mark.parametrize("controller", ["fast_slow", "steady"])
def test_a_session_fed_as_in_the_node_gives_the_loops_run(controller, monkeypatch):
    WatchedSession.made.clear()
    monkeypatch.setattr(event_loop, "BiasSession", WatchedSession)
    monkeypatch.setattr(event_loop, "scenario_of", lambda name, seed: replace(scenario_of(name, seed), duration_s=13.0))
    result = run_loop(LoopJob("davis346", controller, "speed_steps", 41, traced=True))
    (watched,) = WatchedSession.made
    camera = CAMERAS["davis346"]
    session, values, rates, changes = BiasSession(make_controller(controller, camera)), camera.start_values(), [], 0
    for stamp_ns, off, on in watched.meter.packets:
        session.meter.add_counts(stamp_ns, off, on)
        if session.due(stamp_ns):
            look = session.step(stamp_ns, dict(values))
            values |= look.command.changes
            rates.append(look.rate.rate_hz)
            changes += bool(look.command.changes)
    assert [look.rate.rate_hz for _, look in watched.looks] == rates
    assert rates == result.trace.rate_hz
    assert changes == result.changes > 0
    assert changes == sum(result.trace.changed)


def test_steps_are_those_of_the_session(monkeypatch):
    WatchedSession.made.clear()
    monkeypatch.setattr(event_loop, "BiasSession", WatchedSession)
    monkeypatch.setattr(event_loop, "scenario_of", lambda name, seed: replace(scenario_of(name, seed), duration_s=3.0))
    run_loop(LoopJob("davis346", "fixed", "speed_steps", 41))
    stamps = [stamp_ns for stamp_ns, _ in WatchedSession.made[0].looks]
    assert len(stamps) == 60
    assert all(b - a == pytest.approx(STEP_NS, abs=100) for a, b in pairwise(stamps))


def test_the_node_has_the_same_session():
    node = pytest.importorskip("touchloop_nodes.event_bias_controller")
    assert node.BiasSession is event_loop.BiasSession is event_overload.BiasSession is BiasSession
