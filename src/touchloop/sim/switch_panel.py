"""A panel with a stiff push switch that snaps through under a round fingertip, and a lamp that shows its state."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, rotate
from touchloop.sim.arm import Arm
from touchloop.sim.contact import Contact, PatchForce, rotate_rows
from touchloop.sim.scene import ArmMount, Decal, Disturbance, Shape
from touchloop.sim.snap_switch import CAP_HEIGHT_M, CAP_RADIUS_M, FALL_M, press_step, switch_curve
from touchloop.sim.tool_arm import ToolArm
from touchloop.sim.world import PHYSICS_STEPS

PANEL_SIZE_M = (0.16, 0.12, 0.02)
COLLAR_RADIUS_M, COLLAR_HEIGHT_M, COLLAR_SHADE = 0.013, 0.001, 0.35
LAMP_RADIUS_M, LAMP_HEIGHT_M = 0.008, 0.003
LAMP_DISTANCE_M = 0.026
"""From the cap's middle, along the panel's x axis: the wrist camera would not see it behind the fingertip."""
TIP_RADIUS_M = 0.006
TIP_CONE_RAD = math.radians(15.0)
"""The tip's points lie around its end within this."""
TIP_POINTS = 7
SHAFT_RADIUS_M, SHAFT_LENGTH_M = 0.0045, 0.045

REARM_SHARE = 0.5
"""The cap must come back to this share of the operating travel before it can toggle again."""
REACH_M = 0.03
"""No contact is looked for higher above the panel than this."""
OFF_RGB, ON_RGB = (0.16, 0.02, 0.02), (0.15, 1.0, 0.25)
TIP_RGB, SHAFT_RGB = (0.2, 0.2, 0.22), (0.6, 0.6, 0.65)


@dataclass(frozen=True, slots=True)
class PanelConfig:
    """What differs from panel to panel."""

    pose_in_base: np.ndarray
    """(7,) of the centre of the top face, z along its outward normal."""
    cap_on_panel: np.ndarray
    """(2,) middle of the cap on the face [m]."""
    operating_travel_m: float
    operating_force_n: float
    """The switch snaps through here."""
    drop_share: float
    """The force falls to this share of it."""
    stiffness: float
    """Of the fingertip on anything [N/m]."""
    friction: float
    panel_rgb: tuple[float, float, float] = (0.75, 0.75, 0.72)
    cap_rgb: tuple[float, float, float] = (0.8, 0.15, 0.1)

    @property
    def curve(self) -> np.ndarray:
        """(4, 2) of the mechanism; see ``switch_curve``."""
        return switch_curve(self.operating_travel_m, self.operating_force_n, self.drop_share)

    @property
    def toggle_travel_m(self) -> float:
        """The contact closes in the middle of the fall."""
        return self.operating_travel_m + 0.5 * FALL_M


def tip_points() -> np.ndarray:
    """(TIP_POINTS, 3) on the fingertip in the TCP frame [m]; the first is its end."""
    points = np.zeros((TIP_POINTS, 3))
    around = np.arange(TIP_POINTS - 1) * 2.0 * np.pi / (TIP_POINTS - 1)
    points[1:, 0] = TIP_RADIUS_M * np.sin(TIP_CONE_RAD) * np.cos(around)
    points[1:, 1] = TIP_RADIUS_M * np.sin(TIP_CONE_RAD) * np.sin(around)
    points[1:, 2] = -TIP_RADIUS_M * (1.0 - np.cos(TIP_CONE_RAD))
    return points


