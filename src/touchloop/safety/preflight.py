"""Checks before motion. Each is a pure function of what was measured and says what it found."""

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError
from touchloop.geometry.pose import quat_conjugate, quat_multiply, rotate, rotation_vector
from touchloop.safety.states import Preflight


@dataclass(frozen=True, slots=True)
class Check:
    """One check's outcome."""

    name: str
    passed: bool
    reason: str
    """What was found; where it failed also what was expected and what to do."""


def summary(checks: Sequence[Check]) -> tuple[Preflight, str]:
    """How the checks stand together, and the reasons of those that failed."""
    failed = [f"{check.name}: {check.reason}" for check in checks if not check.passed]
    if not checks:
        return Preflight.PENDING, "no check has run"
    return (Preflight.FAILED, "; ".join(failed)) if failed else (Preflight.PASSED, "")


def check_rates(rates_hz: Mapping[str, float], expected_hz: Mapping[str, float], tolerance: float = 0.2) -> Check:
    """Whether each stream comes about as often as expected.

    Args:
        rates_hz: stream to messages a second; missing streams count as 0.
        expected_hz: stream to the rate that the robot's settings promise.
        tolerance: share by which a stream may be slower; it may be faster up to twice.
    """
    wrong = [
        f"{name} comes at {rate:.0f} Hz, expected {expected:.0f} Hz"
        for name, expected in expected_hz.items()
        if not (1.0 - tolerance) * expected <= (rate := rates_hz.get(name, 0.0)) <= 2.0 * expected
    ]
    told = ", ".join(f"{name} {rates_hz.get(name, 0.0):.0f} Hz" for name in expected_hz)
    return Check("rates", not wrong, "; ".join(wrong) or told)


def check_staleness(ages_s: Mapping[str, float], limits_s: Mapping[str, float]) -> Check:
    """Whether each stream's newest message is young enough; an age of infinity means never received."""
    wrong = []
    for name, limit in limits_s.items():
        age = ages_s.get(name, math.inf)
        if not age <= limit:
            found = "was never received" if math.isinf(age) else f"is silent for {age:.2f} s"
            wrong.append(f"{name} {found}, at most {limit:g} s are allowed")
    return Check("staleness", not wrong, "; ".join(wrong) or "all streams are fresh")


def check_time_sync(offsets_s: Mapping[str, Sequence[float]], limit_s: float = 0.02) -> Check:
    """Whether the stamps of all streams are of this machine's clock.

    Args:
        offsets_s: stream to arrival minus stamp of several messages. Their median is the latency if clocks agree;
            an older or a newer clock shows as a large or a negative one.
        limit_s: greatest latency that is believed.
    """
    medians = {name: float(np.median(values)) for name, values in offsets_s.items() if len(values)}
    wrong = [
        f"{name}'s stamps are {abs(offset) * 1e3:.1f} ms {'behind' if offset > 0 else 'ahead of'} this machine's clock,"
        f" at most {limit_s * 1e3:g} ms are allowed: synchronise the clocks (chrony or PTP)"
        for name, offset in medians.items()
        if not -0.25 * limit_s <= offset <= limit_s
    ]
    wrong += [f"{name} was never received" for name, values in offsets_s.items() if not len(values)]
    told = ", ".join(f"{name} {offset * 1e3:.1f} ms" for name, offset in medians.items())
    return Check("time", not wrong, "; ".join(wrong) or told)


def check_frame_names(frames: Mapping[str, str], expected: Mapping[str, str]) -> Check:
    """Whether each stream is in the frame that is expected."""
    wrong = [
        f"{name} is in frame '{frames[name]}', expected '{frame}'" if name in frames else f"{name} was never received"
        for name, frame in expected.items()
        if frames.get(name) != frame
    ]
    return Check("frames", not wrong, "; ".join(wrong) or "all streams are in the expected frames")


