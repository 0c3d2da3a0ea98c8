"""Single keys from the terminal, without the return key."""

import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Callable, Mapping

_POLL_S = 0.1


class Keyboard:
    """Calls an action for each key, on a thread of its own; does nothing where the input is no terminal.

    Args:
        actions: What to do for which key.
    """

    def __init__(self, actions: Mapping[str, Callable[[], object]]) -> None:
        self._actions = actions
        self._stopped = threading.Event()
        self._saved = None
        if not sys.stdin or not sys.stdin.isatty():
            return
        self._descriptor = sys.stdin.fileno()
        self._saved = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        self._thread = threading.Thread(target=self._run, name="keyboard", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Gives the terminal back as it was."""
        self._stopped.set()
        if self._saved is not None:
            self._thread.join(timeout=1.0)
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._saved)

    def _run(self) -> None:
        while not self._stopped.is_set():
            if select.select([self._descriptor], [], [], _POLL_S)[0]:
                key = os.read(self._descriptor, 1).decode(errors="replace").lower()
                if not key:
                    return
                self._actions.get(key, lambda: None)()
