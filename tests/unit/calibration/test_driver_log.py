"""Arrivals of a simulated arm's messages, told in simulated time."""

from pathlib import Path

import numpy as np
import pytest

from touchloop.calibration.driver_log import DriverLog
from touchloop.robots.load import load_robot
from touchloop.robots.wire import JointSample

PANDA = Path(__file__).parents[3] / "config/robots/panda.yaml"
FIRST_NS, PERIOD_NS = 5_000_000_000, 4_000_000


@pytest.mark.parametrize(("clock", "age_s"), [(True, 0.02), (False, 0.0)])
def test_a_clock_that_is_heard_shows_that_all_streams_are_late(clock: bool, age_s: float) -> None:
    config, _ = load_robot(PANDA)
    log = DriverLog(config)
    for k in range(200):
        stamp_ns, arrival_ns = FIRST_NS + k * PERIOD_NS, 777 * FIRST_NS + 2 * k * PERIOD_NS
        if clock:
            log.clock.add(arrival_ns, stamp_ns, np.zeros(0))
        # Half as fast as the machine's clock, so 20 ms are 40 there.
        log.hear("joint_states", JointSample(stamp_ns, tuple(config.joints), np.zeros(7)), arrival_ns + 40_000_000)
    heard = log.streams(simulated_time=True)["joint_states"]
    np.testing.assert_allclose(heard.arrivals_s - heard.stamps_s, age_s, atol=1e-6)