def check_guided_touch(
    push_in_base: np.ndarray,
    wrench: np.ndarray,
    sensor_in_base: np.ndarray,
    least_n: float = 3.0,
    most_deg: float = 30.0,
) -> Check:
    """Whether a push from a known direction is felt from there: base, sensor and wrench frames agree.

    Args:
        push_in_base: (3,) direction in base in which a person pushes the tool.
        wrench: (6,) tared, in the sensor's frame.
        sensor_in_base: pose (7,) of the sensor.
        least_n: a push must be felt with so much force.
        most_deg: greatest angle between the two directions.

    Raises:
        InputError: the direction is not finite, or zero.
    """
    length = float(np.linalg.norm(push_in_base))
    if not (length > 0.0 and math.isfinite(length)):
        raise InputError(f"the push's direction is {push_in_base}; it must be finite and not zero")
    force_in_base = rotate(sensor_in_base[3:], np.array(wrench[:3], float))
    force_n = float(np.linalg.norm(force_in_base))
    if not force_n >= least_n:
        return Check("guided touch", False, f"only {force_n:.1f} N were felt; push with at least {least_n:g} N")
    cosine = float(force_in_base @ push_in_base) / (force_n * length)
    angle_deg = math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
    felt = np.array2string(force_in_base / force_n, precision=2)
    told = f"the push is felt {angle_deg:.0f} degrees beside where it comes from"
    if angle_deg <= most_deg:
        return Check("guided touch", True, told)
    opposite = "; the sensor's sign is turned round" if angle_deg > 150.0 else ""
    return Check(
        "guided touch", False, f"{told}, along {felt} in base, at most {most_deg:g} are allowed{opposite}: wrong frame"
    )


def check_tare(
    wrenches: Sequence[np.ndarray],
    sensors_in_base: Sequence[np.ndarray],
    most_n: float = 1.5,
    least_turn_deg: float = 25.0,
) -> Check:
    """Whether the tared sensor feels nothing in free air, however the tool is turned.

    A wrong bias shows in every orientation, a wrong tool weight in all but the one in which it was tared.

    Args:
        wrenches: two or more, (6,) each, tared and compensated, in free air.
        sensors_in_base: pose (7,) of the sensor with each.
        most_n: greatest force that is left.
        least_turn_deg: the orientations must differ by so much.

    Raises:
        InputError: fewer than two, or not as many poses as wrenches.
    """
    if len(wrenches) < 2 or len(wrenches) != len(sensors_in_base):
        raise InputError(
            f"taring is checked with two wrenches and poses or more, not {len(wrenches)} and {len(sensors_in_base)}"
        )
    first = sensors_in_base[0][3:]
    turns = [rotation_vector(quat_multiply(pose[3:], quat_conjugate(first))) for pose in sensors_in_base[1:]]
    widest_deg = math.degrees(max(float(np.linalg.norm(turn)) for turn in turns))
    if widest_deg < least_turn_deg:
        return Check(
            "tare", False, f"the orientations differ by {widest_deg:.0f} degrees, needed are {least_turn_deg:g}"
        )
    forces = [float(np.linalg.norm(wrench[:3])) for wrench in wrenches]
    worst = float(np.max(forces))
    if not worst <= most_n:
        listed = ", ".join(f"{force:.1f}" for force in forces)
        cause = "the tool's weight is wrong" if float(np.nanmin(forces)) <= most_n else "it is not tared"
        return Check("tare", False, f"{listed} N are felt in free air, at most {most_n:g} N are allowed: {cause}")
    return Check("tare", True, f"at most {worst:.1f} N in free air")


def check_rest(bias: np.ndarray | None, tared: np.ndarray, most_n: float) -> Check:
    """Whether somebody tared the sensor, and little is felt before motion. No person is needed for it.

    Args:
        bias: (6,) that was told last; None if none was.
        tared: wrench (6,) now.
        most_n: greatest force; what is more is a tool's weight, or a contact to begin with.
    """
    if bias is None:
        return Check("rest", False, "the sensor is not tared: no wrench_bias of the controller yet")
    force_n = float(np.linalg.norm(tared[:3]))
    if not force_n <= most_n:
        found = f"{force_n:.1f} N are felt before motion, at most {most_n:g} N are allowed"
        return Check("rest", False, f"{found}: it is not tared, or the tool touches something")
    return Check("rest", True, f"{force_n:.1f} N before motion")


