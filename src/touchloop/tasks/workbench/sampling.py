"""Benches by seed."""

import numpy as np

from touchloop.geometry.pose import compose, quat_from_rotation_vector, quat_multiply
from touchloop.sim.board import BoardConfig
from touchloop.sim.contact import Material
from touchloop.sim.fragile_box import FragileBoxConfig
from touchloop.sim.hole_contact import Form
from touchloop.sim.hole_plate import HolePlateConfig
from touchloop.sim.switch_panel import PanelConfig
from touchloop.sim.workbench.layout import (
    BOARD_XY_M,
    BOX_Z_M,
    CELL_X_M,
    FACE_Z_M,
    HOLE_X_M,
    HOLE_Y_M,
    HOLES,
    RACK_X_M,
    RACK_Y_M,
    RACK_Z_M,
    REST_IN_BASE,
    SLOT_PITCH_M,
    SWITCH_XY_M,
    TOOLS,
    BenchConfig,
    bases_in_world,
    tool_pose,
    yaw_quat,
)

Rgb = tuple[float, float, float]
HOLE_TURN_RAD = np.radians((9.0, 14.0))
RACK_TURN_RAD = np.radians((12.0, 22.0))
"""Plates and rack are turned by this to either side, so that a skill that does not turn fails."""
HUES: tuple[Rgb, ...] = (
    (0.85, 0.2, 0.15),
    (0.15, 0.35, 0.85),
    (0.15, 0.65, 0.25),
    (0.9, 0.75, 0.15),
    (0.6, 0.2, 0.7),
    (0.15, 0.7, 0.7),
    (0.95, 0.5, 0.1),
)


def sample_bench(rng: np.random.Generator) -> BenchConfig:
    """A bench: places within a few centimetres, turns, materials, colours, who faces the switch, which hole is round.

    The spread of each part about its place is that of its own task, or smaller, so that learned policies may do it.
    """
    hues = [HUES[i] for i in rng.permutation(len(HUES))]
    forms: tuple[Form, Form] = ("round", "square") if rng.random() < 0.5 else ("square", "round")
    rack_side = float(rng.choice([-1.0, 1.0]))
    turn = float(rng.uniform(*RACK_TURN_RAD) * rng.choice([-1.0, 1.0]))
    rack = np.array([RACK_X_M, rack_side * RACK_Y_M, RACK_Z_M]) + np.append(rng.uniform(-0.015, 0.015, size=2), 0.0)
    base_yaw = -0.5 * np.pi
    names = [TOOLS[i] for i in rng.permutation(len(TOOLS))]
    offsets = dict(zip(names, (-SLOT_PITCH_M, 0.0, SLOT_PITCH_M), strict=True))
    return BenchConfig(
        board=_board(rng),
        holes={name: _plate(rng, name, form) for name, form in zip(HOLES, forms, strict=True)},
        panel=_panel(rng),
        box=_box(rng, hues[0]),
        slots={name: tool_pose(rack + np.array([offsets[name], 0.0, 0.0]), base_yaw + turn) for name in TOOLS},
        tool_rgb=dict(zip(TOOLS, (_shade(rng, hue) for hue in hues[1:4]), strict=True)),
        place_rgb={"tray": _shade(rng, hues[4]), "shelf": _shade(rng, hues[5])},
        rack_rgb=_grey(rng, 0.25, 0.45),
        starts_in_base=(_start(rng), _start(rng)),
        roll_m=np.column_stack([rng.uniform(-0.02, 0.02, size=(3, 2)), rng.uniform(-0.35, 0.35, size=3)]),
    )


def _board(rng: np.random.Generator) -> BoardConfig:
    tilt = np.radians(rng.uniform(-3.0, 3.0, size=2))
    position = np.array([*BOARD_XY_M, FACE_Z_M]) + rng.uniform(-0.01, 0.01, size=3)
    pose = _facing(position, 0, quat_from_rotation_vector(np.array([*tilt, 0.0])))
    length = float(rng.uniform(0.18, 0.21))
    start = np.array([-0.5 * length, 0.0]) + rng.uniform([-0.01, -0.025], [0.01, 0.025])
    grey = float(rng.uniform(0.75, 0.95))
    return BoardConfig(
        pose_in_base=pose,
        friction=float(rng.uniform(0.2, 0.5)),
        stiffness=float(rng.uniform(2000.0, 5000.0)),
        ink_start=start,
        ink_heading_rad=float(np.radians(rng.uniform(-8.0, 8.0))),
        ink_length_m=length,
        ink_width_m=0.02,
        rgb=(grey, grey, float(grey * rng.uniform(0.9, 1.0))),
        ink_rgb=_rgb(rng.uniform([0.02, 0.02, 0.2], [0.2, 0.2, 0.5])),
    )


