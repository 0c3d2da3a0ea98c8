"""Conditions of the vocabulary, judged on poses that cameras report."""

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, relative, rotate
from touchloop.sim.workbench.layout import ARMS, BOX_PLACES, HOLES, REST_IN_BASE, TOOLS, tilt_and_turn
from touchloop.tasks.workbench.view import BASES, NOMINAL_DEPTH_M, View
from touchloop.tasks.workbench.vocabulary import CONDITIONS, HOME, PEGS, checked

HELD_M, HELD_RAD = 0.012, np.radians(12.0)
"""What is held is where the TCP is, but for the errors of sight and of the coupler."""
PARKED_M, PARKED_RAD = 0.012, np.radians(12.0)
ON_PLACE_M, ON_PLACE_HEIGHT_M, ON_PLACE_RAD = 0.030, 0.012, np.radians(18.0)
IN_HOLE_M, IN_HOLE_SHARE = 0.006, 0.65
"""A peg's end this near the hole's axis, and so deep: half-way is where no peg comes to rest."""
LIFTED_M = 0.08
NEAR_M = 0.12
CLEAN_INK_SHARE = 0.15


def tcp_in_world(tcp_in_base: np.ndarray, arm: int) -> np.ndarray:
    """(7,) of an arm's TCP in the world."""
    return compose(BASES[arm], tcp_in_base)


def held_by(view: View, arm: int, tcp: np.ndarray) -> str | None:
    """Name of what an arm holds; "" if its coupler has closed on something that cannot be named."""
    if not view.coupled[arm]:
        return None
    best, least = "", 1.0
    for name in (*TOOLS, "box"):
        off_m, off_rad = off_of(tcp, view.grasp(name, arm))
        size = max(off_m / HELD_M, off_rad / HELD_RAD)
        if size < least:
            best, least = name, size
    return best


def off_of(pose: np.ndarray, goal: np.ndarray, period_rad: float = np.pi) -> tuple[float, float]:
    """How far a pose (7,) is from another: [m], and [rad] of tilt plus turn, half a round counting as none."""
    error = relative(goal, pose)
    tilt, turn = tilt_and_turn(error, period_rad)
    return float(np.linalg.norm(error[:3])), tilt + turn


def on_axis(point: np.ndarray, pose: np.ndarray) -> tuple[float, float]:
    """Distance of a point (3,) from a pose's z axis, and its height along it [m]."""
    x, y, z = rotate(quat_conjugate(pose[3:]), point - pose[:3])
    return float(np.hypot(x, y)), float(z)


def place_of(view: View, name: str) -> str | None:
    """The target that a tool or the box is at, held or not; None: at none."""
    if name == "box":
        for place in BOX_PLACES:
            error = relative(view.box_places[place], view.box)
            tilt, turn = tilt_and_turn(error)
            flat_m = float(np.hypot(error[0], error[1]))
            if flat_m <= ON_PLACE_M and abs(error[2]) <= ON_PLACE_HEIGHT_M and tilt + turn <= ON_PLACE_RAD:
                return place
        return None
    pose = view.tools[name]
    for hole in HOLES if name in PEGS else ():
        aside_m, height_m = on_axis(pose[:3], view.holes[hole].pose_in_base)
        if aside_m < IN_HOLE_M and height_m < -IN_HOLE_SHARE * NOMINAL_DEPTH_M:
            return hole
    off_m, off_rad = off_of(pose, view.slots[name])
    if off_m <= PARKED_M and off_rad <= PARKED_RAD:
        return "rack"
    spots = [view.tray_spots[arm][name] for arm in range(len(ARMS))]
    off = min((pose[:3] - spot[:3] for spot in spots), key=lambda d: float(np.linalg.norm(d)))
    return "tray" if float(np.hypot(off[0], off[1])) < 0.06 and abs(off[2]) < 0.012 else None


def holds(
    view: View, tcps: tuple[np.ndarray, np.ndarray], ink_share: float | None, box_rest_z: float, name: str, **args: str
) -> bool | None:
    """Whether a condition holds as far as can be seen; None: it cannot be seen.

    Args:
        view: poses.
        tcps: (7,) of both arms in the world.
        ink_share: of the board's ink that is left; None: not known.
        box_rest_z: height of the box when the run began [m].
        name: the condition.
        args: its arguments.

    Raises:
        InputError: no such condition, or wrong arguments.
    """
    a = checked("condition", CONDITIONS, name, args)
    if name == "lit":
        return view.lit
    if not view.lit:
        return None
    arm = ARMS.index(a["arm"]) if "arm" in a else 0
    match name:
        case "holding":
            return held_by(view, arm, tcps[arm]) == a["object"]
        case "free":
            return not view.coupled[arm]
        case "at":
            return _loose(view, tcps, a["object"]) and place_of(view, a["object"]) == a["target"]
        case "inserted":
            return place_of(view, a["object"]) == a["target"]
        case "pressed":
            return view.lamp
        case "clean":
            return None if ink_share is None else ink_share <= CLEAN_INK_SHARE
        case "lifted":
            return float(view.box[2]) - box_rest_z >= LIFTED_M
        case _:
            goal = compose(BASES[arm], REST_IN_BASE)[:3] if a["target"] == HOME else view.point(a["target"], arm)
            return float(np.linalg.norm(tcps[arm][:3] - goal)) <= NEAR_M


def _loose(view: View, tcps: tuple[np.ndarray, np.ndarray], name: str) -> bool:
    return all(held_by(view, arm, tcps[arm]) != name for arm in range(len(ARMS)))
