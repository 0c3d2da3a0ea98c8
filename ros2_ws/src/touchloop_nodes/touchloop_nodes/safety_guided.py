"""Checks before motion that need a person's hand: a push from a known side, and two orientations in free air."""

import math
from collections.abc import Callable

import numpy as np

from touchloop.safety.preflight import Check, check_guided_touch, check_tare

CHOICES = ("no", "touch", "touch and tare")


class GuidedChecks:
    """What a person has shown so far; forgotten when the supervisor starts anew.

    A push on one arm of two that is felt by the other's sensor fails too, so swapped arms are found.

    Args:
        wanted: one of ``CHOICES``.
        direction_in_base: (3,) in which the person pushes the tool.
        measured: gives the pose (7,) of the tool in base and its tared wrench (6,) along the tool's axes.
    """

    def __init__(
        self, wanted: str, direction_in_base: np.ndarray, measured: Callable[[], tuple[np.ndarray, np.ndarray]]
    ) -> None:
        self._wanted, self._direction, self._measured = wanted, direction_in_base, measured
        self._shown: dict[str, Check] = {}
        self._first: tuple[np.ndarray, np.ndarray] | None = None

    def touch(self) -> Check:
        """The person pushes now."""
        pose, wrench = self._measured()
        self._shown["touch"] = check_guided_touch(self._direction, wrench, pose)
        return self._shown["touch"]

    def tare(self) -> Check:
        """The tool hangs in free air now, the second time in another orientation."""
        pose, wrench = (value.copy() for value in self._measured())
        if self._first is None:
            self._first = (pose, wrench)
            return Check("tare", True, "noted; turn the tool by 30 degrees or more and call this again")
        poses, wrenches = zip(self._first, (pose, wrench), strict=True)
        self._first = None
        self._shown["tare"] = check_tare(wrenches, poses)
        return self._shown["tare"]

    def results(self) -> list[Check]:
        """Those that are wanted; one that was not shown yet fails, and says what to do."""
        to_do = {
            "touch": f"push the tool along {_words(self._direction)} of base with 5 N, hold on, call ~/check_touch",
            "tare": "hang the tool in free air, call ~/check_tare, turn it, call it again",
        }
        names = [name for name in to_do if name in self._wanted.split(" and ")]
        return [self._shown.get(name, Check(name, False, f"not done yet: {to_do[name]}")) for name in names]


def _words(direction: np.ndarray) -> str:
    k = int(np.argmax(np.abs(direction)))
    along = math.isclose(abs(float(direction[k])), float(np.linalg.norm(direction)))
    return f"{'-' if direction[k] < 0 else '+'}{'xyz'[k]}" if along else str(direction.tolist())
