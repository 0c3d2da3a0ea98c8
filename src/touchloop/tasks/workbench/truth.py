"""Ground truth of all conditions: for scoring and for tests, not for monitors."""

from dataclasses import dataclass

import numpy as np

from touchloop.geometry.pose import relative
from touchloop.sim.workbench.layout import ARMS, BOX_PLACES, HOLES, PLACE_SIZE_M, TARGETS, TOOLS, box_on, tilt_and_turn
from touchloop.sim.workbench.look import place_plate
from touchloop.sim.workbench.scene import BenchScene
from touchloop.tasks.workbench.targets import reference_point
from touchloop.tasks.workbench.vocabulary import CONDITIONS, HOME, PEGS, checked

INSERTED = 0.9
"""Share of the hole's depth, as the task insert has it."""
CLEAN = 0.9
"""Share of the ink that is gone, as the task wipe has it."""
LIFT_M = 0.10
AT_M, AT_TURN_RAD = 0.03, np.radians(18.0)
"""The box may be this far beside its place, and turned by this."""
AT_HEIGHT_M = 0.01
NEAR_M = 0.10


@dataclass(frozen=True, slots=True)
class Truth:
    """One instant of a bench."""

    time_s: float
    holds: tuple[str | None, str | None]
    """What the left and the right arm hold."""
    at: dict[str, str | None]
    """By tool and box: the target where it is, not held; pegs in their holes too."""
    pressed: bool
    clean: bool
    coverage: float
    """Share of the ink that is gone."""
    lifted: bool
    lit: bool
    poses: dict[str, np.ndarray]
    """(7,) of tools and box in the world."""
    tcp: tuple[np.ndarray, np.ndarray]
    """(7,) of each arm in the world."""
    points: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]
    """(3,) in the world: where each arm goes for each object and target."""

    def holds_true(self, condition: str, **args: str) -> bool:
        """Whether a condition of the vocabulary is true, as ``holds_true("holding", arm="left", object="wiper")``.

        Raises:
            InputError: no such condition, or wrong arguments.
        """
        a = checked("condition", CONDITIONS, condition, args)
        match condition:
            case "holding":
                return self.holds[ARMS.index(a["arm"])] == a["object"]
            case "free":
                return self.holds[ARMS.index(a["arm"])] is None
            case "at" | "inserted":
                return self.at[a["object"]] == a["target"]
            case "near":
                arm = ARMS.index(a["arm"])
                return float(np.linalg.norm(self.tcp[arm][:3] - self.points[arm][a["target"]])) <= NEAR_M
            case _:
                return bool(getattr(self, condition))


def truth_of(scene: BenchScene, tcp: tuple[np.ndarray, np.ndarray], lit: bool, time_s: float) -> Truth:
    """Looks at everything."""
    poses = {name: tool.pose.copy() for name, tool in scene.tools.items()}
    poses["box"] = scene.box.object_in_world.copy()
    left, right = (coupler.holds for coupler in scene.couplers)
    at = {name: _tool_place(scene, name) for name in TOOLS}
    at["box"] = None if "box" in (left, right) else _box_place(scene)
    names = (*TARGETS, HOME, "board", "switch", *poses)
    first, second = ({name: reference_point(scene, name, arm) for name in names} for arm in range(len(ARMS)))
    return Truth(
        time_s=time_s,
        holds=(left, right),
        at=at,
        pressed=scene.panel.lit,
        clean=scene.board.coverage >= CLEAN,
        coverage=scene.board.coverage,
        lifted=scene.box.lifted_m >= LIFT_M,
        lit=lit,
        poses=poses,
        tcp=tcp,
        points=(first, second),
    )


def _tool_place(scene: BenchScene, name: str) -> str | None:
    tool = scene.tools[name]
    for hole in HOLES if name in PEGS else ():
        x, y, z = scene.holes[hole].on_plate(tool.pose[:3])
        if max(abs(x), abs(y)) < 0.004 and z <= -INSERTED * scene.holes[hole].config.hole_depth_m:
            return hole
    plate = place_plate(scene.config, "tray")
    half = 0.5 * np.array(PLACE_SIZE_M)
    off = np.abs(tool.pose[:3] - plate[:3] - np.array([0.0, 0.0, half[2]]))
    if tool.state == "resting" and off[0] < half[0] and off[1] < half[1] and off[2] < AT_HEIGHT_M:
        return "tray"
    return "rack" if tool.state == "parked" else None


def _box_place(scene: BenchScene) -> str | None:
    for place in BOX_PLACES:
        off = relative(box_on(place, scene.config.box_rest), scene.box.object_in_world)
        tilt, turn = tilt_and_turn(off)
        if np.hypot(off[0], off[1]) <= AT_M and abs(off[2]) <= AT_HEIGHT_M and tilt + turn <= AT_TURN_RAD:
            return place
    return None
