"""Where a step's tool ought to be, and how far it is off: the numbers that rules and calibration look at."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from touchloop.geometry.pose import compose, relative, rotate
from touchloop.monitor.evidence.geometry import off_of, on_axis
from touchloop.sim.workbench.layout import DOWN, HOLES, REST_IN_BASE, TOOLS, tilt_and_turn
from touchloop.tasks.workbench.view import BASES, View


@dataclass(frozen=True, slots=True)
class Aim:
    """How an arm stands to what its step is about.

    Attributes:
        aside_m: beside it: from the axis of a hole or the cap, from the stroke, from the pose at which a thing is
            taken or let go.
        height_m: above its surface; where things are taken or let go, the same as ``aside_m``.
        turn_rad: how far the tool is turned against it, its symmetry left out; 0 where that means nothing.
        near: another thing of the same kind that is nearer; empty for none.
    """

    aside_m: float
    height_m: float
    turn_rad: float
    near: str = ""


def aim_of(view: View, skill: str, args: Mapping[str, str], arm: int, tcp: np.ndarray) -> Aim | None:
    """Of an arm with its TCP (7,) in the world; None for skills that aim at nothing that can be missed."""
    match skill:
        case "grasp":
            name = args["object"]
            off_m, turn_rad = off_of(tcp, view.grasp(name, arm))
            return Aim(off_m, off_m, turn_rad, _nearer(off_m, {t: view.grasp(t, arm) for t in TOOLS if t != name}, tcp))
        case "place":
            return _place(view, args, arm, tcp)
        case "insert":
            hole = view.holes[args["target"]].pose_in_base
            aside_m, height_m = on_axis(tcp[:3], hole)
            down = compose(hole, np.array([0.0, 0.0, 0.0, *DOWN]))
            _, turn = tilt_and_turn(relative(down, tcp), 0.5 * np.pi)
            others = {h: view.holes[h].pose_in_base for h in HOLES if h != args["target"]}
            return Aim(
                aside_m, height_m, turn if args["object"] == "square_peg" else 0.0, _nearer(aside_m, others, tcp)
            )
        case "press":
            cap = np.concatenate([view.point("switch", arm), view.panel.pose_in_base[3:]])
            return Aim(*on_axis(tcp[:3], cap), 0.0)
        case "wipe":
            return _wipe(view, tcp)
        case "lift":
            off = tcp[:3] - view.grasp("box", arm)[:3]
            return Aim(abs(float(off[0])), float(np.linalg.norm(off)), 0.0)
        case _:
            return None


def rivals_of(view: View, skill: str, args: Mapping[str, str], arm: int) -> list[np.ndarray]:
    """(3,) each: where else things of the same kind are."""
    match skill:
        case "grasp":
            return [view.grasp(name, arm)[:3] for name in (*TOOLS, "box") if name != args["object"]]
        case "insert":
            return [view.point(hole, arm) for hole in HOLES if hole != args["target"]]
        case "place" if args["object"] == "box":
            return [view.goal("box", place, arm)[:3] for place in view.box_places if place != args["target"]]
        case _:
            return []


def subject_point(view: View, skill: str, args: Mapping[str, str], arm: int) -> np.ndarray | None:
    """(3,) in the world of what a skill goes to; None for skills that stay where they are."""
    match skill:
        case "home" | "release":
            return None
        case "insert" | "move":
            return view.point(args["target"], arm)
        case "place":
            return view.goal(args["object"], args["target"], arm)[:3]
        case _:
            return view.point(args["object"], arm)


def _place(view: View, args: Mapping[str, str], arm: int, tcp: np.ndarray) -> Aim:
    name, target = args["object"], args["target"]
    goal = view.goal(name, target, arm)
    off_m, turn_rad = off_of(tcp, goal)
    others = {p: view.goal("box", p, arm) for p in view.box_places if p != target} if name == "box" else {}
    return Aim(off_m, off_m, turn_rad, _nearer(off_m, others, tcp))


def _wipe(view: View, tcp: np.ndarray) -> Aim:
    board = view.board
    on_face = relative(board.pose_in_base, tcp)[:3]
    heading = np.array([np.cos(board.ink_heading_rad), np.sin(board.ink_heading_rad)])
    off = on_face[:2] - board.ink_start
    along = float(np.clip(off @ heading, 0.0, board.ink_length_m))
    return Aim(float(np.linalg.norm(off - along * heading)), float(on_face[2]), 0.0)


def stroke_heading(view: View) -> np.ndarray:
    """(3,) unit vector in the world along the ink's stroke."""
    angle = view.board.ink_heading_rad
    return rotate(view.board.pose_in_base[3:], np.array([np.cos(angle), np.sin(angle), 0.0]))


def _nearer(off_m: float, others: Mapping[str, np.ndarray], tcp: np.ndarray) -> str:
    found = {name: float(np.linalg.norm(tcp[:2] - pose[:2])) for name, pose in others.items()}
    nearest = min(found, key=lambda name: found[name], default="")
    return nearest if nearest and found[nearest] < 0.6 * off_m else ""


def off_rest(arm: int, tcp: np.ndarray) -> float:
    """Angle [rad] between an arm's tool and the one at rest, which points straight down in its base."""
    tilt, turn = tilt_and_turn(relative(compose(BASES[arm], REST_IN_BASE), tcp), 2.0 * np.pi)
    return tilt + turn