def check_sides(
    moved_m: Mapping[str, float], turned_rad: Mapping[str, float], asked: str, least_m: float = 0.005
) -> Check:
    """Whether the arm that is moved is the one whose streams move: left and right are not swapped.

    Args:
        moved_m: arm to how far its measured TCP moved.
        turned_rad: arm to how far its measured joints moved together.
        asked: the arm that a person, or a small motion, moves.
        least_m: a TCP must move so far to count; 0.01 rad for the joints.

    Raises:
        InputError: the arm is not among those measured.
    """
    if asked not in moved_m or asked not in turned_rad:
        raise InputError(f"arm is '{asked}'; it can be one of: {', '.join(sorted(moved_m))}")
    tcp = {arm for arm, way in moved_m.items() if way >= least_m}
    joints = {arm for arm, way in turned_rad.items() if way >= 0.01}
    if tcp == joints == {asked}:
        return Check("sides", True, f"{asked} moved, and only {asked}")
    if not tcp and not joints:
        return Check("sides", False, f"nothing moved; move {asked} by a centimetre or more")
    found = f"moved was {asked}, but tcp_pose moved of {_listed(tcp)} and joint_states of {_listed(joints)}"
    return Check("sides", False, f"{found}: left and right are swapped, or both move")


def check_calibration_date(calibrated: str, today: datetime.date, most_days: int = 90) -> Check:
    """Whether the calibration is there and young enough.

    Args:
        calibrated: date as 2026-05-31; empty if there is none.
        today: the date.
        most_days: greatest age.
    """
    if not calibrated:
        return Check("calibration", False, "there is none: run `touchloop calibrate`")
    try:
        age_days = (today - datetime.date.fromisoformat(calibrated)).days
    except ValueError:
        return Check("calibration", False, f"its date is '{calibrated}', expected as 2026-05-31")
    if age_days < 0:
        return Check("calibration", False, f"its date {calibrated} lies in the future; is this machine's clock right?")
    if age_days > most_days:
        found = f"it is {age_days} days old, at most {most_days} are allowed"
        return Check("calibration", False, f"{found}: run `touchloop calibrate`")
    return Check("calibration", True, f"it is {age_days} days old")


def check_calibrated(
    dates: Mapping[str, datetime.date], needed: Sequence[str], today: datetime.date, most_days: int, options: str
) -> Check:
    """Whether each part that was calibrated is young enough, and each that is needed was.

    Args:
        dates: part, as ``tool``, to its date.
        needed: parts that must be among them.
        today: the date.
        most_days: greatest age.
        options: of `touchloop calibrate`, as ``--robot fr3``, for the command that mends it.
    """
    wrong = []
    for part in (*needed, *(name for name in dates if name not in needed)):
        verb = f"run `touchloop calibrate {part.replace('_', '-')} {options}`"
        if part not in dates:
            wrong.append(f"{part} was never calibrated: {verb}")
            continue
        age_days = (today - dates[part]).days
        if age_days > most_days:
            wrong.append(f"{part} is {age_days} days old, at most {most_days} are allowed: {verb}")
        elif age_days < 0:
            wrong.append(f"{part}'s date {dates[part]} lies in the future; is this machine's clock right?")
    told = ", ".join(f"{part} {(today - date).days} days" for part, date in dates.items())
    return Check("calibration", not wrong, "; ".join(wrong) or f"age: {told}")


def check_model(modelled: np.ndarray, measured: np.ndarray, most_m: float = 0.005, most_deg: float = 2.0) -> Check:
    """Whether the URDF's TCP at the measured joints is where the robot says that it is.

    Args:
        modelled: pose (7,) of the TCP in base by forward kinematics of ``robot_description``.
        measured: pose (7,) that the robot reports at the same time.
        most_m, most_deg: greatest differences.
    """
    away_m = float(np.linalg.norm(modelled[:3] - measured[:3]))
    turn = rotation_vector(quat_multiply(measured[3:], quat_conjugate(modelled[3:])))
    away_deg = math.degrees(float(np.linalg.norm(turn)))
    told = f"the model's TCP is {away_m * 1e3:.1f} mm and {away_deg:.1f} degrees away from the measured one"
    if away_m <= most_m and away_deg <= most_deg:
        return Check("model", True, told)
    allowed = f"at most {most_m * 1e3:g} mm and {most_deg:g} degrees are allowed"
    return Check("model", False, f"{told}, {allowed}: wrong URDF, tool or base frame")


def _listed(arms: set[str]) -> str:
    return " and ".join(sorted(arms)) or "none"
