"""Who tells the fast controller to hold: the lifecycle manager, its silence, and the safety supervisor."""

import time

from touchloop.control.process_life import ProcessName, ProcessWatch

PROCESS_PERIOD_S = 0.01
"""So often it is looked whether the processes of the lifecycle manager and of the nodes beside it run."""
HOLD_TIMEOUT_S = 0.12
"""Wall time without its word that means hold where nothing is known of its process; at once if it is gone."""
HANG_TIMEOUT_S = 1.0
"""The same if it runs: the machine is busy, or it hangs."""
_SILENCE_LIMITS_S = {True: HANG_TIMEOUT_S, None: HOLD_TIMEOUT_S, False: 0.0}
SAFETY_SAID_S = 0.5
"""What the safety supervisor said counts for so long; one that is gone is the lifecycle manager's to notice."""


class HoldOrders:
    """Heard in the executor's thread, asked in the control thread.

    Args:
        require_manager: hold unless the lifecycle manager keeps saying that all is well.
    """

    def __init__(self, require_manager: bool) -> None:
        self._require_manager = require_manager
        self._hold, self._manager, self._heard_s = (False, ""), ProcessName(0, ""), -1.0
        self._manager_runs: bool | None = None
        self._process_due_s = 0.0
        self._nodes, self._gone = ProcessWatch(), ""
        self._stopped_by, self._safety_heard_s = "", -1.0
        self._unreleased = False

    def hear_hold(self, hold: bool, reason: str, manager: ProcessName, nodes: dict[str, ProcessName]) -> None:
        """The lifecycle manager spoke."""
        self._hold, self._manager = (hold, reason), manager
        self._nodes.follow(nodes)
        self._heard_s = time.monotonic()

    def hear_safety(self, passes: bool, unreleased: bool, reason: str) -> None:
        """The safety supervisor spoke: whether it passes targets on, whether it waits for a start, and why."""
        self._unreleased = unreleased
        self._stopped_by, self._safety_heard_s = "" if passes else reason or "not started", time.monotonic()

    @property
    def stopped(self) -> bool:
        """Whether the safety supervisor passes no targets on."""
        return bool(self._stopped_by) and time.monotonic() - self._safety_heard_s < SAFETY_SAID_S

    @property
    def released(self) -> bool:
        """Whether the arm can move without a person who starts it first; so too where there is no safety supervisor."""
        return not (self.stopped and self._unreleased)

    def reason(self) -> str:
        """Who tells to hold and why; empty if nobody does."""
        hold, reason = self._hold
        if self._require_manager:
            now_s = time.monotonic()
            silence_s = now_s - self._heard_s
            if self._heard_s < 0:
                return "no word from lifecycle_manager yet"
            if now_s >= self._process_due_s:
                self._process_due_s = now_s + PROCESS_PERIOD_S
                self._manager_runs = self._manager.runs()
                # The manager notices too, yet a death can keep it from speaking for a second: DDS waits for the dead.
                self._gone = ", ".join(self._nodes.gone())
            if silence_s > _SILENCE_LIMITS_S[self._manager_runs]:
                return f"lifecycle_manager is silent for {silence_s:.2f} s"
        if hold:
            return reason or "told to hold"
        if self._gone:
            return f"missing: {self._gone}"
        # A target that goes on while the arm does not would have to be caught up with.
        return f"the safety supervisor: {self._stopped_by}" if self.stopped else ""
