"""An uneven, rounded, compliant body that a blade takes a layer off, cell by cell along its crest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.geometry.pose import quat_conjugate, rotate
from touchloop.sim.arm import Arm
from touchloop.sim.contact import Contact, PatchForce
from touchloop.sim.peel_cut import PROFILE_STEP_M, crest_at, crest_table, peel_step
from touchloop.sim.peel_look import PeelLook
from touchloop.sim.scene import ArmMount, Decal, Disturbance, Shape
from touchloop.sim.world import PHYSICS_STEPS

CELL_M = 0.002
SKIN, PEELED, GOUGED = 0, 1, 2
BLADE_WIDTH_M = 0.016
BLADE_POINTS = 5
THICKNESS_BAND_M = (0.000625, 0.002125)
"""Thinner does not come off, thicker gouges: 2.5 to 8.5 N."""
STRIP_HALF_M = 0.002
"""The blade must cover the crest by this on both sides."""
REACH_M = 0.03
"""No contact is looked for higher above the crest than this."""


@dataclass(frozen=True, slots=True)
class BodyConfig:
    """What differs from body to body."""

    pose_in_base: np.ndarray
    """(7,) of the middle of the crest line's mean height: x along the stroke, z up."""
    crest_m: np.ndarray
    """(K,) heights of the crest over the mean, every ``PROFILE_STEP_M`` from the near end."""
    radius_m: float
    """Of the cross-section."""
    stiffness: float
    """Of the body with its cut under the blade, in all [N/m]."""
    friction: float
    cut_resistance: float
    """Force against the stroke for each metre of the cut's thickness [N/m]."""
    skin_rgb: tuple[float, float, float] = (0.2, 0.45, 0.15)
    flesh_rgb: tuple[float, float, float] = (0.85, 0.9, 0.6)

    @property
    def length_m(self) -> float:
        """Along x."""
        return (len(self.crest_m) - 1) * PROFILE_STEP_M


