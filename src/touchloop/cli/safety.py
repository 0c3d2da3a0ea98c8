"""``touchloop safety``: what a person asks of the safety supervisors."""

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from touchloop.cli.become_node import become_node
from touchloop.control.deadline import prefer_all_threads
from touchloop.errors import InputError

PRIORITY = 15
"""Above the fast loop: who stops an arm must not wait until a busy machine has time."""
Ask = Literal["status", "start", "stop", "reset", "preflight", "touch", "tare"]


@dataclass(frozen=True)
class Safety:
    """Ask the safety supervisor of each arm for something, and tell what it answers.

    status: its state and why. preflight: the checks before motion. touch: call it while you push the tool.
    tare: call it twice in free air, in two orientations. start: let targets pass. stop: emergency stop of all arms.
    reset: after a stop, once its cause is gone; the checks run anew, then it waits for start.

    Exit code 0: every arm did it (status: every arm runs); 1: one did not, and said why.
    """

    ask: Annotated[Ask, tyro.conf.Positional] = "status"
    """What is asked for."""
    namespace: str = ""
    """Of the whole stack."""
    arms: tuple[str, ...] = ()
    """Names of the arms of a stack of several: ``--arms left right``."""
    patience_s: float = 5.0
    """So long an answer is waited for."""

    def run(self) -> int:
        """Become the node; its exit code is the process's."""
        if not 0.1 <= self.patience_s <= 600.0:
            raise InputError(f"--patience-s {self.patience_s:g}: expected 0.1 to 600")
        prefer_all_threads(PRIORITY)
        parameters = {"ask": self.ask, "patience_s": float(self.patience_s)}
        become_node("safety_ask", parameters, self.namespace, self.arms)
