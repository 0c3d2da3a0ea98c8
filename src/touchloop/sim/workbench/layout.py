"""Names, places and sizes of the bench that do not change from seed to seed. World: x to the right, left arm at +y."""

from dataclasses import dataclass, field

import numpy as np

from touchloop.geometry.pose import compose, quat_from_rotation_vector, quat_multiply, slerp
from touchloop.sim.board import BoardConfig
from touchloop.sim.fragile_box import BOX_HEIGHT_M, SUPPORT_SIZE_M, TOOL_FORWARDS, FragileBoxConfig
from touchloop.sim.hole_plate import HolePlateConfig
from touchloop.sim.switch_panel import PanelConfig

ARMS = ("left", "right")
TOOLS = ("wiper", "round_peg", "square_peg")
"""What an arm's coupler takes from above."""
OBJECTS = ("board", "switch", "box", *TOOLS)
HOLES = ("left_hole", "right_hole")
BOX_PLACES = ("tray", "shelf")
TARGETS = (*HOLES, "rack", *BOX_PLACES)

CELL_X_M, BASE_Y_M, BASE_Z_M = 0.45, 0.52, -0.10
"""The bases stand left and right of the table and look at each other: low enough to lift the box between flat palms,
high enough to reach the table."""
FACE_Z_M = 0.20
"""Height of the working faces of board, plates and switch: as high over the table as in their own tasks."""
BOX_Z_M = 0.60
RACK_Z_M = 0.04
"""Top of the rack, on which the tools' tips stand."""
RACK_SIZE_M = (0.22, 0.08, RACK_Z_M)
SLOT_PITCH_M = 0.07
RACK_X_M, RACK_Y_M = 0.475, 0.15
"""Between board and plates, clear of both with a tool in hand; on either arm's side."""
BOARD_XY_M = (0.18, 0.0)
HOLE_X_M, HOLE_Y_M = 0.66, 0.08
SWITCH_XY_M = (0.80, 0.0)
PLACE_OFFSET_M = {"tray": -0.16, "shelf": 0.18}
"""Of the places for the box from its support, along x."""
TRAY_SPOT_M = {"wiper": (0.0, 0.0), "round_peg": (-0.035, 0.0), "square_peg": (0.035, 0.0)}
"""Where on the tray each tool is put, from its middle, along x and away from the arm."""
PLACE_SIZE_M = (0.13, 0.13, 0.012)
DOWN = np.array([1.0, 0.0, 0.0, 0.0])
"""Orientation of a tool that points down, in a frame that stands upright."""
REST_IN_BASE = np.array([0.40, 0.0, 0.42, *DOWN])
"""(7,) TCP where an arm starts and rests."""


def bases_in_world() -> tuple[np.ndarray, np.ndarray]:
    """(7,) each: left at +y looks along -y, right at -y looks along +y."""
    left, right = (
        np.array([CELL_X_M, side * BASE_Y_M, BASE_Z_M, *yaw_quat(-side * 0.5 * np.pi)]) for side in (1.0, -1.0)
    )
    return left, right


def yaw_quat(yaw_rad: float) -> np.ndarray:
    """(4,) a turn about the vertical."""
    return quat_from_rotation_vector(np.array([0.0, 0.0, yaw_rad]))


def tool_pose(position: np.ndarray, yaw_rad: float) -> np.ndarray:
    """(7,) of a tool's tip at a place (3,) that points down, turned about the vertical; also of a TCP that holds it."""
    return np.concatenate([position, quat_multiply(yaw_quat(yaw_rad), DOWN)])


def tilt_and_turn(of_in_other: np.ndarray, period_rad: float = np.pi) -> tuple[float, float]:
    """How far a pose (7,) is tilted from another's axis, and turned about it, up to its symmetry [rad]."""
    x, y, z, w = of_in_other[3:]
    tilt = 2.0 * float(np.arctan2(np.hypot(x, y), np.hypot(z, w)))
    turn = 2.0 * float(np.arctan2(z, w))
    return tilt, abs((turn + 0.5 * period_rad) % period_rad - 0.5 * period_rad)


def box_grasp(arm: int, half_width_m: float) -> np.ndarray:
    """(7,) of the TCP in the box's frame when an arm holds the box by the middle of the face on its side."""
    side = 1.0 - 2.0 * arm
    orientation = quat_multiply(bases_in_world()[arm][3:], TOOL_FORWARDS)
    return np.concatenate([[0.0, side * half_width_m, 0.0], orientation])


def tilted(arm: int) -> np.ndarray:
    """(4,) of a tool in the world that an arm holds half forwards: straight down the tray is out of reach."""
    return quat_multiply(bases_in_world()[arm][3:], slerp(DOWN, TOOL_FORWARDS, 0.5))


def box_on(place: str, rest: np.ndarray) -> np.ndarray:
    """(7,) of the box on the tray or the shelf; ``rest`` (7,) is where it stood on its support."""
    shift = np.array([PLACE_OFFSET_M[place], 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    return compose(shift, rest)


@dataclass(frozen=True, slots=True)
class BenchConfig:
    """What differs from seed to seed; all poses in the world, where the parts' configurations say base."""

    board: BoardConfig
    holes: dict[str, HolePlateConfig]
    """By ``HOLES``."""
    panel: PanelConfig
    box: FragileBoxConfig
    slots: dict[str, np.ndarray]
    """(7,) tip of each of ``TOOLS`` in its slot of the rack."""
    tool_rgb: dict[str, tuple[float, float, float]]
    place_rgb: dict[str, tuple[float, float, float]]
    rack_rgb: tuple[float, float, float]
    starts_in_base: tuple[np.ndarray, np.ndarray]
    roll_m: np.ndarray = field(default_factory=lambda: np.zeros((len(TOOLS), 3)))
    """(3, 3) how far along x and y [m] each tool rolls when it is dropped, and how far it turns [rad]."""

    @property
    def box_rest(self) -> np.ndarray:
        """(7,) the box on its support."""
        return np.concatenate([self.box.position_in_world, yaw_quat(self.box.yaw_rad)])

    @property
    def rack(self) -> np.ndarray:
        """(7,) middle of the rack's top."""
        middle = np.mean([pose[:3] for pose in self.slots.values()], axis=0)
        return np.array([*middle, 0.0, 0.0, 0.0, 1.0])

    def tray_spot(self, tool: str, arm: int) -> np.ndarray:
        """(7,) of a tool's tip where an arm puts it on the tray; it leans on the tray's rim."""
        x, y, _ = box_on("tray", self.box_rest)[:3]
        along, away = TRAY_SPOT_M[tool]
        return np.array([x + along, y - away * (1.0 - 2.0 * arm), self.support_top_m, *tilted(arm)])

    @property
    def support_top_m(self) -> float:
        """Height of the top of the box's support."""
        return float(self.box.position_in_world[2]) - 0.5 * BOX_HEIGHT_M

    @property
    def pedestal_height_m(self) -> float:
        """Of what the box's support stands on."""
        return self.support_top_m - SUPPORT_SIZE_M[2]
