"""The checks before motion that the supervisor's own inputs answer."""

import datetime
import time

from touchloop.safety.preflight import (
    Check,
    check_calibration_date,
    check_frame_names,
    check_rates,
    check_staleness,
    check_time_sync,
)
from touchloop_nodes.parameters import Parameters
from touchloop_nodes.robot_calibration import check_robot_file
from touchloop_nodes.safety_collisions import CollisionWatch
from touchloop_nodes.safety_inputs import STREAMS, TCP, SafetyInputs


class PreflightChecks:
    """Counts messages from its making on, so that rates are known.

    Args:
        inputs: that are polled.
        parameters: the node's.
        collisions: who knows the arm's model; None where it is not watched.
        simulated_time: stamps are not of this machine's clock.
    """

    def __init__(
        self, inputs: SafetyInputs, parameters: Parameters, collisions: CollisionWatch | None, simulated_time: bool
    ) -> None:
        self._inputs, self._parameters, self._collisions = inputs, parameters, collisions
        self._simulated_time, self._arm = simulated_time, parameters["arm"]
        self.begin()

    def begin(self) -> None:
        """Begins to count and to keep latencies anew."""
        self._began_s = time.monotonic()
        self._counts = {topic: self._inputs.channels[topic].count for topic in STREAMS}
        for topic in STREAMS:
            self._inputs.channels[topic].offsets_s.clear()

    @property
    def age_s(self) -> float:
        """For so long it has counted."""
        return time.monotonic() - self._began_s

    def run(self) -> list[Check]:
        """All checks, on what came since the beginning."""
        get, channels = self._parameters, self._inputs.channels
        now_s = time.monotonic()
        passed_s = max(now_s - self._began_s, 1e-3)
        rates_hz = {topic: (channels[topic].count - self._counts[topic]) / passed_s for topic in STREAMS}
        checks = [
            check_frame_names(
                {topic: channels[topic].heard_frame for topic in STREAMS if channels[topic].heard_frame},
                {topic: channels[topic].frame for topic in STREAMS},
            ),
            check_staleness(
                {topic: channels[topic].age_s(now_s) for topic in STREAMS},
                dict.fromkeys(STREAMS, get["stream_timeout_s"]),
            ),
        ]
        if get["stream_rate_hz"] > 0.0:
            checks.append(check_rates(rates_hz, dict.fromkeys(STREAMS, get["stream_rate_hz"])))
        if not self._simulated_time:
            offsets_s = {topic: list(channels[topic].offsets_s) for topic in STREAMS}
            checks.append(check_time_sync(offsets_s, get["latency_limit_s"]))
        if get["calibrated"]:
            today = datetime.datetime.now(tz=datetime.UTC).date()
            checks.append(check_calibration_date(get["calibrated"], today, get["calibration_days"]))
        if get["robot"] and not self._simulated_time:
            # Read each time: a calibration mends it without a restart.
            checks.append(check_robot_file(get["robot"], self._arm, get["calibration_days"]))
        if self._collisions is not None:
            checks.append(self._collisions.check_model(channels[TCP].value))
        foreign = "; ".join((*self._inputs.foreign, *filter(None, (self._inputs.rival,))))
        checks.append(Check("owners", not foreign, foreign or "each topic has one owner"))
        return checks