def _plate(rng: np.random.Generator, name: str, form: Form) -> HolePlateConfig:
    side = 1.0 if name == "left_hole" else -1.0
    position = np.array([HOLE_X_M, side * HOLE_Y_M, FACE_Z_M]) + rng.uniform(-0.008, 0.008, size=3)
    yaw = float(rng.uniform(*HOLE_TURN_RAD) * rng.choice([-1.0, 1.0]))
    tilt = quat_from_rotation_vector(np.array([*np.radians(rng.uniform(-1.0, 1.0, size=2)), 0.0]))
    return HolePlateConfig(
        pose_in_base=_facing(position, 0, quat_multiply(tilt, yaw_quat(yaw))),
        form=form,
        clearance_m=float(rng.uniform(0.0005, 0.0010)),
        hole_depth_m=float(rng.uniform(0.020, 0.025)),
        friction=float(rng.uniform(0.15, 0.35)),
        rgb=_grey(rng, 0.5, 0.85),
        hole_rgb=_rgb(rng.uniform(0.0, 0.12, size=3)),
    )


def _panel(rng: np.random.Generator) -> PanelConfig:
    tilt = quat_from_rotation_vector(np.array([*np.radians(rng.uniform(-3.0, 3.0, size=2)), 0.0]))
    position = np.array([*SWITCH_XY_M, FACE_Z_M]) + rng.uniform(-0.01, 0.01, size=3)
    return PanelConfig(
        pose_in_base=_facing(position, int(rng.integers(2)), tilt),
        cap_on_panel=rng.uniform(-0.02, 0.02, size=2),
        operating_travel_m=float(rng.uniform(0.0015, 0.0025)),
        operating_force_n=float(rng.uniform(6.0, 9.5)),
        drop_share=float(rng.uniform(0.35, 0.55)),
        stiffness=float(rng.uniform(3000.0, 5000.0)),
        friction=float(rng.uniform(0.3, 0.7)),
        panel_rgb=_grey(rng, 0.5, 0.85),
        cap_rgb=_rgb(rng.uniform([0.5, 0.0, 0.0], [0.95, 0.4, 0.3])),
    )


def _box(rng: np.random.Generator, hue: Rgb) -> FragileBoxConfig:
    return FragileBoxConfig(
        position_in_world=np.array([CELL_X_M, 0.0, BOX_Z_M]) + rng.uniform(-1.0, 1.0, size=3) * [0.01, 0.01, 0.01],
        yaw_rad=float(np.radians(rng.uniform(-4.0, 4.0))),
        width_m=float(rng.uniform(0.050, 0.110)),
        mass_kg=float(rng.uniform(0.25, 0.45)),
        palm=Material(float(rng.uniform(2000.0, 4000.0)), 25.0, float(rng.uniform(0.45, 0.55))),
        rgb=_shade(rng, hue),
        stripe_rgb=_rgb(rng.uniform(0.05, 0.95, size=3)),
        support_rgb=_grey(rng, 0.3, 0.6),
    )


def _start(rng: np.random.Generator) -> np.ndarray:
    start = REST_IN_BASE.copy()
    start[:3] += rng.uniform(-0.015, 0.015, size=3)
    return start


def _facing(position: np.ndarray, arm: int, turned: np.ndarray) -> np.ndarray:
    """(7,) of something that lies before an arm as before the only arm of its own task, turned (4,) from there."""
    yaw = bases_in_world()[arm][3:]
    return compose(np.array([*position, *yaw]), np.array([0.0, 0.0, 0.0, *turned]))


def _shade(rng: np.random.Generator, hue: Rgb) -> Rgb:
    return _rgb(np.clip(np.array(hue) + rng.uniform(-0.08, 0.08, size=3), 0.0, 1.0))


def _grey(rng: np.random.Generator, least: float, most: float) -> Rgb:
    return _rgb(np.clip(rng.uniform(least, most) * rng.uniform(0.92, 1.0, size=3), 0.0, 1.0))


def _rgb(values: np.ndarray) -> Rgb:
    red, green, blue = (float(v) for v in values)
    return red, green, blue
