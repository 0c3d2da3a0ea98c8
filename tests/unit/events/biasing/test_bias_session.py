"""A session is the controller's own steps, on the packets' clock."""

import numpy as np
import pytest

from touchloop.events.biasing.controller import CONTROLLERS, RateObservation, make_controller
from touchloop.events.biasing.session import STEP_NS, BiasSession
from touchloop.events.rate import RateMeter
from touchloop.events.sensors.camera import CAMERAS


@pytest.mark.parametrize("name", CONTROLLERS)
def test_same_commands_as_the_controller_by_hand(name: str) -> None:
    camera = CAMERAS["davis346"]
    by_hand, session = make_controller(name, camera), BiasSession(make_controller(name, camera))
    meter, values, own = RateMeter(), camera.start_values(), camera.start_values()
    state = None
    rng = np.random.default_rng(3)
    for step in range(200):
        stamp_ns = 10**12 + step * STEP_NS
        off, on = (int(n) for n in rng.integers(0, 400_000 if step < 100 else 4_000, 2))
        session.meter.add_counts(stamp_ns, off, on)
        meter.add_counts(stamp_ns, off, on)
        assert session.due(stamp_ns)
        command = session.step(stamp_ns, own).command
        own |= command.changes
        if state is None:
            state = by_hand.start(values)
            assert command.changes == {}
            continue
        rate = meter.observe(stamp_ns)
        seen = RateObservation(stamp_ns, rate.rate_hz, rate.on_share, values, 0, rate.recent_hz)
        state, wanted = by_hand.step(state, seen, STEP_NS * 1e-9)
        values |= wanted.changes
        assert command == wanted
    assert own == values


def test_no_step_before_its_time_and_a_new_start_after_a_jump_back() -> None:
    session = BiasSession(make_controller("steady", CAMERAS["davis346"]))
    values = CAMERAS["davis346"].start_values()
    session.meter.add_counts(10**12, 10, 10)
    session.step(10**12, values)
    assert not session.due(10**12 + STEP_NS - 1)
    assert session.due(10**12 + STEP_NS)
    assert session.due(10**9)
    session.meter.add_counts(10**9, 10, 10)
    assert session.step(10**9, values).command.reason == "begins"


def test_warming_up_leaves_a_controller_as_it_was() -> None:
    camera = CAMERAS["evk4"]
    controller = make_controller("steady", camera)
    before = controller.start(camera.start_values())
    BiasSession.warm_up(controller, camera.start_values())
    assert controller.start(camera.start_values()) == before
