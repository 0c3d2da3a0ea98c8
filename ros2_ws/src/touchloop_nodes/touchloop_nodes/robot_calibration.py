"""Whether the calibration in a robot's file is there and young enough."""

import datetime
from pathlib import Path

from touchloop.errors import InputError
from touchloop.robots.load import load_robot
from touchloop.safety.preflight import Check, check_calibrated

PARTS_BY_HAND = ("tool", "latency")
STIFF = ("joint_trajectory_controller", "forward_command_controller", "topic_based", "moveit_servo")
"""Families whose contact is only stable when their command leads by the arm's lag."""


def check_robot_file(robot: str, arm: str, most_days: int) -> Check:
    """The check before motion. A file that cannot be read fails it.

    Args:
        robot: the file, or that of several arms.
        arm: of several.
        most_days: greatest age of any part.
    """
    path = Path(robot).expanduser()
    try:
        config, _ = load_robot(path, arm)
    except InputError as error:
        return Check("calibration", False, str(error))
    known = config.calibration
    # A file that was written by hand may have the date of all alone.
    dates = dict(known.dates) or (dict.fromkeys(PARTS_BY_HAND, known.date) if known.date else {})
    needed = ("tool", "latency") if config.family in STIFF else ("tool",)
    name = path.stem if path.parent.name == "robots" else str(path)
    options = f"--robot {name}" + (f" --arm {arm}" if arm else "")
    return check_calibrated(dates, needed, datetime.datetime.now(tz=datetime.UTC).date(), most_days, options)
