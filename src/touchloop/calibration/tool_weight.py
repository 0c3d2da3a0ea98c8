"""Mass and centre of mass of a tool and the bias of its sensor, from orientations at rest in free air.

At rest the sensor tells ``force = m u + b_f`` and ``torque = (m c) x u + b_t``, where ``u`` is gravity in its own axes:
both are linear in what is sought (Atkeson, An and Hollerbach 1986, without the inertia).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from touchloop.calibration.touch_sample import TouchSample
from touchloop.errors import InputError
from touchloop.touch.tool_weight import DOWN, weight_at_sensor

LEAST_POSES = 4
LEAST_SPREAD = 0.2
"""Standard deviation of gravity's unit vector along its second direction: below, poses are too similar."""
SPREAD_FOR_MOUNTING = 0.2
"""Of its third direction: above, a wrong mounting of the sensor can be told from a wrong mass."""
NOTICED_N, NOTICED_NM = 0.4, 0.03
"""A pose that is further off than this, and much further than the others, was disturbed."""
OUTLIER = 6.0
WORST_RMS_N = 1.0
"""A worse fit is no fit: the sensor drifts, is touched, or is turned."""
MOST_TURN_DEG = 10.0
LEAST_MASS_KG = 0.02
"""Of less, no centre of mass is told."""


@dataclass(frozen=True, slots=True)
class ToolFit:
    """What was found. Arrays of the samples that count: ``used``."""

    mass_kg: float
    com_in_sensor: np.ndarray
    """(3,) [m]."""
    sensor_bias: np.ndarray
    """(6,) [N], [N m]."""
    mass_std_kg: float
    com_std_m: float
    """Standard deviations that the residuals let expect; of the centre the largest of three."""
    used: tuple[str, ...]
    residuals: np.ndarray
    """(used, 6) measured minus expected [N], [N m]."""
    disturbed: tuple[str, ...]
    """Poses that were left out, with the reason."""

    @property
    def force_rms_n(self) -> float:
        """Root mean square of the force residuals' components."""
        return float(np.sqrt(np.mean(self.residuals[:, :3] ** 2)))

    @property
    def torque_rms_nm(self) -> float:
        """Root mean square of the torque residuals' components."""
        return float(np.sqrt(np.mean(self.residuals[:, 3:] ** 2)))


