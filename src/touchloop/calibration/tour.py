"""Where an arm goes by itself for a calibration: from pose to pose with minimum jerk, resting at each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from touchloop.errors import InputError
from touchloop.geometry.pose import quat_conjugate, quat_from_rotation_vector, quat_multiply, rotation_vector, slerp
from touchloop.robots.config_types import check_pose

SPEED_M_S, TURNING_SPEED_RAD_S = 0.05, 0.3
"""Mean speeds between poses; the peak is 1.9 times as high."""
REST_S = 2.0
STEP_S, STEP_REST_S = 0.12, 1.6
TILT_DEG = 35.0
TILTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7))
"""Shares of the tilt about x and y of the tool."""


@dataclass(frozen=True, slots=True)
class Leg:
    """To a pose (7,) in base within ``travel_s``, then rest there."""

    target: np.ndarray
    travel_s: float
    rest_s: float


class Tour:
    """Legs one after the other.

    Args:
        start: pose (7,) where the arm stands.
        legs: where it goes.
    """

    def __init__(self, start: np.ndarray, legs: Sequence[Leg]) -> None:
        self._start, self._legs = start, tuple(legs)
        self.duration_s = sum(leg.travel_s + leg.rest_s for leg in legs)

    def at(self, time_s: float) -> tuple[np.ndarray, int, float]:
        """The pose (7,) at a time, the number of the leg whose end is reached (-1: on the way), and how long ago."""
        before, left = self._start, max(time_s, 0.0)
        for number, leg in enumerate(self._legs):
            if left < leg.travel_s:
                share = left / leg.travel_s
                smooth = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
                place = before[:3] + smooth * (leg.target[:3] - before[:3])
                return np.concatenate([place, slerp(before[3:], leg.target[3:], smooth)]), -1, 0.0
            left -= leg.travel_s
            if left < leg.rest_s or number == len(self._legs) - 1:
                return leg.target, number, left
            left -= leg.rest_s
            before = leg.target
        return self._start, -1, 0.0


def step_tour(start: np.ndarray, axis: str, step_m: float, count: int) -> Tour:
    """Steps along an axis of base, there and back."""
    there = start.copy()
    there["xyz".index(axis)] += step_m
    rest = [Leg(start, STEP_S, STEP_REST_S)]
    return Tour(start, rest + [Leg(start if k % 2 else there, STEP_S, STEP_REST_S) for k in range(count)])


def tilt_tour(start: np.ndarray, count: int) -> Tour:
    """Tilts of the tool about its tip, then back."""
    tilts = [TILTS[k % len(TILTS)] for k in range(count)]
    poses = []
    for x, y in tilts:
        turn = quat_from_rotation_vector(np.radians(TILT_DEG) * np.array([x, y, 0.0]))
        poses.append(np.concatenate([start[:3], quat_multiply(start[3:], turn)]))
    return pose_tour(start, [*poses, start])


def pose_tour(start: np.ndarray, poses: Sequence[np.ndarray]) -> Tour:
    """Through poses (7,) of ``tcp`` in ``base_link``, slowly."""
    legs, before = [], start
    for pose in poses:
        way_m = float(np.linalg.norm(pose[:3] - before[:3]))
        turn_rad = float(np.linalg.norm(rotation_vector(quat_multiply(pose[3:], quat_conjugate(before[3:])))))
        legs.append(Leg(pose, max(way_m / SPEED_M_S, turn_rad / TURNING_SPEED_RAD_S, 0.5), REST_S))
        before = pose
    return Tour(start, legs)


def read_poses(path: Path) -> list[np.ndarray]:
    """Poses of ``tcp`` from a YAML file: ``poses: [[x, y, z, qx, qy, qz, qw], ...]``, or an earlier capture's.

    Raises:
        InputError: no such file, or what it says are no poses.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    rows = content.get("poses") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not rows:
        raise InputError(f"{path}: expected poses: with a list of x y z qx qy qz qw")
    poses = []
    for number, row in enumerate(rows):
        values = row.get("tcp_in_base") if isinstance(row, dict) else row
        numbers = (
            [v for v in values if isinstance(v, int | float) and math.isfinite(v)] if isinstance(values, list) else []
        )
        if not (isinstance(values, list) and len(values) == len(numbers) == 7):
            raise InputError(f"{path}: pose {number + 1} is {values}; expected seven numbers x y z qx qy qz qw")
        x, y, z, qx, qy, qz, qw = map(float, numbers)
        check_pose(f"{path}: pose {number + 1}", (x, y, z, qx, qy, qz, qw))
        pose = np.array(numbers, float)
        pose[3:] /= np.linalg.norm(pose[3:])
        poses.append(pose)
    return poses
