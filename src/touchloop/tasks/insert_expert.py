"""The scripted expert that demonstrates insertion: it knows the hole within some millimetres, and feels the rest."""

from typing import Literal

import numpy as np

from touchloop.control.admittance import AdmittanceConfig, admittance_step
from touchloop.geometry.pose import rotate
from touchloop.sim.hole_plate import HolePlate
from touchloop.sim.observation import Observation
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.expert_motion import stray
from touchloop.tasks.task import ExpertCommand
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

SEARCH_FORCE_N = 5.0
INSERT_FORCE_N = 3.0
"""What is planned along the tool's axis, on the face and in the hole: less there, for the floor comes suddenly."""
FORCE_SLEW_N_S = 25.0
TARE_S = 0.4
HOLE_ERROR_M = 0.004
"""Bound of the error of the hole's believed position, an axis."""
APPROACH_SPEED_M_S = 0.12
APPROACH_ACCELERATION_M_S2 = 0.4
FOLLOW_PER_S = 8.0
HOVER_M = 0.04
ARRIVED_M = 0.004
DESCENT_PER_S = 2.0
DESCENT_SPEED_M_S = (0.02, 0.05)
"""The descent slows down with the height between these."""
TOUCH_FORCE_N = 1.2
FORCE_CUTOFF_HZ = 30.0
MOMENT_CUTOFF_HZ = 5.0
"""The force's noise at the sensor is 0.11 m away from the TCP: the moment there needs more filtering."""
SEARCH_SPEED_M_S = 0.007
FULL_SPEED_LEVER_M = 0.004
"""The support's distance from the peg's axis from which on the search is at full speed."""
INSIDE_M = (0.0025, 0.005)
"""Between these depths the peg passes from searching to complying."""
COMPLIANCE_M_PER_NS = 0.02
"""Speed of giving way to the hole's wall for each newton."""
COMPLIANCE_SPEED_M_S = 0.08
AIR_FORCE_N = 1.0
"""Below this force the tool advances no faster than the approach speed, as the fast controller does."""

Phase = Literal["tare", "approach", "descend", "feel"]


