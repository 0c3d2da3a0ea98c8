"""The blocks ``cameras``, ``tactile`` and ``tare`` of a robot's YAML file."""

from dataclasses import dataclass

from touchloop.errors import InputError
from touchloop.robots.config_types import STRICT

TURNS = (0, 90, 180, 270)
TACTILE_KINDS = ("pictures", "markers")
TARE_KINDS = ("trigger", "set_bool")
LONGEST_LATENCY_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera's pictures, and what is made of them: cut, turned, flipped, then scaled, in this order."""

    __pydantic_config__ = STRICT
    topic: str
    """Image, or CompressedImage with ``compressed``; relative to the arm's namespace unless it begins with a slash."""
    info: str = ""
    """CameraInfo; empty: there is none."""
    compressed: bool = False
    size: tuple[int, int] = (128, 128)
    """Columns and rows that go on. The planner's wrist camera is 128 x 128."""
    crop: tuple[int, int, int, int] | None = None
    """First column and row, columns and rows; absent: the largest middle part with the proportions of ``size``."""
    turn_deg: int = 0
    """Clockwise, after the cut."""
    flip: bool = False
    """Left to right, after the turn."""
    latency_s: float = 0.0
    """From the light to the stamp that the driver sets; stamps go on earlier by this."""
    clock_tolerance_s: float = 0.5
    """A stamp further from this machine's clock is refused."""

    def __post_init__(self) -> None:
        if not self.topic:
            raise InputError("topic is empty; expected the camera's pictures")
        if not all(1 <= side <= 8192 for side in self.size):
            raise InputError(f"size {list(self.size)}: expected columns and rows, 1 to 8192")
        if self.crop is not None and (min(self.crop[:2]) < 0 or min(self.crop[2:]) < 1):
            raise InputError(f"crop {list(self.crop)}: expected first column and row from 0, columns and rows from 1")
        if self.turn_deg not in TURNS:
            raise InputError(f"turn_deg is {self.turn_deg}; expected one of {', '.join(map(str, TURNS))}")
        _check_latency(self.latency_s)
        if not self.clock_tolerance_s > 0.0:
            raise InputError(f"clock_tolerance_s is {self.clock_tolerance_s:g}; expected a number above 0")


@dataclass(frozen=True, kw_only=True)
class Tactile:
    """A tactile sensor: a gel's pictures, or a field of markers that its driver made."""

    __pydantic_config__ = STRICT
    kind: str
    topic: str
    field_of_view_m: tuple[float, float]
    """Width and height of the gel that the picture shows; markers in shares of the picture are scaled by it."""
    compressed: bool = False
    """Of pictures: the topic is CompressedImage."""
    rows: int = 7
    columns: int = 9
    """Of the gel's own markers; of pictures."""
    dot_diameter_px: float = 12.0
    dot_contrast: float = 18.0
    """Of pictures: size of a dot, and by how many grey levels it is darker than the gel around it."""
    in_metres: bool = False
    """Of markers: the driver gives metres from the middle of the gel, not shares of the picture."""
    turn_deg: int = 0
    """Clockwise, of the sensor's picture, so that its x and y are those of the ``tcp`` frame."""
    flip: bool = False
    """Left to right, after the turn."""
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in TACTILE_KINDS:
            raise InputError(f"kind '{self.kind}': expected one of {', '.join(TACTILE_KINDS)}")
        if not self.topic:
            raise InputError("topic is empty; expected the sensor's")
        if not all(1e-3 <= side <= 1.0 for side in self.field_of_view_m):
            raise InputError(f"field_of_view_m {list(self.field_of_view_m)}: expected width and height, 0.001 to 1 m")
        if min(self.rows, self.columns) < 2:
            raise InputError(f"{self.rows} rows and {self.columns} columns: expected at least 2 of each")
        if self.turn_deg not in TURNS:
            raise InputError(f"turn_deg is {self.turn_deg}; expected one of {', '.join(map(str, TURNS))}")
        _check_latency(self.latency_s)


@dataclass(frozen=True, kw_only=True)
class Tare:
    """The driver's own service that sets its force-torque sensor to zero; without it only touchloop tares."""

    __pydantic_config__ = STRICT
    service: str
    kind: str = "trigger"
    """``trigger`` (std_srvs/Trigger) or ``set_bool`` (std_srvs/SetBool, true)."""

    def __post_init__(self) -> None:
        if not self.service:
            raise InputError("service is empty; expected the driver's")
        if self.kind not in TARE_KINDS:
            raise InputError(f"kind '{self.kind}': expected one of {', '.join(TARE_KINDS)}")


def _check_latency(latency_s: float) -> None:
    if not 0.0 <= latency_s <= LONGEST_LATENCY_S:
        raise InputError(f"latency_s is {latency_s:g}; expected 0 to {LONGEST_LATENCY_S:g}")