class SwitchPanel:
    """A scene: the panel, its switch and lamp, and one arm with a round fingertip.

    Args:
        config: the panel.
        start_in_base: (7,) TCP pose at the start.

    Attributes:
        travel_m: of the cap.
        toggles: how often the switch has toggled.
    """

    def __init__(self, config: PanelConfig, start_in_base: np.ndarray) -> None:
        self.config = config
        self.mounts = (ArmMount(start_in_base, tool="bare"),)
        self.pose_in_base = config.pose_in_base.copy()
        self.travel_m = 0.0
        self.toggles = 0
        self._armed = True
        self._curve = config.curve
        self._half_size = 0.5 * np.array(PANEL_SIZE_M[:2])
        self._tip = tip_points()
        self._stretch = np.zeros((TIP_POINTS, 3))
        self._size, self._tangential = np.zeros(TIP_POINTS), np.zeros((TIP_POINTS, 3))
        self._from = self._to = self.pose_in_base[:3].copy()
        self._substep = 0
        self._force: PatchForce | None = None
        self._arm: ToolArm | None = None

    @property
    def object_in_world(self) -> np.ndarray:
        """(7,) the face's centre; the arm's base is the world's origin."""
        return self.pose_in_base

    @property
    def lit(self) -> bool:
        """The lamp shows the switch's state; dark at the start."""
        return self.toggles % 2 == 1

    @property
    def cap_in_base(self) -> np.ndarray:
        """(3,) middle of the released cap's top."""
        return self.in_base(np.array([*self.config.cap_on_panel, CAP_HEIGHT_M]))

    def in_base(self, point_on_panel: np.ndarray) -> np.ndarray:
        """A point (3,) of the face's frame in base."""
        return self.pose_in_base[:3] + rotate(self.pose_in_base[3:], point_on_panel)

    def on_panel(self, point_in_base: np.ndarray) -> np.ndarray:
        """The inverse: x, y along the face, z above it [m]."""
        return rotate(quat_conjugate(self.pose_in_base[3:]), point_in_base - self.pose_in_base[:3])

    def build(self, client: int, arms: Sequence[Arm]) -> None:  # noqa: ARG002 no bodies: contact is computed here
        """Takes the arm."""
        (self._arm,) = arms

    def take_finger(self, arm: ToolArm | None) -> None:
        """From now on this arm's end, whose base is the panel's, may touch the panel; None: nobody's."""
        if arm is not self._arm:
            self._arm = arm
            self._stretch[:] = 0.0

    def move(self, disturbance: Disturbance) -> None:
        """Glides to where the disturbance wants the panel, in the coming tick's physics steps."""
        self._from = self._to
        self._to = self.config.pose_in_base[:3] + disturbance.object_displacement_in_world
        self._substep = 0

    def stand_at(self, position: np.ndarray) -> None:
        """Puts the panel's frame at a point (3,) at once."""
        self._from, self._to = position.copy(), position.copy()
        self.pose_in_base[:3] = position

    def act(self, dt: float) -> None:
        """Contact of the fingertip with cap and panel; the cap travels and toggles."""
        self._substep += 1
        way = self._to - self._from
        self.pose_in_base[:3] = self._from + way * (self._substep / PHYSICS_STEPS)
        self._force = None
        if self._arm is None:
            self.travel_m = 0.0
            self._toggle()
            return
        tcp, twist = self._arm.tcp_before_step, self._arm.twist_before_step
        if self.travel_m == 0.0 and self.on_panel(tcp[:3])[2] > REACH_M:
            self._stretch[:] = 0.0
            return
        arms = rotate_rows(tcp[3:], self._tip)
        panel, to_panel = self.pose_in_base[3:], quat_conjugate(self.pose_in_base[3:])
        velocity = twist[:3] + np.cross(twist[3:], arms) - way / (PHYSICS_STEPS * dt)
        self.travel_m = press_step(
            rotate_rows(to_panel, tcp[:3] + arms - self.pose_in_base[:3]),
            rotate_rows(to_panel, velocity),
            self.config.cap_on_panel,
            self._half_size,
            self.travel_m,
            self._curve,
            self._stretch,
            self.config.stiffness,
            self.config.friction,
            dt,
            self._size,
            self._tangential,
        )
        self._toggle()
        if self._size.any():
            up = rotate(panel, np.array([0.0, 0.0, 1.0]))
            friction = rotate_rows(panel, self._tangential)
            self._force = PatchForce(tcp[:3] + arms, arms, self._size[:, None] * up, friction, self._size.copy())
            self._arm.load_tool(self._force.force, self._force.torque)

    def _toggle(self) -> None:
        if self._armed and self.travel_m >= self.config.toggle_travel_m:
            self._armed = False
            self.toggles += 1
        elif self.travel_m <= REARM_SHARE * self.config.operating_travel_m:
            self._armed = True

    def touch(self, dt: float) -> tuple[Contact | None, ...]:  # noqa: ARG002
        """The fingertip's contact in the last physics step."""
        return (None if self._force is None else self._force.contact(),)

    def shapes(self) -> tuple[Shape, ...]:
        """Panel, collar, cap, lamp and the fingertip on its shaft."""
        x, y = self.config.cap_on_panel
        height = CAP_HEIGHT_M - min(self.travel_m, CAP_HEIGHT_M)
        cap_rgb = self.config.cap_rgb
        red, green, blue = (COLLAR_SHADE * c for c in self.config.panel_rgb)
        return (
            Shape("box", PANEL_SIZE_M, self._placed(0.0, 0.0, -0.5 * PANEL_SIZE_M[2]), self.config.panel_rgb),
            Shape(
                "cylinder",
                (COLLAR_RADIUS_M, COLLAR_HEIGHT_M),
                self._placed(x, y, 0.5 * COLLAR_HEIGHT_M),
                (red, green, blue),
            ),
            Shape("cylinder", (CAP_RADIUS_M, 2 * CAP_HEIGHT_M), self._placed(x, y, height - CAP_HEIGHT_M), cap_rgb),
            Shape(
                "cylinder",
                (LAMP_RADIUS_M, LAMP_HEIGHT_M),
                self._placed(x + LAMP_DISTANCE_M, y, 0.5 * LAMP_HEIGHT_M),
                ON_RGB if self.lit else OFF_RGB,
            ),
            Shape("sphere", (TIP_RADIUS_M,), _on_tool(-TIP_RADIUS_M), TIP_RGB, arm=0),
            Shape(
                "cylinder",
                (SHAFT_RADIUS_M, SHAFT_LENGTH_M),
                _on_tool(-TIP_RADIUS_M - 0.5 * SHAFT_LENGTH_M),
                SHAFT_RGB,
                arm=0,
            ),
        )

    def decals(self) -> tuple[Decal, ...]:
        """None."""
        return ()

    def _placed(self, x: float, y: float, z: float) -> np.ndarray:
        return compose(self.pose_in_base, np.array([x, y, z, 0.0, 0.0, 0.0, 1.0]))


def _on_tool(z: float) -> np.ndarray:
    return np.array([0.0, 0.0, z, 0.0, 0.0, 0.0, 1.0])