class PeelBody:
    """A scene: the body, and one arm with a blade.

    A cell of ``CELL_M`` along the crest is peeled when the blade's edge passes its middle forwards, covering the crest,
    with a cut in ``THICKNESS_BAND_M``; a thicker one gouges it for good. The profile does not change by that.

    Args:
        config: the body.
        start_in_base: (7,) TCP pose at the start.

    Attributes:
        pose_in_base: (7,) now.
        cells: (cells,) int8: SKIN, PEELED or GOUGED.
        thickness_m: of the cut in the last physics step.
    """

    def __init__(self, config: BodyConfig, start_in_base: np.ndarray) -> None:
        self.config = config
        self.mounts = (ArmMount(start_in_base, tool="bare"),)
        self.pose_in_base = config.pose_in_base.copy()
        self.cells = np.zeros(round(config.length_m / CELL_M), dtype=np.int8)
        self.thickness_m = 0.0
        self._table = crest_table(config.crest_m)
        self._look = PeelLook(config.crest_m, config.length_m, config.radius_m, config.skin_rgb, config.flesh_rgb)
        self._blade = np.zeros((BLADE_POINTS, 3))
        self._blade[:, 1] = np.linspace(-0.5 * BLADE_WIDTH_M, 0.5 * BLADE_WIDTH_M, BLADE_POINTS)
        self._material = np.array([config.radius_m, config.stiffness, config.friction, config.cut_resistance])
        self._stretch, self._points, self._arms = (np.zeros((BLADE_POINTS, 3)) for _ in range(3))
        self._pressing, self._tangential = np.zeros((BLADE_POINTS, 3)), np.zeros((BLADE_POINTS, 3))
        self._size = np.zeros(BLADE_POINTS)
        self._from = self._to = self.pose_in_base[:3].copy()
        self._substep = 0
        self._edge_m: float | None = None

    @property
    def object_in_world(self) -> np.ndarray:
        """(7,) the middle of the crest; the arm's base is the world's origin."""
        return self.pose_in_base

    @property
    def progress(self) -> float:
        """Peeled length over length."""
        return float((self.cells == PEELED).mean())

    def on_body(self, point_in_base: np.ndarray) -> np.ndarray:
        """A point (3,) in base as: along the stroke from the near end, across it, above the crest there [m]."""
        point = rotate(quat_conjugate(self.pose_in_base[3:]), point_in_base - self.pose_in_base[:3])
        point[0] += 0.5 * self.config.length_m
        point[2] -= crest_at(self._table, float(point[0]))[0]
        return point

    def crest_in_base(self, along_m: float) -> np.ndarray:
        """(3,) the crest's point at a place from the near end."""
        height, _ = crest_at(self._table, along_m)
        point = np.array([along_m - 0.5 * self.config.length_m, 0.0, height])
        return self.pose_in_base[:3] + rotate(self.pose_in_base[3:], point)

    def build(self, client: int, arms: Sequence[Arm]) -> None:  # noqa: ARG002 no bodies: contact is computed here
        """Takes the arm."""
        (self._arm,) = arms

    def move(self, disturbance: Disturbance) -> None:
        """Glides to where the disturbance wants the body, in the coming tick's physics steps."""
        self._from = self._to
        self._to = self.config.pose_in_base[:3] + disturbance.object_displacement_in_world
        self._substep = 0

    def act(self, dt: float) -> None:
        """Contact of the blade with the body; cuts."""
        self._substep += 1
        way = self._to - self._from
        self.pose_in_base[:3] = self._from + way * (self._substep / PHYSICS_STEPS)
        tcp = self._arm.tcp_before_step
        along_m, _, above_m = self.on_body(tcp[:3])
        self.thickness_m = 0.0
        self._size[:] = 0.0
        if above_m < REACH_M:
            force, torque, self.thickness_m = peel_step(
                tcp,
                self._arm.twist_before_step,
                self._origin(),
                way / (PHYSICS_STEPS * dt),
                self._blade,
                self._table,
                self._material,
                dt,
                self._stretch,
                self._points,
                self._arms,
                self._pressing,
                self._tangential,
                self._size,
            )
            if self._size.any():
                self._arm.load_tool(force, torque)
        self._cut(float(along_m))

    def _origin(self) -> np.ndarray:
        """(7,) of the near end's frame in base."""
        origin = self.pose_in_base.copy()
        origin[:3] -= rotate(origin[3:], np.array([0.5 * self.config.length_m, 0.0, 0.0]))
        return origin

    def _cut(self, edge_m: float) -> None:
        """Marks the cells whose middles the edge has passed in this step."""
        before_m = edge_m if self._edge_m is None else self._edge_m
        self._edge_m = edge_m
        first, last = (min(max(round(m / CELL_M), 0), len(self.cells)) for m in (before_m, edge_m))
        if last <= first or self.thickness_m < THICKNESS_BAND_M[0]:
            return
        passed, across = self.cells[first:last], self._points[:, 1]
        if self.thickness_m > THICKNESS_BAND_M[1]:
            passed[:] = GOUGED
        elif across.min() <= -STRIP_HALF_M and across.max() >= STRIP_HALF_M:
            passed[passed == SKIN] = PEELED

    def touch(self, dt: float) -> tuple[Contact | None, ...]:  # noqa: ARG002
        """The blade's contact in the last physics step."""
        if not self._size.any():
            return (None,)
        points = self._arm.tcp_before_step[:3] + self._arms
        return (PatchForce(points, self._arms, self._pressing, self._tangential, self._size).contact(),)

    def shapes(self) -> tuple[Shape, ...]:
        """Segments of the body in their colours now, its stand, and the blade on its handle."""
        return self._look.shapes(self.pose_in_base, self.cells == PEELED, self.cells == GOUGED)

    def decals(self) -> tuple[Decal, ...]:
        """None."""
        return ()
