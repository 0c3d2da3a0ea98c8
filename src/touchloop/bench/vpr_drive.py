"""One drive along the corridor, seen by several cameras at once: same pictures, each with a controller of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from touchloop.events.biasing.controller import RateObservation, make_controller
from touchloop.events.frames import count_frames
from touchloop.events.places.corridor_light import KINDS, CorridorLight
from touchloop.events.places.corridor_scene import FRAMES_PER_S, CorridorScene
from touchloop.events.places.descriptor import describe
from touchloop.events.places.frame_builder import FRAME_NS
from touchloop.events.places.frame_filter import signal_share
from touchloop.events.places.surfaces import make_corridor
from touchloop.events.places.traverse import Traverse
from touchloop.events.rate import RateMeter
from touchloop.events.sensors.camera import CameraModel, checked_camera
from touchloop.events.simulator import EventSimulator
from touchloop.events.stream import Events

CAMERA = "davis346"
SIZE = (173, 130)
"""Of the simulated array: half of DAVIS346's columns and rows, with pixels of twice the pitch. Rates and the arbiter's
limit are scaled by four. Noise of a pixel is not, so a descriptor averages over a quarter of the pixels that it would
have on the whole sensor, which is hardest on arms with sensitive biases."""
CONTROL_STEPS = 20
"""Simulator steps between two looks of a controller: 50 ms."""
REFERENCE = "reference"
DRIVES = (REFERENCE, *KINDS)
"""The reference is driven at medium light."""
EXAMPLES_M = (30.0, 62.0)
"""Where frames are kept to be shown."""


@dataclass(frozen=True, slots=True)
class DriveJob:
    """A drive to be simulated.

    Attributes:
        seed: of the building, the drives and the pixels; 0 or more.
        drive: one of ``DRIVES``.
        arms: controllers by name.
        size: (width, height) of the simulated array; it stands for the whole sensor with larger pixels.
        length_m: of the corridor.
    """

    seed: int
    drive: str
    arms: tuple[str, ...]
    size: tuple[int, int]
    length_m: float


@dataclass(frozen=True)
class ArmRecord:
    """What one camera saw.

    Attributes:
        descriptors: (frames, n) int8.
        active: (frames, 2) share of pixels with OFF and ON events; 0 where they are noise alone.
        rate_hz: (looks,) of the whole sensor, over 0.3 s.
        values: bias parameter -> (looks,) value.
        changes: how many times biases were set.
        dropped: events lost to the arbiter.
        examples: place -> (2, H, W) counts.
    """

    descriptors: np.ndarray
    active: np.ndarray
    rate_hz: np.ndarray
    values: dict[str, np.ndarray]
    changes: int
    dropped: int
    examples: dict[float, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class DriveRecord:
    """A drive.

    Attributes:
        job: what was driven.
        positions_m: (frames,) in the middle of each frame.
        speeds_m_s: (frames,) likewise.
        looks_s: (looks,) when controllers looked.
        looks_m: (looks,) where.
        lux: (looks,) mean light on the pixels.
        arms: name -> what its camera saw.
    """

    job: DriveJob
    positions_m: np.ndarray
    speeds_m_s: np.ndarray
    looks_s: np.ndarray
    looks_m: np.ndarray
    lux: np.ndarray
    arms: dict[str, ArmRecord]


def run_drive(job: DriveJob) -> DriveRecord:
    """Simulate it.

    Raises:
        InputError: an unknown controller, or a wrong seed, length or size.
    """
    camera = checked_camera(CAMERA)
    visit = DRIVES.index(job.drive)
    traverse = Traverse(job.seed, visit, job.length_m)
    kind = "medium" if job.drive == REFERENCE else job.drive
    light = CorridorLight(kind, job.seed, job.length_m, traverse.duration_s)
    scene = CorridorScene(make_corridor(job.seed, visit, job.length_m), traverse, light, *job.size)
    # Every arm has the same pixels in a drive and the next, and the same start of the noise.
    cameras = {name: _Camera(name, camera, job) for name in job.arms}
    frames = int(traverse.duration_s * 1e9 // FRAME_NS)
    middles_s = (np.arange(frames) + 0.5) * FRAME_NS * 1e-9
    positions_m = np.array([traverse.x_m(t_s) for t_s in middles_s])
    shown = {int(np.searchsorted(positions_m, at)): at for at in EXAMPLES_M if at < positions_m[-1]}
    looks_s, lux = [], []
    for step in range(int(frames * FRAME_NS * 1e-9 * FRAMES_PER_S) + 2):
        t_s = step / FRAMES_PER_S
        picture, stamp_ns = scene.lux(t_s), round(t_s * 1e9)
        for one in cameras.values():
            one.look(picture, stamp_ns, frames, shown)
        if step and step % CONTROL_STEPS == 0:
            looks_s.append(t_s)
            lux.append(float(picture.mean()))
            for one in cameras.values():
                one.control(stamp_ns, CONTROL_STEPS / FRAMES_PER_S)
    return DriveRecord(
        job,
        positions_m,
        np.array([traverse.speed_m_s(t_s) for t_s in middles_s]),
        np.array(looks_s),
        np.array([traverse.x_m(t_s) for t_s in looks_s]),
        np.array(lux),
        {name: one.record() for name, one in cameras.items()},
    )


class _Camera:
    """A simulated camera with its controller and what comes out of it."""

    def __init__(self, arm: str, camera: CameraModel, job: DriveJob) -> None:
        self._sensor = (camera.width, camera.height)
        self._simulator = EventSimulator(camera, job.seed, *job.size)
        self._stands_for = camera.width * camera.height / (job.size[0] * job.size[1])
        self._controller = make_controller(arm, camera)
        self._state: Any = self._controller.start(self._simulator.values)
        self._meter = RateMeter()
        self._counts = np.zeros((2, job.size[1], job.size[0]), np.uint16)
        self._end_ns = FRAME_NS
        self._descriptors: list[np.ndarray] = []
        self._active: list[tuple[float, float]] = []
        self._rates: list[float] = []
        self._values: list[dict[str, int]] = []
        self._examples: dict[float, np.ndarray] = {}
        self._changes = 0

    def look(self, picture: np.ndarray, stamp_ns: int, frames: int, shown: dict[int, float]) -> None:
        events = self._simulator.step(picture, stamp_ns)
        self._meter.add(events)
        if stamp_ns < self._end_ns:
            self._count(events)
            return
        inside = int(np.searchsorted(events.t_ns, self._end_ns))
        self._count(events[:inside])
        number = len(self._descriptors)
        if number < frames:
            self._descriptors.append(describe(self._counts, self._sensor))
            self._active.append(signal_share(self._counts))
            if number in shown:
                self._examples[shown[number]] = self._counts.copy()
        self._counts[:] = 0
        self._end_ns += FRAME_NS
        self._count(events[inside:])

    def control(self, stamp_ns: int, dt_s: float) -> None:
        rate = self._meter.observe(stamp_ns)
        scale = self._stands_for
        observation = RateObservation(
            stamp_ns,
            rate.rate_hz * scale,
            rate.on_share,
            dict(self._simulator.values),
            round(self._simulator.dropped * scale),
            rate.recent_hz * scale,
        )
        self._state, command = self._controller.step(self._state, observation, dt_s)
        if command.changes:
            self._simulator.set_biases(command.changes)
            self._changes += 1
        self._rates.append(observation.rate_hz)
        self._values.append(self._simulator.values)

    def record(self) -> ArmRecord:
        """All of it."""
        values = {name: np.array([row[name] for row in self._values]) for name in self._simulator.values}
        return ArmRecord(
            np.stack(self._descriptors),
            np.array(self._active),
            np.array(self._rates),
            values,
            self._changes,
            self._simulator.dropped,
            self._examples,
        )

    def _count(self, events: Events) -> None:
        if len(events):
            count_frames(events, self._counts.shape[2], self._counts.shape[1], self._counts)


def drive_jobs(
    seeds: Sequence[int], arms: Sequence[str], size: tuple[int, int], length_m: float, drives: Sequence[str] = DRIVES
) -> list[DriveJob]:
    """All drives of all seeds; a seed's drives follow each other."""
    return [DriveJob(seed, drive, tuple(arms), size, length_m) for seed in seeds for drive in drives]
