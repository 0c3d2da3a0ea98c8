"""``touchloop live``: watch a running stack in the terminal."""

from dataclasses import dataclass

from touchloop.cli.become_node import become_node
from touchloop.errors import InputError


@dataclass(frozen=True)
class Live:
    """Watch a running stack: task, mode, force, rates, lateness, ages and warnings, until Ctrl-C.

    It only listens. Without a terminal it prints one line a second.
    """

    namespace: str = ""
    """Of the whole stack."""
    arms: tuple[str, ...] = ()
    """Names of the arms of a stack of several: ``--arms left right``."""
    refresh_hz: float = 5.0
    """Pictures a second."""
    plain: bool = False
    """One line a second in a terminal, too."""

    def run(self) -> int:
        """Become the node; its exit code is the process's."""
        if not 0.2 <= self.refresh_hz <= 20.0:
            raise InputError(f"--refresh-hz {self.refresh_hz:g}: expected 0.2 to 20")
        parameters = {"refresh_hz": float(self.refresh_hz), "plain": self.plain}
        become_node("live_view", parameters, self.namespace, self.arms)
