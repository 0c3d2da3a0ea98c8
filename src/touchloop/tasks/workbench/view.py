"""What skills know of the bench's geometry: what a good camera system would report, not the ground truth."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from touchloop.geometry.pose import compose, quat_multiply
from touchloop.sim.board import BoardConfig
from touchloop.sim.hole_plate import HolePlateConfig
from touchloop.sim.switch_panel import PanelConfig
from touchloop.sim.workbench.layout import BOX_PLACES, HOLES, REST_IN_BASE, bases_in_world, box_grasp, box_on, yaw_quat
from touchloop.sim.workbench.scene import BenchScene

NOISE_M, MOST_NOISE_M = 0.0005, 0.0012
NOISE_RAD = np.radians(0.3)
MOVED = 0.003
"""[m], and change of a quaternion's components, from which on a thing has moved."""
NOMINAL_STIFFNESS, NOMINAL_FRICTION, NOMINAL_DEPTH_M = 3500.0, 0.35, 0.022
"""What no camera sees is taken for usual."""


@dataclass(frozen=True, slots=True)
class View:
    """Poses as seen, all in the world; materials and depths in the configurations are nominal.

    In the dark it is what was seen last, with ``lit`` false.
    """

    time_s: float
    """When it was seen."""
    lit: bool
    tools: dict[str, np.ndarray]
    """(7,) tip of each tool."""
    slots: dict[str, np.ndarray]
    """(7,) tip of each tool when it is in the rack."""
    rack: np.ndarray
    """(7,)"""
    box: np.ndarray
    """(7,)"""
    box_places: dict[str, np.ndarray]
    """(7,) of the box on tray and shelf."""
    tray_spots: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]
    """(7,) tip of each tool where the left and the right arm put it on the tray."""
    half_width_m: float
    """Of the box, along its y axis."""
    commanded: tuple[np.ndarray, np.ndarray]
    """(7,) where each arm was told to be last, in its base."""
    board: BoardConfig
    holes: dict[str, HolePlateConfig]
    panel: PanelConfig
    lamp: bool
    """The switch's lamp is on."""
    coupled: tuple[bool, bool]
    """Each coupler's lock switch: it has closed on something, whatever that is."""
    wrist: Callable[[int], np.ndarray]
    """Renders an arm's wrist picture (128, 128, 3) uint8, now."""

    def grasp(self, name: str, arm: int) -> np.ndarray:
        """(7,) of the TCP at which an arm takes the box or a tool."""
        return compose(self.box, box_grasp(arm, self.half_width_m)) if name == "box" else self.tools[name]

    def goal(self, name: str, target: str, arm: int) -> np.ndarray:
        """(7,) of the TCP at which an arm lets go of the box or a tool on a target."""
        if name == "box":
            return compose(self.box_places[target], box_grasp(arm, self.half_width_m))
        return self.slots[name] if target == "rack" else self.tray_spots[arm][name]

    def point(self, name: str, arm: int) -> np.ndarray:
        """(3,) where an arm goes for an object or a target."""
        if name in HOLES:
            return self.holes[name].pose_in_base[:3]
        if name == "rack":
            return self.rack[:3]
        if name == "board":
            return self.board.pose_in_base[:3]
        if name == "switch":
            x, y = self.panel.cap_on_panel
            return compose(self.panel.pose_in_base, np.array([x, y, 0.006, 0.0, 0.0, 0.0, 1.0]))[:3]
        if name in BOX_PLACES:
            return self.goal("box", name, arm)[:3]
        return self.grasp(name, arm)[:3]

    def displaced(self, name: str, shift_m: np.ndarray, turn_rad: float) -> "View":
        """The same with one object or target seen elsewhere: moved by (3,) and turned about the vertical."""

        def moved(pose: np.ndarray) -> np.ndarray:
            return np.concatenate([pose[:3] + shift_m, quat_multiply(yaw_quat(turn_rad), pose[3:])])

        if name in HOLES:
            hole = replace(self.holes[name], pose_in_base=moved(self.holes[name].pose_in_base))
            return replace(self, holes={**self.holes, name: hole})
        if name == "rack":
            return replace(self, slots={tool: moved(pose) for tool, pose in self.slots.items()}, rack=moved(self.rack))
        if name == "board":
            return replace(self, board=replace(self.board, pose_in_base=moved(self.board.pose_in_base)))
        if name == "switch":
            return replace(self, panel=replace(self.panel, pose_in_base=moved(self.panel.pose_in_base)))
        if name == "box":
            return replace(self, box=moved(self.box))
        if name in BOX_PLACES:
            spots = tuple({tool: moved(pose) for tool, pose in of_arm.items()} for of_arm in self.tray_spots)
            places = {**self.box_places, name: moved(self.box_places[name])}
            return replace(self, box_places=places, tray_spots=spots if name == "tray" else self.tray_spots)
        return replace(self, tools={**self.tools, name: moved(self.tools[name])})


