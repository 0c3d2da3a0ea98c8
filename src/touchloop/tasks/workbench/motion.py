"""Object-centric primitives on geometry: home, grasp, place, move, release (HyCodePolicy, arXiv 2508.02629)."""

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, quat_multiply, rotate
from touchloop.sim.workbench.layout import BOX_PLACES, DOWN, REST_IN_BASE, tilt_and_turn, yaw_quat
from touchloop.tasks.workbench.skill import SLOW_M_S, Hand, Steps, together
from touchloop.tasks.workbench.view import BASES

PRE_GRASP_M = 0.09
PRE_PLACE_M = 0.09
LIFT_OFF_M = 0.09
BOX_UP_M = 0.05
TRANSIT_Z_M = 0.32
"""An arm whose tool points down crosses the bench no lower than this."""
HOVER_M = 0.06
ABOVE_REST_M = 0.001
PALMS_M = 0.10
"""A palm that is no further than this from the box's middle may be squeezing it."""
CLOSE_S, OPEN_S = 0.20, 0.08


def back(pose: np.ndarray, distance_m: float) -> np.ndarray:
    """(7,) the same, back along the tool's axis."""
    return compose(pose, np.array([0.0, 0.0, -distance_m, 0.0, 0.0, 0.0, 1.0]))


def easier(pose: np.ndarray, arm: int) -> np.ndarray:
    """(7,) the same or turned by half a round about the tool's axis: whichever is nearer to the arm at rest."""
    rest = quat_multiply(BASES[arm][3:], DOWN)
    half = np.array([0.0, 0.0, 1.0, 0.0])
    options = [pose[3:], quat_multiply(pose[3:], half)]
    turns = [
        tilt_and_turn(np.array([0, 0, 0, *quat_multiply(quat_conjugate(rest), q)]), 2.0 * np.pi)[1] for q in options
    ]
    return np.concatenate([pose[:3], options[int(np.argmin(turns))]])


def at_height(pose: np.ndarray, z: float) -> np.ndarray:
    """(7,) the same place at another height."""
    other = pose.copy()
    other[2] = z
    return other


def points_down(pose: np.ndarray) -> bool:
    """Whether a tool at a pose (7,) points down rather than forwards."""
    return float(rotate(pose[3:], np.array([0.0, 0.0, 1.0]))[2]) < -0.8


def rise(hand: Hand) -> Steps:
    """Up to where the bench can be crossed, if the tool points down."""
    if points_down(hand.nominal) and hand.nominal[2] < TRANSIT_Z_M - 0.005:
        hand.phase = "rise"
        up = at_height(hand.nominal, TRANSIT_Z_M)
        yield from hand.go(lambda: up, settle=False)


def cross(hand: Hand, place: np.ndarray) -> Steps:
    """To over a place (7,), or straight there where the tool points forwards."""
    yield from rise(hand)
    hand.phase = "cross"
    if points_down(place):
        over = at_height(place, max(TRANSIT_Z_M, place[2]))
        yield from hand.go(lambda: over, settle=False)


def home(hand: Hand) -> Steps:
    """Back to rest."""
    yield from rise(hand)
    hand.phase = "home"
    rest = compose(BASES[hand.index], REST_IN_BASE)
    yield from hand.go(lambda: rest)


def grasp(hand: Hand, name: str) -> Steps:
    """Opens, goes to before the object, on to it, closes, and comes back with it."""
    hand.grip = "open"

    def goal() -> np.ndarray:
        pose = hand.view.grasp(name, hand.index)
        return pose if name == "box" else easier(pose, hand.index)

    yield from cross(hand, back(goal(), PRE_GRASP_M))
    hand.phase = "pre-grasp"
    yield from hand.go(lambda: back(goal(), PRE_GRASP_M), settle=False)
    hand.phase = "approach"
    yield from hand.go(goal, SLOW_M_S)
    hand.phase = "close"
    hand.grip = "close"
    yield from hand.wait(CLOSE_S)
    hand.phase = "lift off"
    up = hand.nominal + np.array([0.0, 0.0, BOX_UP_M if name == "box" else LIFT_OFF_M, 0.0, 0.0, 0.0, 0.0])
    yield from hand.go(lambda: up, settle=False)