def fit_tool(samples: Sequence[TouchSample], gravity_in_base: np.ndarray = DOWN) -> ToolFit:
    """Fits all poses, and again without those that were disturbed: at most a quarter of them.

    Args:
        samples: at rest in free air, in different orientations.
        gravity_in_base: (3,) [m/s2]; other than down for an arm on a wall or a ceiling.

    Raises:
        InputError: too few or too similar poses, a sensor that is turned or has the other sign, or no good fit.
    """
    kept, disturbed = list(samples), []
    _check_spread(kept, gravity_in_base)
    for _ in range(len(samples) // 4):
        worst, reason = _disturbed(kept, gravity_in_base)
        if worst is None:
            break
        disturbed.append(f"{kept.pop(worst).name}: {reason}")
    _check_spread(kept, gravity_in_base)
    down = _gravity_in_sensor(kept, gravity_in_base)
    _check_mounting(kept, down)
    parameters, residuals, variances = _solve(kept, down)
    mass, first_moment = float(parameters[0]), parameters[4:7]
    rms_n = float(np.sqrt(np.mean(residuals[:, :3] ** 2)))
    if rms_n > WORST_RMS_N:
        raise InputError(
            f"the forces differ from a tool's weight by {rms_n:.2f} N; expected at most {WORST_RMS_N:g} N: "
            "was the tool touched or moving, does a cable pull, does the sensor warm up?"
        )
    if mass < -max(3.0 * math.sqrt(variances[0]), LEAST_MASS_KG):
        raise InputError(f"the tool seems to weigh {mass:.3f} kg: set frames.wrench_on_environment the other way round")
    heavy = mass > LEAST_MASS_KG
    return ToolFit(
        mass_kg=max(mass, 0.0),
        com_in_sensor=first_moment / mass if heavy else np.zeros(3),
        sensor_bias=np.concatenate([parameters[1:4], parameters[7:10]]),
        mass_std_kg=math.sqrt(variances[0]),
        com_std_m=math.sqrt(float(np.max(variances[4:7]))) / mass if heavy else 0.0,
        used=tuple(sample.name for sample in kept),
        residuals=residuals,
        disturbed=tuple(disturbed),
    )


def fit_bias(
    samples: Sequence[TouchSample],
    mass_kg: float,
    com_in_sensor: np.ndarray,
    gravity_in_base: np.ndarray = DOWN,
) -> ToolFit:
    """The bias alone, of a tool whose weight is known; one pose is enough, two show whether the weight is right.

    Raises:
        InputError: no pose, or poses that do not agree.
    """
    if not samples:
        raise InputError("there is no pose at rest; expected one or more in free air")
    weights = [
        weight_at_sensor(mass_kg, com_in_sensor, np.ascontiguousarray(sample.tcp_in_base[3:]), gravity_in_base)
        for sample in samples
    ]
    offsets = np.array([sample.wrench for sample in samples]) - weights
    bias = offsets.mean(axis=0)
    residuals = offsets - bias
    rms_n = float(np.sqrt(np.mean(residuals[:, :3] ** 2)))
    if rms_n > WORST_RMS_N:
        raise InputError(
            f"the poses' biases differ by {rms_n:.2f} N; expected at most {WORST_RMS_N:g} N: "
            f"is the tool's weight still {mass_kg:g} kg? run `touchloop calibrate tool`"
        )
    names = tuple(sample.name for sample in samples)
    return ToolFit(mass_kg, np.array(com_in_sensor), bias, 0.0, 0.0, names, residuals, ())


def _gravity_in_sensor(samples: Sequence[TouchSample], gravity_in_base: np.ndarray) -> np.ndarray:
    """(samples, 3) [m/s2]."""
    return Rotation.from_quat([sample.tcp_in_base[3:] for sample in samples]).inv().apply(gravity_in_base)


def _check_spread(samples: Sequence[TouchSample], gravity_in_base: np.ndarray) -> None:
    if len(samples) < LEAST_POSES:
        raise InputError(f"{len(samples)} poses at rest; expected {LEAST_POSES} or more, better 8")
    spread = _spread(_gravity_in_sensor(samples, gravity_in_base))
    if spread[1] < LEAST_SPREAD:
        raise InputError(
            f"the orientations are too similar: gravity spreads by {spread[1]:.2f} in the tool's axes, expected "
            f"{LEAST_SPREAD:g} or more: tilt the tool by 40 degrees or more about x and about y, both ways"
        )


def _spread(down: np.ndarray) -> np.ndarray:
    """Standard deviations (3,) of gravity's unit vectors (samples, 3) along their main directions, largest first."""
    unit = down / np.linalg.norm(down, axis=1, keepdims=True)
    return np.linalg.svd(unit - unit.mean(axis=0), compute_uv=False) / math.sqrt(len(unit))


def _solve(samples: Sequence[TouchSample], down: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mass, force bias, mass times centre, torque bias (10,); residuals (samples, 6); variances (10,)."""
    measured = np.array([sample.wrench for sample in samples])
    count = len(samples)
    force = np.zeros((count, 3, 4))
    force[:, :, 0], force[:, :, 1:] = down, np.eye(3)
    torque = np.zeros((count, 3, 6))
    x, y, z = down.T
    # m c x u = -[u] m c
    torque[:, 0, 1], torque[:, 0, 2] = z, -y
    torque[:, 1, 0], torque[:, 1, 2] = -z, x
    torque[:, 2, 0], torque[:, 2, 1] = y, -x
    torque[:, :, 3:] = np.eye(3)
    of_force = _least_squares(force.reshape(-1, 4), measured[:, :3].ravel())
    of_torque = _least_squares(torque.reshape(-1, 6), measured[:, 3:].ravel())
    parameters, residuals, variances = zip(of_force, of_torque, strict=True)
    return (
        np.concatenate(parameters),
        np.hstack([part.reshape(count, 3) for part in residuals]),
        np.concatenate(variances),
    )


def _least_squares(matrix: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    solution = np.linalg.lstsq(matrix, values)[0]
    residuals = values - matrix @ solution
    freedom = max(len(values) - matrix.shape[1], 1)
    covariance = np.linalg.inv(matrix.T @ matrix) * float(residuals @ residuals) / freedom
    return solution, residuals, np.diag(covariance)


def _disturbed(samples: list[TouchSample], gravity_in_base: np.ndarray) -> tuple[int | None, str]:
    """The pose that fits the others worst, if it does not fit at all, and how far it is off."""
    if len(samples) <= LEAST_POSES + 1:
        return None, ""
    down = _gravity_in_sensor(samples, gravity_in_base)
    worst, score, reason = None, OUTLIER, ""
    for k in range(len(samples)):
        others = [i for i in range(len(samples)) if i != k]
        if _spread(down[others])[1] < LEAST_SPREAD:
            continue
        parameters, residuals, _ = _solve([samples[i] for i in others], down[others])
        force = parameters[0] * down[k] + parameters[1:4]
        torque = np.cross(parameters[4:7], down[k]) + parameters[7:10]
        for unit, noticed, off, left in (
            ("N", NOTICED_N, samples[k].wrench[:3] - force, residuals[:, :3]),
            ("N m", NOTICED_NM, samples[k].wrench[3:] - torque, residuals[:, 3:]),
        ):
            size = float(np.linalg.norm(off))
            ratio = size / max(float(np.sqrt(np.mean(left**2))), noticed / OUTLIER)
            if size > noticed and ratio > score:
                worst, score, reason = k, ratio, f"{size:.2f} {unit} beside what the other poses let expect"
    return worst, reason


def _check_mounting(samples: Sequence[TouchSample], down: np.ndarray) -> None:
    """Refuses a sensor whose axes are not those of the tool, where the poses can tell."""
    if len(samples) < LEAST_POSES + 2 or _spread(down)[2] < SPREAD_FOR_MOUNTING:
        return
    matrix = np.hstack([down, np.ones((len(down), 1))])
    linear = np.linalg.lstsq(matrix, np.array([sample.wrench[:3] for sample in samples]))[0][:3].T
    sign = math.copysign(1.0, float(np.linalg.det(linear)))
    u, scales, vt = np.linalg.svd(sign * linear)
    if scales[-1] < LEAST_MASS_KG or scales[-1] < 0.7 * scales[0]:
        return
    turn = Rotation.from_matrix(u @ np.diag([1.0, 1.0, float(np.linalg.det(u @ vt))]) @ vt).as_rotvec(degrees=True)
    angle = float(np.linalg.norm(turn))
    if angle > MOST_TURN_DEG:
        axis = np.array2string(turn / angle, precision=2)
        raise InputError(
            f"the sensor is turned by {angle:.0f} degrees about {axis} against the tool's axes; expected at most "
            f"{MOST_TURN_DEG:g}: mend frames.ft_sensor_in_sensor"
        )