BASES = bases_in_world()


class Eyes:
    """Sees the bench with an error of some tenths of a millimetre and degree for each thing, a new one when it moves.

    Args:
        scene: to be seen.
        rng: draws the errors.
        wrist: renders an arm's wrist picture.
    """

    def __init__(self, scene: BenchScene, rng: np.random.Generator, wrist: Callable[[int], np.ndarray]) -> None:
        self._scene, self._rng, self._wrist = scene, rng, wrist
        self._errors: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def look(self, time_s: float) -> View:
        """What is seen now."""
        scene, config, seen = self._scene, self._scene.config, self._seen
        return View(
            time_s=time_s,
            lit=True,
            tools={name: seen(name, tool.pose) for name, tool in scene.tools.items()},
            slots={name: seen(f"slot of {name}", pose) for name, pose in config.slots.items()},
            rack=seen("rack", config.rack),
            box=seen("box", scene.box.object_in_world),
            box_places={place: seen(place, box_on(place, config.box_rest)) for place in BOX_PLACES},
            tray_spots=(
                {tool: seen(f"tray for {tool}", config.tray_spot(tool, 0)) for tool in scene.tools},
                {tool: seen(f"tray for {tool}, right", config.tray_spot(tool, 1)) for tool in scene.tools},
            ),
            half_width_m=float(scene.box.half_m[1]),
            commanded=(REST_IN_BASE, REST_IN_BASE),
            board=replace(
                config.board,
                pose_in_base=seen("board", scene.board.pose_in_base),
                stiffness=NOMINAL_STIFFNESS,
                friction=NOMINAL_FRICTION,
            ),
            holes={
                name: replace(
                    config.holes[name],
                    pose_in_base=seen(name, plate.pose_in_base),
                    hole_depth_m=NOMINAL_DEPTH_M,
                    friction=NOMINAL_FRICTION,
                )
                for name, plate in scene.holes.items()
            },
            panel=replace(
                config.panel,
                pose_in_base=seen("switch", scene.panel.pose_in_base),
                operating_travel_m=0.002,
                operating_force_n=8.0,
                drop_share=0.45,
                stiffness=NOMINAL_STIFFNESS,
                friction=NOMINAL_FRICTION,
            ),
            lamp=scene.panel.lit,
            coupled=(scene.couplers[0].holds is not None, scene.couplers[1].holds is not None),
            wrist=self._wrist,
        )

    def _seen(self, name: str, pose: np.ndarray) -> np.ndarray:
        known = self._errors.get(name)
        if known is None or float(np.abs(known[0] - pose).max()) > MOVED:
            error = np.clip(NOISE_M * self._rng.standard_normal(3), -MOST_NOISE_M, MOST_NOISE_M)
            turn = yaw_quat(float(NOISE_RAD * np.clip(self._rng.standard_normal(), -2.5, 2.5)))
            known = self._errors[name] = (pose.copy(), error, turn)
        return np.concatenate([pose[:3] + known[1], quat_multiply(known[2], pose[3:])])
