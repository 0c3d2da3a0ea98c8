"""Names and limits for display that need neither simulator nor compiler, so that the live view starts at once.

``MODES`` repeats ``touchloop.control.ladder.Mode``; a test keeps them equal.
"""

from functools import cache

MODES = ("TARE", "FOLLOW", "HOLD", "COMPLY", "RETRACT", "STOP")
ACTORS = {"object": "the object moves", "arm": "the arm is pushed"}
"""What disturbs right now, and what a reader wants to know."""


def mode_name(number: int) -> str:
    """Name of a controller's mode; a number of a later version is shown as such."""
    return MODES[number] if number < len(MODES) else f"mode {number}"


@cache
def force_band_n(task: str) -> tuple[float, float] | None:
    """The contact force that a task wants; None for a task that this version does not know."""
    # Only now: it loads simulator and compiler.
    from touchloop.tasks.registry import TASKS

    return TASKS[task].force_band_n if task in TASKS else None
