"""What cameras see of the bench beside the parts that draw themselves."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from touchloop.geometry.pose import compose
from touchloop.sim.board import BOARD_SIZE_M
from touchloop.sim.hole_contact import PEG_HALF_WIDTH_M
from touchloop.sim.hole_plate import PEG_LENGTH_M, PLATE_SIZE_M
from touchloop.sim.palm import PALM_M
from touchloop.sim.scene import Shape
from touchloop.sim.switch_panel import (
    PANEL_SIZE_M,
    SHAFT_LENGTH_M,
    SHAFT_RADIUS_M,
    SHAFT_RGB,
    TIP_RADIUS_M,
    TIP_RGB,
)
from touchloop.sim.workbench.coupler import Coupler
from touchloop.sim.workbench.layout import (
    BOX_PLACES,
    FACE_Z_M,
    PLACE_OFFSET_M,
    PLACE_SIZE_M,
    RACK_SIZE_M,
    BenchConfig,
    box_on,
)
from touchloop.sim.workbench.loose_tool import LooseTool
from touchloop.sim.workbench.soft_tip import TIP_RADIUS_M as WIPER_RADIUS_M

HIDDEN_POSE = np.array([0.0, 0.0, -5.0, 0.0, 0.0, 0.0, 1.0])
STEEL_RGB, PALM_RGB = (0.55, 0.55, 0.58), (0.15, 0.15, 0.17)
WIPER_SHANK_M = (0.012, 0.06)
OBSTACLE_RADIUS_M = 0.05
OBSTACLE_RGB = (0.95, 0.75, 0.1)


def furniture(config: BenchConfig) -> tuple[Shape, ...]:
    """Stands of the working faces, the column of the box's support, tray and shelf on their beams, and the rack."""
    x, y, _ = config.box.position_in_world
    top = config.support_top_m
    stands = [
        _upright((0.5 * size[0], 0.5 * size[1], FACE_Z_M - 0.04), pose, 0.5 * (FACE_Z_M - 0.04))
        for size, pose in (
            (BOARD_SIZE_M, config.board.pose_in_base),
            *((PLATE_SIZE_M, hole.pose_in_base) for hole in config.holes.values()),
            (PANEL_SIZE_M, config.panel.pose_in_base),
        )
    ]
    pedestal = config.pedestal_height_m
    column = Shape("box", (0.06, 0.04, pedestal), np.array([x, y, 0.5 * pedestal, 0.0, 0.0, 0.0, 1.0]), STEEL_RGB)
    length = abs(PLACE_OFFSET_M["tray"]) + PLACE_OFFSET_M["shelf"]
    middle = 0.5 * (PLACE_OFFSET_M["tray"] + PLACE_OFFSET_M["shelf"])
    beam_pose = np.array([x + middle, y, top - PLACE_SIZE_M[2] - 0.01, 0.0, 0.0, 0.0, 1.0])
    beam = Shape("box", (length, 0.03, 0.02), beam_pose, STEEL_RGB)
    places = [Shape("box", PLACE_SIZE_M, place_plate(config, place), config.place_rgb[place]) for place in BOX_PLACES]
    rack_pose = config.rack
    rack_pose[2] -= 0.5 * RACK_SIZE_M[2]
    return (*stands, column, beam, *places, Shape("box", RACK_SIZE_M, rack_pose, config.rack_rgb))


def place_plate(config: BenchConfig, place: str) -> np.ndarray:
    """(7,) middle of the plate of the tray or the shelf."""
    pose = box_on(place, config.box_rest)
    return np.array([pose[0], pose[1], config.support_top_m - 0.5 * PLACE_SIZE_M[2], 0.0, 0.0, 0.0, 1.0])


def tool_shapes(config: BenchConfig, tools: Sequence[LooseTool], holders: dict[str, int]) -> list[Shape]:
    """Wiper and pegs where they are; ``holders`` says which arm holds which."""
    shapes = []
    for tool in tools:
        arm = holders.get(tool.name, -1)
        for shape in _tool(tool.name, config.tool_rgb[tool.name]):
            pose = shape.pose if arm >= 0 else compose(tool.pose, shape.pose)
            shapes.append(Shape(shape.kind, shape.size, pose, shape.rgb, arm))
    return shapes


def coupler_shapes(couplers: Sequence[Coupler]) -> list[Shape]:
    """Each arm's palm when it is open, its fingertip when it is closed on nothing."""
    shapes = []
    for arm, coupler in enumerate(couplers):
        palm = coupler.grip == "open"
        finger = not palm and coupler.holds is None
        shaft_z = -TIP_RADIUS_M - 0.5 * SHAFT_LENGTH_M
        shapes += [
            _on_arm(arm, palm, Shape("box", (PALM_M, PALM_M, 0.01), _at_z(-0.005), PALM_RGB)),
            _on_arm(arm, palm, Shape("cylinder", (0.008, 0.05), _at_z(-0.03), PALM_RGB)),
            _on_arm(arm, finger, Shape("sphere", (TIP_RADIUS_M,), _at_z(-TIP_RADIUS_M), TIP_RGB)),
            _on_arm(arm, finger, Shape("cylinder", (SHAFT_RADIUS_M, SHAFT_LENGTH_M), _at_z(shaft_z), SHAFT_RGB)),
        ]
    return shapes


def _on_arm(arm: int, shown: bool, shape: Shape) -> Shape:
    return replace(shape, arm=arm) if shown else replace(shape, pose=HIDDEN_POSE)


def _at_z(z: float) -> np.ndarray:
    return np.array([0.0, 0.0, z, 0.0, 0.0, 0.0, 1.0])


def obstacle_shape(centre: np.ndarray | None) -> Shape:
    """The ball that blocks the way, if there is one."""
    pose = HIDDEN_POSE if centre is None else np.array([*centre, 0.0, 0.0, 0.0, 1.0])
    return Shape("sphere", (OBSTACLE_RADIUS_M,), pose, OBSTACLE_RGB)


def _tool(name: str, rgb: tuple[float, float, float]) -> tuple[Shape, ...]:
    """In the frame of its tip, z out of it."""
    if name == "wiper":
        ball = np.array([0.0, 0.0, -WIPER_RADIUS_M, 0.0, 0.0, 0.0, 1.0])
        shank = np.array([0.0, 0.0, -WIPER_RADIUS_M - 0.5 * WIPER_SHANK_M[1], 0.0, 0.0, 0.0, 1.0])
        return Shape("sphere", (WIPER_RADIUS_M,), ball, rgb), Shape("cylinder", WIPER_SHANK_M, shank, STEEL_RGB)
    pose = np.array([0.0, 0.0, -0.5 * PEG_LENGTH_M, 0.0, 0.0, 0.0, 1.0])
    if name == "round_peg":
        return (Shape("cylinder", (PEG_HALF_WIDTH_M, PEG_LENGTH_M), pose, rgb),)
    return (Shape("box", (2 * PEG_HALF_WIDTH_M, 2 * PEG_HALF_WIDTH_M, PEG_LENGTH_M), pose, rgb),)


def _upright(size: tuple[float, float, float], under: np.ndarray, z: float) -> Shape:
    yaw = np.array([0.0, 0.0, under[5], under[6]])
    yaw /= np.linalg.norm(yaw)
    return Shape("box", size, np.array([under[0], under[1], z, *yaw]), STEEL_RGB)
