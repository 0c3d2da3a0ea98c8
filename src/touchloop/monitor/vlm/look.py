"""Renders the bench's overview picture and says what it shows: what is covered or in the dark is hidden."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, quat_from_rotation_vector, rotate
from touchloop.monitor.vlm.facts import FACTS, HIDDEN, LANDMARKS, MOVABLE, NEAR, TIMES, Seen
from touchloop.sim.board import BOARD_SIZE_M, stroke_ink
from touchloop.sim.cameras import OVERVIEW_CAMERA, OVERVIEW_CAMERA_IN_WORLD, Renderer
from touchloop.sim.hole_plate import PEG_LENGTH_M
from touchloop.sim.workbench.layout import ARMS, BOX_PLACES, HOLES, RACK_Z_M, TOOLS
from touchloop.sim.workbench.look import place_plate
from touchloop.sim.workbench.scene import BenchScene
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.truth import CLEAN, Truth

CAMERA = replace(OVERVIEW_CAMERA, width=TIMES * OVERVIEW_CAMERA.width, height=TIMES * OVERVIEW_CAMERA.height)
UNTOUCHED = 0.12
"""Less ink than this share gone counts as nothing wiped."""
PARTS = {
    "board": (1,),
    "left_hole": (3,),
    "right_hole": (5,),
    "switch": (9,),
    "box": (11, 12),
    "wiper": (22, 23),
    "round_peg": (24,),
    "square_peg": (25,),
    "left_hand": (26, 27, 28, 29),
    "right_hand": (30, 31, 32, 33),
    "ball": (34,),
}
"""Which of the state's shapes each thing is: the table comes first, then the scene's own."""
COLOURED = {"box": 11, "tray": 19, "shelf": 20, "wiper": 22, "round_peg": 24, "square_peg": 25}
"""What has a strong colour that differs from seed to seed, and its shape's number."""
LEAST_PIXELS = {"box": 25, "switch": 3, "left_hole": 4, "right_hole": 4, "ball": 25}
LEAST_TOOL_PIXELS = 6
"""Of the overview camera's own, coarser picture."""
LEAST_INK = 0.35
"""Of the stroke that was there at the start, this share must be in view."""
TOUCHING_M = 0.006


@dataclass(frozen=True, slots=True)
class Looks:
    """How pictures of an episode differ from the bench's own."""

    shift_m: np.ndarray
    """(3,) the camera's mounting, in its own frame."""
    turn_rad: np.ndarray
    """(3,)"""
    brightness: float
    light: tuple[float, float, float] | None = None
    """Direction towards it; None: the bench's own."""
    rgb: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    """Other colours, by the shape's number in the state; see ``COLOURED``."""


class Onlooker:
    """Takes pictures of benches."""

    def __init__(self) -> None:
        self._renderer = Renderer()

    def close(self) -> None:
        """Frees the client."""
        self._renderer.close()

    def look(self, bench: Workbench, looks: Looks) -> tuple[np.ndarray, Seen]:
        """The overview picture (480, 640, 3) uint8 and what it shows."""
        state = bench.world.scene_state()
        errors = state.camera_errors.copy()
        errors[-1] = np.concatenate([looks.shift_m, quat_from_rotation_vector(looks.turn_rad)])
        lit = bench.lit
        state = replace(
            state,
            camera_errors=errors,
            light_in_world=looks.light or state.light_in_world,
            shapes=tuple(replace(s, rgb=looks.rgb.get(i, s.rgb)) for i, s in enumerate(state.shapes)),
            brightness=looks.brightness if lit else state.brightness,
        )
        picture, parts = self._renderer.render_parts(state, CAMERA)
        parts = parts[::TIMES, ::TIMES]
        counts = np.bincount(parts[parts >= 0], minlength=35)
        pixels = {name: int(counts[list(ids)].sum()) for name, ids in PARTS.items()}
        camera = compose(OVERVIEW_CAMERA_IN_WORLD, errors[-1])
        scene, truth = bench.scene, bench.truth()
        facts = _facts(scene, truth, pixels, _ink_in_view(scene, camera, parts == PARTS["board"][0])) if lit else {}
        blank = {name: HIDDEN if HIDDEN in values else values[0] for name, values in FACTS.items()}
        points = _points(scene, truth)
        seen = Seen(
            {**blank, **facts, "light": "on" if lit else "off"},
            TIMES * np.array([_project(points[name], camera) for name in LANDMARKS]),
            np.array([points[name] for name in MOVABLE]),
        )
        return picture, seen