class InsertExpert:
    """Approach the believed hole, descend until touch, then one law of what is felt: press, search, comply.

    On the face the support's centre lies away from the hole, so that the moment about the TCP tells where to move. In
    the hole the wall's force does. It presses on the hole's floor until the end.
    """

    def __init__(self, plate: HolePlate, rng: np.random.Generator, jitter_m: float = 0.0) -> None:
        self._plate = plate
        self._hole_error = np.array([*rng.uniform(-HOLE_ERROR_M, HOLE_ERROR_M, size=2), 0.0])
        self._jitter_m = jitter_m
        self._rng = rng
        self._noise = np.zeros(3)
        self._stray = stray(rng, jitter_m)
        self._phase: Phase = "tare"
        self._phase_s = 0.0
        self._samples: list[np.ndarray] = []
        self._bias = np.zeros(6)
        self._wrench = np.zeros(6)
        self._force = np.zeros(3)
        self._moment = np.zeros(3)
        self._planned_n = 0.0
        self._previous_error_n = 0.0
        self._offset_m = 0.0
        self._height_m = HOVER_M
        self._face_m = 0.0
        self._gains = AdmittanceConfig()
        self._force_share = low_pass_share(FORCE_CUTOFF_HZ, PERIOD_S)
        self._moment_share = low_pass_share(MOMENT_CUTOFF_HZ, PERIOD_S)
        self._nominal: np.ndarray | None = None

    def step(self, observations: tuple[Observation, ...]) -> tuple[ExpertCommand, ...]:
        """The command for one tick."""
        (observation,) = observations
        if self._nominal is None:
            self._nominal = observation.tcp_in_base.copy()
        wrench_at_tcp(observation.wrench_at_sensor, self._bias, self._wrench)
        tool = observation.tcp_in_base[3:]
        self._force += self._force_share * (rotate(tool, self._wrench[:3]) - self._force)
        self._moment += self._moment_share * (rotate(tool, self._wrench[3:]) - self._moment)
        self._phase_s += PERIOD_S
        self._advance(observation, self._nominal)
        target = self._nominal.copy()
        target[2] -= self._offset_m
        self._noise += -0.02 * self._noise + 0.2 * self._jitter_m * self._rng.standard_normal(3)
        target[:3] += self._noise
        return (ExpertCommand(target, self._planned_n),)

    def _advance(self, observation: Observation, nominal: np.ndarray) -> None:
        """Moves the nominal position on by one tick."""
        match self._phase:
            case "tare":
                self._samples.append(observation.wrench_at_sensor)
                if self._phase_s >= TARE_S:
                    self._bias = np.mean(self._samples, axis=0)
                    self._force[:], self._moment[:] = 0.0, 0.0
                    self._enter("approach")
            case "approach":
                if self._follow(nominal) < ARRIVED_M:
                    self._enter("descend")
            case "descend":
                slow, fast = DESCENT_SPEED_M_S
                self._height_m -= min(max(DESCENT_PER_S * self._height_m, slow), fast) * PERIOD_S
                self._follow(nominal)
                if self._force[2] > TOUCH_FORCE_N:
                    self._face_m = float(self._plate.object_in_world[2])
                    self._enter("feel")
            case "feel":
                depth_m = self._face_m - float(observation.tcp_in_base[2])
                inside = min(max((depth_m - INSIDE_M[0]) / (INSIDE_M[1] - INSIDE_M[0]), 0.0), 1.0)
                self._press(SEARCH_FORCE_N + inside * (INSERT_FORCE_N - SEARCH_FORCE_N))
                nominal[:2] += self._lateral_velocity(inside) * PERIOD_S

    def _follow(self, nominal: np.ndarray) -> float:
        """One tick of motion to above the believed hole, which may move; returns the distance left [m]."""
        beside = self._stray * max(self._height_m / HOVER_M, 0.0)
        goal = self._plate.object_in_world[:3] + self._hole_error + beside
        way = goal + np.array([0.0, 0.0, self._height_m]) - nominal[:3]
        distance = float(np.linalg.norm(way))
        speed = min(FOLLOW_PER_S * distance, APPROACH_SPEED_M_S)
        if self._phase == "approach":
            speed = min(speed, APPROACH_ACCELERATION_M_S2 * self._phase_s)
        nominal[:3] += way * (speed * PERIOD_S / max(distance, 1e-9))
        return distance

    def _lateral_velocity(self, inside: float) -> np.ndarray:
        """(2,) [m/s] in base: away from the support on the face (0), with the wall's force inside the hole (1)."""
        # The support at (x, y) under a force N upwards gives the torque (y N, -x N).
        away = np.array([self._moment[1], -self._moment[0]]) / SEARCH_FORCE_N
        search = SEARCH_SPEED_M_S * away / max(float(np.linalg.norm(away)), FULL_SPEED_LEVER_M)
        comply = COMPLIANCE_M_PER_NS * self._force[:2]
        comply *= min(1.0, COMPLIANCE_SPEED_M_S / max(float(np.linalg.norm(comply)), 1e-9))
        return (1.0 - inside) * search + inside * comply

    def _press(self, force_n: float) -> None:
        """One tick of force control along the tool's axis, which points down."""
        slew = FORCE_SLEW_N_S * PERIOD_S
        self._planned_n += min(max(force_n - self._planned_n, -slew), slew)
        gains, before_m, error_n = self._gains, self._offset_m, self._planned_n - float(self._force[2])
        self._offset_m = admittance_step(
            self._offset_m,
            self._previous_error_n,
            error_n,
            PERIOD_S,
            gains.gain_m_per_ns,
            gains.damping_m_per_n,
            gains.max_speed_m_s,
            gains.max_offset_m,
        )
        self._previous_error_n = error_n
        if self._force[2] < AIR_FORCE_N:
            self._offset_m = min(self._offset_m, before_m + gains.approach_speed_m_s * PERIOD_S)

    def _enter(self, phase: Phase) -> None:
        self._phase, self._phase_s = phase, 0.0
