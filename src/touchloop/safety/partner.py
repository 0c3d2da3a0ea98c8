"""Arms that work together: while one stands still, the other does, too."""

from touchloop.safety.states import State

SILENT_S = 0.5
"""A supervisor tells its state ten times a second."""


class Partner:
    """What is known of the other arm's supervisor.

    Args:
        name: of the other arm.
    """

    def __init__(self, name: str) -> None:
        self._name, self._state, self._clear, self._heard_s = name, State.STARTING, False, -1.0
        self._stopped = False

    def hear(self, state: State, clear: bool, now_s: float) -> None:
        """What it tells: its state, and whether nothing of its own keeps it from running."""
        if state is State.E_STOP and self._state is not State.E_STOP:
            self._stopped = True
        self._state, self._clear, self._heard_s = state, clear, now_s

    def emergency(self) -> str:
        """An emergency stop that was asked of the other arm since the last call; it counts for both."""
        stopped, self._stopped = self._stopped, False
        return f"emergency stop of {self._name}" if stopped else ""

    def problem(self, own: State, now_s: float) -> str:
        """Why this arm, in state ``own``, must wait; empty if it need not.

        Both may be started one after the other: before motion it is enough that the other one is ready.
        """
        if self._heard_s < 0.0:
            return f"no safety_state of {self._name} yet"
        silent_s = now_s - self._heard_s
        if silent_s > SILENT_S:
            return f"safety_state of {self._name} is silent for {silent_s:.1f} s"
        if own not in (State.RUNNING, State.HOLDING) and self._state is State.READY:
            return ""
        moves = self._state in (State.RUNNING, State.HOLDING)
        return "" if moves and self._clear else f"{self._name} is {self._state.name}"
