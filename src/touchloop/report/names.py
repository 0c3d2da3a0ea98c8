"""Names and limits for display that need neither simulator nor compiler, so that the live view starts at once.

They repeat ``touchloop.control.ladder.Mode`` and ``touchloop.tasks.wipe.FORCE_BAND_N``; a test keeps them equal.
"""

MODES = ("TARE", "FOLLOW", "HOLD", "COMPLY", "RETRACT", "STOP")
FORCE_BAND_N = (2.5, 8.5)
ACTORS = {"board": "the board moves", "push": "the arm is pushed"}
"""Names of perturbations and what a reader wants to know."""


def mode_name(number: int) -> str:
    """Name of a controller's mode; a number of a later version is shown as such."""
    return MODES[number] if number < len(MODES) else f"mode {number}"
