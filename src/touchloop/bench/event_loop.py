"""One closed loop of simulated camera and bias controller through a scenario.

The controller runs in a `BiasSession`, as in the node: each frame is a packet of so many OFF and ON events.
What the arbiter loses it is not told: a driver does not know it either.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from touchloop.bench.event_scenarios import LONGEST_PX, SHORTEST_PX, Scenario, scenario_of
from touchloop.events.biasing.actuator import Actuator
from touchloop.events.biasing.controller import band_of, make_controller
from touchloop.events.biasing.sensitivity_path import sensitivity
from touchloop.events.biasing.session import STEP_NS, BiasSession, Look
from touchloop.events.scenes.texture import DriftingTexture
from touchloop.events.sensors.camera import CameraModel, checked_camera
from touchloop.events.simulator import EventSimulator

PATCH = (48, 36)
"""Columns and rows that stand for the sensor; rates are scaled by the number of pixels."""
FRAME_HZ = 260
"""So that a step of the session, 0.05 s, is a whole number of frames."""
STEP_S = STEP_NS * 1e-9


@dataclass(frozen=True, slots=True)
class LoopJob:
    """One run."""

    camera: str
    controller: str
    scenario: str
    seed: int
    traced: bool = False


@dataclass(frozen=True, slots=True)
class LoopTrace:
    """A run over time, a row a step of the controller.

    Attributes:
        t_s: (N,) time.
        rate_hz: (N,) of the whole sensor, over 0.3 s.
        on_share: (N,).
        positions: role of bias -> (N,) distance from the start value, more is more sensitive: e-folds of current, or
            units of the driver's number.
        changed: (N,) whether biases were changed then.
        states: (N,) the controller's state.
    """

    t_s: list[float] = field(default_factory=list)
    rate_hz: list[float] = field(default_factory=list)
    on_share: list[float] = field(default_factory=list)
    positions: dict[str, list[float]] = field(default_factory=dict)
    changed: list[bool] = field(default_factory=list)
    states: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LoopResult:
    """What a run gave.

    Attributes:
        job: which run.
        in_band: share of the counted time with the rate in its band.
        counted_s: time that is more than a second behind every step.
        changes: instants at which biases were changed.
        parameters: single parameters changed.
        minutes: length of the run.
        on_share: mean over the counted time.
        saturated_s: time in which the arbiter lost events.
        trace: over time, where asked for.
    """

    job: LoopJob
    in_band: float
    counted_s: float
    changes: int
    parameters: int
    minutes: float
    on_share: float
    saturated_s: float
    trace: LoopTrace | None = None


def scene_of(scenario: Scenario, seed: int) -> DriftingTexture:
    """The texture of a seed under a scenario's light and speed, on the patch."""
    direction = float(np.random.default_rng([seed, 99]).uniform(0.0, 2.0 * math.pi))
    light, speed = scenario.light_lux, scenario.speed_px_s
    return DriftingTexture(*PATCH, seed, light, speed, direction, SHORTEST_PX, LONGEST_PX)


def pixels_a_patch_pixel(camera: CameraModel) -> float:
    """How many pixels of the sensor one of the patch stands for."""
    return camera.width * camera.height / (PATCH[0] * PATCH[1])


def run_loop(job: LoopJob) -> LoopResult:
    """Run it; every controller starts at the camera's start values."""
    camera = checked_camera(job.camera)
    scenario = scenario_of(job.scenario, job.seed)
    scene = scene_of(scenario, job.seed)
    simulator = EventSimulator(camera, job.seed, *PATCH)
    session = BiasSession(make_controller(job.controller, camera))
    scale = pixels_a_patch_pixel(camera)
    frame_ns = round(1e9 / FRAME_HZ)
    trace = LoopTrace(positions={bias.role: [] for bias in camera.biases if bias.rate_sign})
    changes = parameters = 0
    saturated_s, lost = 0.0, 0
    on = off = 0
    for frame in range(int(scenario.duration_s * FRAME_HZ)):
        stamp_ns = (frame + 1) * frame_ns
        events = simulator.step(scene.lux(frame / FRAME_HZ), stamp_ns)
        more_on = int(events.polarity.sum())
        told = (round(off * scale), round(on * scale))
        off, on = off + len(events) - more_on, on + more_on
        session.meter.add_counts(stamp_ns, round(off * scale) - told[0], round(on * scale) - told[1])
        if not session.due(stamp_ns):
            continue
        values = dict(simulator.values)
        look = session.step(stamp_ns, values)
        command = look.command
        _note(trace, camera, frame / FRAME_HZ, look, values)
        saturated_s += STEP_S if simulator.dropped > lost else 0.0
        lost = simulator.dropped
        if command.changes:
            simulator.set_biases(command.changes)
            changes += 1
            parameters += len(command.changes)
    counted = scenario.counted(np.array(trace.t_s))
    rate_hz = np.array(trace.rate_hz)[counted]
    low_hz, high_hz = band_of(camera)
    return LoopResult(
        job=job,
        in_band=float(((rate_hz >= low_hz) & (rate_hz <= high_hz)).mean()),
        counted_s=float(counted.sum()) * STEP_S,
        changes=changes,
        parameters=parameters,
        minutes=scenario.duration_s / 60.0,
        on_share=float(np.array(trace.on_share)[counted].mean()),
        saturated_s=saturated_s,
        trace=trace if job.traced else None,
    )


def _note(trace: LoopTrace, camera: CameraModel, t_s: float, look: Look, values: Mapping[str, int]) -> None:
    trace.t_s.append(t_s)
    trace.rate_hz.append(look.rate.rate_hz)
    trace.on_share.append(look.rate.on_share)
    trace.changed.append(bool(look.command.changes))
    trace.states.append(look.command.state)
    for bias in camera.biases:
        if bias.rate_sign:
            trace.positions[bias.role].append(sensitivity(Actuator(bias), values))