def place(hand: Hand, name: str, target: str) -> Steps:
    """Carries what it holds to before its place, on to it, opens, and leaves."""

    def goal() -> np.ndarray:
        pose = hand.view.goal(name, target, hand.index)
        pose = easier(pose, hand.index) if target == "rack" else pose
        return at_height(pose, pose[2] + ABOVE_REST_M)

    def before() -> np.ndarray:
        pose = goal()
        return at_height(pose, pose[2] + (BOX_UP_M if name == "box" else PRE_PLACE_M))

    if name == "box":
        hand.phase = "rise"
        up = at_height(hand.nominal, max(float(hand.nominal[2]), float(before()[2])))
        yield from hand.go(lambda: up, settle=False)
    else:
        yield from cross(hand, before())
    hand.phase = "pre-place"
    yield from hand.go(before, settle=name == "box")
    hand.phase = "approach"
    yield from hand.go(goal, SLOW_M_S)
    yield from release(hand)


def place_box(hands: list[Hand], arm: int, target: str) -> Steps:
    """Puts the box down with both palms if they are at its sides and neither arm holds anything, else with one arm."""
    view = hands[0].view
    at_sides = all(float(np.linalg.norm(hand.tcp[:3] - view.box[:3])) < PALMS_M for hand in hands)
    if any(view.coupled) or not at_sides:
        yield from place(hands[arm], "box", target)
        return
    for hand in hands:
        # The squeeze is in how far the palms are told to be inside the box: what they are told must not jump.
        hand.nominal = compose(BASES[hand.index], hand.view.commanded[hand.index])
        hand.phase = "carry"
    way = view.box_places[target][:3] - view.box[:3]
    for part in (way * np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, way[2] + ABOVE_REST_M])):
        ends = [np.concatenate([hand.nominal[:3] + part, hand.nominal[3:]]) for hand in hands]
        moves = (hand.go(lambda end=end: end, SLOW_M_S, settle=False) for hand, end in zip(hands, ends, strict=True))
        yield from together(*moves)
        yield from hands[0].wait(0.2)
    yield from together(*(release(hand) for hand in hands))


def release(hand: Hand) -> Steps:
    """Opens and draws back along the tool's axis."""
    hand.phase = "open"
    hand.grip = "open"
    yield from hand.wait(OPEN_S)
    hand.phase = "draw back"
    away = back(hand.nominal, LIFT_OFF_M)
    yield from hand.go(lambda: away, settle=False)


def move(hand: Hand, target: str) -> Steps:
    """To just over a target, or just before a place of the box; what it holds it carries along."""

    def goal() -> np.ndarray:
        if target in ("box", *BOX_PLACES):
            pose = hand.view.grasp("box", hand.index) if target == "box" else hand.view.goal("box", target, hand.index)
            return back(pose, HOVER_M)
        point = hand.view.point(target, hand.index) + np.array([0.0, 0.0, HOVER_M])
        return np.concatenate([point, quat_multiply(BASES[hand.index][3:], DOWN)])

    yield from cross(hand, goal())
    hand.phase = "move"
    yield from hand.go(goal)


def facing_yaw(pose: np.ndarray, arm: int, period_rad: float) -> float:
    """Yaw [rad] in the world of a thing at a pose (7,), up to its symmetry, nearest to that of the arm's base."""
    x_axis, base_x = (rotate(q, np.array([1.0, 0.0, 0.0])) for q in (pose[3:], BASES[arm][3:]))
    base_yaw = float(np.arctan2(base_x[1], base_x[0]))
    off = float(np.arctan2(x_axis[1], x_axis[0])) - base_yaw
    return base_yaw + (off + 0.5 * period_rad) % period_rad - 0.5 * period_rad


def frame_at(point: np.ndarray, yaw_rad: float, point_in_frame: np.ndarray) -> np.ndarray:
    """(7,) in the world of an upright frame, turned by a yaw, in which a point (3,) has given coordinates (3,)."""
    turn = yaw_quat(yaw_rad)
    return np.concatenate([point - rotate(turn, point_in_frame), turn])
