"""Where each arm goes for an object or a target."""

import numpy as np

from touchloop.geometry.pose import compose
from touchloop.sim.workbench.layout import BOX_PLACES, HOLES, REST_IN_BASE, bases_in_world, box_grasp, box_on
from touchloop.sim.workbench.scene import BenchScene
from touchloop.tasks.workbench.vocabulary import HOME


def reference_point(scene: BenchScene, name: str, arm: int) -> np.ndarray:
    """(3,) in the world: a hole's mouth, the rack's middle, the cap, the board's middle, a tool's tip, or the middle of
    the face of the box that the arm takes it by, where the box is or on its place."""
    if name == HOME:
        return compose(bases_in_world()[arm], REST_IN_BASE)[:3]
    if name in HOLES:
        return scene.holes[name].pose_in_base[:3].copy()
    if name == "rack":
        return scene.config.rack[:3]
    if name == "board":
        return scene.board.pose_in_base[:3].copy()
    if name == "switch":
        return scene.panel.cap_in_base.copy()
    if name == "box" or name in BOX_PLACES:
        box = scene.box.object_in_world if name == "box" else box_on(name, scene.config.box_rest)
        return compose(box, box_grasp(arm, float(scene.box.half_m[1])))[:3]
    return scene.tools[name].pose[:3].copy()
