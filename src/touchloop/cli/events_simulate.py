"""``touchloop events simulate``: events of a camera from a scene or frames; or its biases from a recording."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from touchloop.errors import InputError
from touchloop.events.fit import Fit, fit_biases
from touchloop.events.scenes.frame_noise import without_noise
from touchloop.events.scenes.frames import FrameScene
from touchloop.events.scenes.profile_text import profile_of
from touchloop.events.scenes.recorded import grey_frames_of, video_frames
from touchloop.events.scenes.scene import Scene
from touchloop.events.scenes.texture import DriftingTexture
from touchloop.events.sensors.camera import CameraModel, checked_camera
from touchloop.events.simulator import EventSimulator
from touchloop.events.stream import Events

TEXTURE = "texture"
VIDEO_GAMMA = 2.2
PREVIEW_NS = 33_000_000


@dataclass(frozen=True)
class Simulate:
    """Simulate an event camera, faithful to its biases, and write its events.

    With --fit FILE.aedat4 instead: find the biases with which events simulated from that recording's grey frames are
    like its events, on its first half, and say how alike they are on the second.
    """

    camera: str = "davis346"
    """davis346, gen31, gen41 or evk4."""
    scene: str = TEXTURE
    """texture, a video, or an .aedat4 recording, of which the grey frames are taken."""
    light: str = "300"
    """Lux on a white pixel: a number, steps (1,100,10000/0.5: half a second each) or a ramp (1..10000/4)."""
    speed: str = "100"
    """Of the texture in px/s: a number or steps."""
    seconds: float | None = None
    """How long; default 2, or as long as the frames go."""
    fps: float = 1000.0
    """Frames a second that the simulator gets; between them the light is a straight line."""
    bias: tuple[str, ...] = ()
    """Bias values that differ from the camera's at power-up, NAME=VALUE, such as ONBn_fine=80."""
    seed: int = 1
    """Of noise, mismatch and texture."""
    noise: bool = True
    """Mismatch of the pixels, leak and shot noise."""
    veil: float = 10.0
    """For frames: light that they do not show, in grey levels."""
    out: Path | None = None
    """File for the events: .raw (evt3) or .aedat4."""
    preview: Path | None = None
    """Picture (.png) of the busiest 33 ms."""
    fit: Path | None = None
    """An .aedat4 recording of a DAVIS346 with grey frames to fit biases to."""
    json: bool = False
    """Print JSON for a program instead of text."""

    def run(self) -> int:
        """Simulate or fit, and print."""
        if self.fit is not None:
            return self._fit(self.fit)
        if not 1.0 <= self.fps <= 1e6:
            raise InputError(f"--fps {self.fps}: expected 1 to 1000000")
        if self.preview is not None and self.preview.suffix != ".png":
            raise InputError(f"--preview {self.preview}: expected a name that ends in .png")
        camera = checked_camera(self.camera)
        simulated, seconds = self._scene(camera)
        simulator = EventSimulator(
            camera, self.seed, simulated.width, simulated.height, self.noise, bias_values(self.bias)
        )
        tally = _Tally(simulator.width, simulator.height)
        pieces = tally.counted(_pieces(simulator, simulated, seconds, self.fps))
        if self.out is None:
            for _ in pieces:
                pass
        else:
            from touchloop.events.codecs.files import write_events

            write_events(self.out, pieces, simulator.width, simulator.height)
        if self.preview is not None:
            cv2.imwrite(str(self.preview), tally.busiest)
        on_share = tally.on / tally.events if tally.events else 0.5
        about = {
            "camera": camera.name,
            "seconds": seconds,
            "events": tally.events,
            "rate_hz": tally.events / seconds,
            "on_share": on_share,
            "dropped": simulator.dropped,
            "values": simulator.values,
        }
        if self.json:
            print(json.dumps(about, indent=2))
        else:
            print(
                f"{camera.name}: {tally.events} events in {seconds:g} s, {tally.events / seconds / 1e6:.3f} Mev/s, "
                f"{100 * on_share:.1f} % ON, {simulator.dropped} lost to the arbiter"
            )
        return 0

    def _scene(self, camera: CameraModel) -> tuple[Scene, float]:
        """The scene, and how long it is looked at."""
        light, speed = profile_of(self.light), profile_of(self.speed)
        if self.seconds is not None and not 0.0 < self.seconds <= 3600.0:
            raise InputError(f"--seconds {self.seconds}: expected more than 0, at most 3600")
        if self.scene == TEXTURE:
            return DriftingTexture(camera.width, camera.height, self.seed, light, speed), self.seconds or 2.0
        path = Path(self.scene)
        if not path.is_file():
            raise InputError(f"--scene {self.scene}: expected texture, or a file, a video or an .aedat4 recording")
        if path.suffix == ".aedat4":
            from touchloop.events.codecs.files import open_events

            # A contrast sensor would take the noise of a grey frame for motion.
            frames, gamma = without_noise(grey_frames_of(open_events(path).frames(), str(path))), 1.0
        else:
            frames, gamma = video_frames(path, camera.width, camera.height), VIDEO_GAMMA
        scene = FrameScene(frames, light(0.0) / 255.0, self.veil, gamma)
        return scene, min(self.seconds or scene.duration_s, scene.duration_s)

    def _fit(self, path: Path) -> int:
        from touchloop.events.codecs.files import open_events

        reader = open_events(path)
        console = Console(highlight=False, quiet=self.json)
        fit = fit_biases(reader.read_all(), grey_frames_of(reader.frames(), str(path)), self.seed, console.print)
        if self.json:
            print(json.dumps(asdict(fit), indent=2))
        else:
            show_fit(fit, console)
        return 0


