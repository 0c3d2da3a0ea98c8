"""Overload and cost: a stream of a given rate through a bias session: rate meter and controller, as in the node."""

import time
from dataclasses import dataclass

import numpy as np
import psutil

from touchloop.events.biasing.controller import make_controller
from touchloop.events.biasing.session import BiasSession
from touchloop.events.sensors.camera import checked_camera
from touchloop.events.stream import Events

PACKET_S = 0.01
WARM_S = 0.5
QUIET_S = 5.0


@dataclass(frozen=True, slots=True)
class Overload:
    """What came of it.

    Attributes:
        rate_hz: of the stream.
        duration_s: stream time.
        core_share: processor time of meter and controller over stream time.
        grown_mb: growth of the process's memory.
        steps: of the controller.
        changes: bias changes that it asked for.
        state: the controller's last state under load.
        measured_hz: rate that the meter gave at the end.
        changes_after: changes asked for in the 5 s of a nearly dark scene that follow: control goes on.
    """

    rate_hz: float
    duration_s: float
    core_share: float
    grown_mb: float
    steps: int
    changes: int
    state: str
    measured_hz: float
    changes_after: int


def run_stream(camera_name: str, rate_hz: float, duration_s: float, controller: str = "steady") -> Overload:
    """Feed a stream whose rate does not care for the biases, then 5 s with a hundredth of the band's lower end."""
    camera = checked_camera(camera_name)
    values = camera.start_values()
    session = BiasSession(make_controller(controller, camera))
    packet_ns = round(PACKET_S * 1e9)
    loud, quiet = _packet(camera.width, camera.height, rate_hz), _packet(camera.width, camera.height, 5e3)
    process = psutil.Process()
    spent_ns = steps = changes = changes_after = 0
    last, word, before_b = None, "", 0
    warm, total = round(WARM_S / PACKET_S), round((WARM_S + duration_s) / PACKET_S)
    after_b = 0
    for number in range(total + round(QUIET_S / PACKET_S)):
        events = loud if number < total else quiet
        # Stamps are made anew in place: what is measured is the meter, not this stream.
        np.add(events.t_ns, (number - int(events.t_ns[0]) // packet_ns) * packet_ns, out=events.t_ns)
        started_ns = time.process_time_ns()
        session.meter.add(events)
        if session.due((number + 1) * packet_ns):
            look = session.step((number + 1) * packet_ns, dict(values))
            rate, command = look.rate, look.command
            values |= command.changes
            if warm <= number < total:
                steps += 1
                last, word = rate, command.state
            changes += bool(command.changes) and number < total
            changes_after += bool(command.changes) and number >= total
        spent_ns += time.process_time_ns() - started_ns if warm <= number < total else 0
        if number == warm:
            before_b = process.memory_info().rss
        if number == total - 1:
            after_b = process.memory_info().rss
    return Overload(
        rate_hz=rate_hz,
        duration_s=duration_s,
        core_share=spent_ns * 1e-9 / duration_s,
        grown_mb=max(after_b - before_b, 0) / 1e6,
        steps=steps,
        changes=changes,
        state=word,
        measured_hz=last.rate_hz if last else 0.0,
        changes_after=changes_after,
    )


def _packet(width: int, height: int, rate_hz: float) -> Events:
    count = round(rate_hz * PACKET_S)
    rng = np.random.default_rng(0)
    return Events(
        rng.integers(0, width, count, np.uint16),
        rng.integers(0, height, count, np.uint16),
        rng.integers(0, 2, count, np.uint8),
        np.sort(rng.integers(0, round(PACKET_S * 1e9), count, np.int64)),
    )
