"""How near an arm comes to itself and to the table, from its URDF's shapes, by Pinocchio and Coal."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from touchloop.errors import InputError

TABLE = "table"
TABLE_SIZE_M = (4.0, 4.0, 0.2)
NEIGHBOURS = 2
"""Links that are so many joints apart or fewer always touch, so their distance says nothing."""
MOST_SHAPES = 200


class CollisionGuard:
    """Distances between the links of one arm, and to the table.

    Args:
        urdf: text of ``robot_description``; its collision shapes count, or its visual ones where those are few.
        joints: names of the joints in the order of the positions that ``closest`` is given.
        rest: (J,) positions [rad] known to be safe: pairs of shapes that are closer than the margin there are left out.
        margin_m: nearer than this is too near.
        table_z_m: height of the table in the model's root frame; None if there is none.
        touching: links that may touch the table: the tool.

    Raises:
        InputError: the URDF cannot be read, a joint is not in it, or it has no shapes.
    """

    def __init__(
        self,
        urdf: str,
        joints: Sequence[str],
        rest: np.ndarray,
        margin_m: float = 0.02,
        table_z_m: float | None = None,
        touching: Sequence[str] = (),
    ) -> None:
        # They load slowly, so only where collisions are watched; and they have no types.
        coal, self._pinocchio = import_module("coal"), import_module("pinocchio")
        self._margin_m = margin_m
        try:
            self._model = self._pinocchio.buildModelFromXML(urdf)
            shapes = self._shapes(urdf)
        except (ValueError, RuntimeError) as error:
            raise InputError(f"robot_description cannot be read: {error}") from error
        unknown = [name for name in joints if not self._model.existJointName(name)]
        if unknown:
            raise InputError(
                f"robot_description has no joint {', '.join(unknown)}; it has: {', '.join(self._model.names)}"
            )
        self._index = [self._model.joints[self._model.getJointId(name)].idx_q for name in joints]
        if len(joints) != self._model.nq:
            raise InputError(f"robot_description has {self._model.nq} joints, {len(joints)} are named")
        self._links = [self._model.frames[shape.parentFrame].name for shape in shapes.geometryObjects]
        if not 2 <= len(self._links) <= MOST_SHAPES:
            raise InputError(f"robot_description has {len(self._links)} shapes; expected 2 to {MOST_SHAPES}")
        self._pair_up(shapes)
        if table_z_m is not None:
            self._add_table(shapes, coal, table_z_m, touching)
        self._data = self._model.createData()
        self._shapes_model, self._positions = shapes, np.zeros(self._model.nq)
        self._leave_out_what_is_near(np.asarray(rest, float))

    @property
    def pair_count(self) -> int:
        """How many pairs are watched."""
        return len(self._pairs)

    def tip_in_base(self, joint_positions: np.ndarray, base: str = "base_link", tip: str = "tcp") -> np.ndarray:
        """Pose (7,) of one link in another at joint positions (J,) [rad].

        Raises:
            InputError: the URDF lacks one of the links.
        """
        missing = [name for name in (base, tip) if not self._model.existFrame(name)]
        if missing:
            raise InputError(f"robot_description has no link {', '.join(missing)}")
        self._positions[self._index] = joint_positions
        self._pinocchio.framesForwardKinematics(self._model, self._data, self._positions)
        base_in_root, tip_in_root = (self._data.oMf[self._model.getFrameId(name)] for name in (base, tip))
        return np.array(self._pinocchio.SE3ToXYZQUAT(base_in_root.actInv(tip_in_root)))

    def closest(self, joint_positions: np.ndarray) -> tuple[float, str, str]:
        """Smallest distance [m] at joint positions (J,) [rad], and the two links; negative if they overlap."""
        distances = self._distances(joint_positions)
        k = int(np.argmin(distances))
        return float(distances[k]), *self._pairs[k]

    def problem(self, joint_positions: np.ndarray) -> str:
        """What is too near at joint positions (J,) [rad]; empty if nothing is."""
        if not np.isfinite(joint_positions).all():
            return "joint_states hold a NaN or an infinity"
        distance_m, first, second = self.closest(joint_positions)
        if distance_m >= self._margin_m:
            return ""
        return f"{first} is {distance_m * 1e3:.0f} mm from {second}, the limit is {self._margin_m * 1e3:g} mm"

    def _shapes(self, urdf: str) -> Any:
        kinds = self._pinocchio.GeometryType
        found = [
            self._pinocchio.buildGeomFromUrdfString(self._model, urdf, kind) for kind in (kinds.COLLISION, kinds.VISUAL)
        ]
        # A tool alone is no arm: many descriptions have shapes to look at only.
        linked = [len({shape.parentJoint for shape in shapes.geometryObjects}) for shapes in found]
        return found[0] if linked[0] > max(2, linked[1] // 2) else found[1]

    def _pair_up(self, shapes: Any) -> None:
        shapes.removeAllCollisionPairs()
        for a, first in enumerate(shapes.geometryObjects):
            for b in range(a + 1, len(shapes.geometryObjects)):
                apart = abs(int(first.parentJoint) - int(shapes.geometryObjects[b].parentJoint))
                if apart > NEIGHBOURS:
                    shapes.addCollisionPair(self._pinocchio.CollisionPair(a, b))

    def _add_table(self, shapes: Any, coal: Any, table_z_m: float, touching: Sequence[str]) -> None:
        placement = self._pinocchio.SE3(np.eye(3), np.array([0.0, 0.0, table_z_m - 0.5 * TABLE_SIZE_M[2]]))
        table = self._pinocchio.GeometryObject(TABLE, 0, 0, placement, coal.Box(*TABLE_SIZE_M))
        number = shapes.addGeometryObject(table)
        for k, shape in enumerate(shapes.geometryObjects):
            # What does not move cannot come nearer.
            if k != number and shape.parentJoint > 0 and self._links[k] not in touching:
                shapes.addCollisionPair(self._pinocchio.CollisionPair(k, number))
        self._links.append(TABLE)

    def _leave_out_what_is_near(self, rest: np.ndarray) -> None:
        pairs = list(self._shapes_model.collisionPairs)
        self._shapes_data = self._shapes_model.createData()
        self._pairs = [(self._links[pair.first], self._links[pair.second]) for pair in pairs]
        if not pairs:
            raise InputError("robot_description has no two shapes that could meet")
        near = self._distances(rest) < self._margin_m
        for pair, is_near in zip(pairs, near, strict=True):
            if is_near:
                self._shapes_model.removeCollisionPair(pair)
        self._pairs = [names for names, is_near in zip(self._pairs, near, strict=True) if not is_near]
        self._shapes_data = self._shapes_model.createData()
        if not self._pairs:
            raise InputError(
                "all shapes of robot_description are nearer than the margin at rest; is the posture right?"
            )

    def _distances(self, joint_positions: np.ndarray) -> np.ndarray:
        self._positions[self._index] = joint_positions
        self._pinocchio.computeDistances(
            self._model, self._data, self._shapes_model, self._shapes_data, self._positions
        )
        return np.array([result.min_distance for result in self._shapes_data.distanceResults])


def movable_joints(urdf: str) -> list[str]:
    """Names of the joints of a URDF that move.

    Raises:
        InputError: the text is no URDF.
    """
    try:
        return list(import_module("pinocchio").buildModelFromXML(urdf).names)[1:]
    except (ValueError, RuntimeError) as error:
        raise InputError(f"robot_description cannot be read: {error}") from error
