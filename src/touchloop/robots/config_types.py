"""Types that the blocks of a robot's file share."""

import math

from pydantic import ConfigDict

from touchloop.errors import InputError

Pose = tuple[float, float, float, float, float, float, float]
"""x y z [m], then a quaternion xyzw."""
Six = tuple[float, float, float, float, float, float]
Three = tuple[float, float, float]
IDENTITY: Pose = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


def check_pose(name: str, pose: Pose) -> None:
    """Raises InputError for a pose whose quaternion has not length 1."""
    norm = math.hypot(*pose[3:])
    if abs(norm - 1.0) > 1e-3:
        raise InputError(f"{name}: its quaternion has length {norm:.4f}; expected 1 (x y z qx qy qz qw)")