def _facts(scene: BenchScene, truth: Truth, pixels: dict[str, int], ink_in_view: float) -> dict[str, str]:
    def shown(name: str) -> bool:
        return pixels[name] >= LEAST_PIXELS.get(name, LEAST_TOOL_PIXELS)

    facts = {name: _tool_place(truth, name) if shown(name) else HIDDEN for name in TOOLS}
    facts["box"] = _box_place(scene, truth) if shown("box") else HIDDEN
    facts["lifted"] = ("yes" if truth.lifted else "no") if shown("box") else HIDDEN
    for index, arm in enumerate(ARMS):
        held = truth.holds[index]
        if held is None and facts["box"] == "both_hands":
            held = "box"
        facts[f"{arm}_hand"] = (held or "nothing") if shown(held or f"{arm}_hand") else HIDDEN
        near = [name for name in NEAR[1:] if truth.holds_true("near", arm=arm, target=name)]
        facts[f"{arm}_near"] = min(near, key=lambda n: _distance(truth, index, n)) if near else "nothing"
    for hole in HOLES:
        peg = next((name for name in TOOLS if truth.at[name] == hole), None)
        visible = shown(peg) if peg else shown(hole)
        facts[hole] = (peg or "nothing") if visible else HIDDEN
    round_hole = next(name for name in HOLES if scene.holes[name].config.form == "round")
    facts["form"] = round_hole if all(shown(hole) for hole in HOLES) else HIDDEN
    gone = truth.coverage
    board = "clean" if gone >= CLEAN else "half" if gone > UNTOUCHED else "inked"
    facts["board"] = board if ink_in_view >= LEAST_INK else HIDDEN
    facts["switch"] = ("on" if truth.pressed else "off") if shown("switch") else HIDDEN
    facts["wiping"] = "yes" if _wipes(scene, truth) else "no"
    facts["ball"] = "no" if scene.obstacle is None else "yes" if shown("ball") else HIDDEN
    return facts


def _distance(truth: Truth, arm: int, name: str) -> float:
    return float(np.linalg.norm(truth.tcp[arm][:3] - truth.points[arm][name]))


def _tool_place(truth: Truth, name: str) -> str:
    place = truth.at[name]
    if place in HOLES:
        return str(place)
    if name in truth.holds:
        return f"{ARMS[truth.holds.index(name)]}_hand"
    return place or "elsewhere"


def _box_place(scene: BenchScene, truth: Truth) -> str:
    if "box" in truth.holds:
        return f"{ARMS[truth.holds.index('box')]}_hand"
    box = truth.poses["box"][:3]
    palms = [float(np.linalg.norm(tcp[:3] - box)) < float(scene.box.half_m[1]) + 0.012 for tcp in truth.tcp]
    if all(palms):
        return "both_hands"
    if truth.at["box"] in BOX_PLACES:
        return str(truth.at["box"])
    return "stand" if float(np.linalg.norm(box - scene.config.box_rest[:3])) < 0.03 else "elsewhere"


def _wipes(scene: BenchScene, truth: Truth) -> bool:
    for arm, held in enumerate(truth.holds):
        x, y, z = scene.board.on_face(truth.tcp[arm][:3])
        if held == "wiper" and abs(z) < TOUCHING_M and max(abs(x) / BOARD_SIZE_M[0], abs(y) / BOARD_SIZE_M[1]) < 0.5:
            return True
    return False


def _points(scene: BenchScene, truth: Truth) -> dict[str, np.ndarray]:
    """(3,) in the world of each landmark."""
    up = np.array([0.0, 0.0, -0.5 * PEG_LENGTH_M, 0.0, 0.0, 0.0, 1.0])
    points = {name: compose(truth.poses[name], up)[:3] for name in TOOLS}
    points["box"] = truth.poses["box"][:3]
    points |= {f"{arm}_hand": truth.tcp[i][:3] for i, arm in enumerate(ARMS)}
    points["board"] = scene.board.pose_in_base[:3]
    points |= {hole: scene.holes[hole].pose_in_base[:3] for hole in HOLES}
    points["switch"] = scene.panel.cap_in_base
    points |= {place: place_plate(scene.config, place)[:3] for place in BOX_PLACES}
    points["rack"] = np.append(scene.config.rack[:2], RACK_Z_M)
    return points


def _project(point: np.ndarray, camera_in_world: np.ndarray) -> np.ndarray:
    """Column and row in the overview camera's own, coarser picture."""
    ray = rotate(quat_conjugate(camera_in_world[3:]), point - camera_in_world[:3])
    column, row, _ = OVERVIEW_CAMERA.intrinsics @ (ray / ray[2])
    inside = 0.0 <= column < OVERVIEW_CAMERA.width and 0.0 <= row < OVERVIEW_CAMERA.height
    return np.array([column, row]) if inside else np.full(2, np.nan)


def _ink_in_view(scene: BenchScene, camera_in_world: np.ndarray, board_pixels: np.ndarray) -> float:
    """Share of the stroke that was there at the start whose place on the board is in view."""
    cells = np.argwhere(stroke_ink(scene.config.board) > 0.0)[::7]
    shape = np.array([BOARD_SIZE_M[0], BOARD_SIZE_M[1]])
    size = shape / np.array(stroke_ink(scene.config.board).shape)
    on_face = (cells + 0.5) * size - 0.5 * shape
    # A pixel of grace: ink at the edge of what covers it.
    near = cv2.erode(board_pixels.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0
    count = 0
    for x, y in on_face:
        column, row = _project(scene.board.in_base(np.array([x, y, 0.0])), camera_in_world)
        count += bool(column == column and near[int(row), int(column)])
    return count / max(len(on_face), 1)