def bias_values(texts: tuple[str, ...]) -> dict[str, int]:
    """NAME=VALUE texts as a mapping.

    Raises:
        InputError: a text of another form.
    """
    values = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            values[name] = int(value)
        except ValueError as error:
            raise InputError(f"--bias {text}: expected NAME=VALUE with an integer") from error
    return values


def show_fit(fit: Fit, console: Console) -> None:
    """A fit on the terminal."""
    console.print(" ".join(f"{name}={value}" for name, value in fit.values.items()))
    console.print(f"light: {fit.lux_per_level:g} lux a grey level, veil {fit.veil:g} levels")
    table = Table("", "fitted half", "judged half")
    for label, show in (
        ("rate over 40 ms, correlation", lambda a: f"{a.rate_correlation:.3f}"),
        ("density in 8x8 blocks, correlation", lambda a: f"{a.density_correlation:.3f}"),
        ("ON share, simulated", lambda a: f"{100 * a.on_share:.1f} %"),
        ("ON share, recorded", lambda a: f"{100 * a.recorded_on_share:.1f} %"),
        ("events, simulated", lambda a: str(a.events)),
        ("events, recorded", lambda a: str(a.recorded_events)),
    ):
        table.add_row(label, show(fit.fitted), show(fit.judged))
    console.print(table)


def _pieces(simulator: EventSimulator, scene: Scene, seconds: float, fps: float) -> Iterator[Events]:
    for k in range(int(seconds * fps) + 1):
        yield simulator.step(scene.lux(k / fps), round(k * 1e9 / fps))


class _Tally:
    """Counts pieces of events on their way, and keeps a picture of the busiest 33 ms."""

    def __init__(self, width: int, height: int) -> None:
        self.events = 0
        self.on = 0
        self.busiest = np.full((height, width, 3), 40, np.uint8)
        self._most = 0
        self._parts: list[Events] = []

    def counted(self, pieces: Iterator[Events]) -> Iterator[Events]:
        """The same pieces."""
        end_ns = PREVIEW_NS
        for events in pieces:
            self.events += len(events)
            self.on += int(events.polarity.sum())
            if len(events) and events.t_ns[-1] >= end_ns:
                self._look()
                end_ns = int(events.t_ns[-1]) + PREVIEW_NS
            self._parts.append(events)
            yield events
        self._look()

    def _look(self) -> None:
        events = Events.join(self._parts)
        self._parts.clear()
        if len(events) > self._most:
            self._most = len(events)
            self.busiest[:] = 40
            self.busiest[events.y, events.x] = np.where(events.polarity[:, None] == 1, (80, 80, 255), (255, 160, 60))
