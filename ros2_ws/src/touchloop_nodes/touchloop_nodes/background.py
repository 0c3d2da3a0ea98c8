"""Work that must not keep the executor from turning."""

import threading
from collections.abc import Callable

END_TIMEOUT_S = 5.0


class BackgroundWork:
    """Calls ``work`` in a thread of its own whenever woken; several calls to ``wake`` may become one.

    Args:
        name: of the thread.
        work: what to do.
        on_failure: called from the thread, once, when ``work`` raises.
    """

    def __init__(self, name: str, work: Callable[[], None], on_failure: Callable[[str], None]) -> None:
        self._work, self._on_failure = work, on_failure
        self._woken, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def close(self) -> None:
        """Ends the thread after the work in hand."""
        self._ended.set()
        self._woken.set()
        self._thread.join(timeout=END_TIMEOUT_S)

    def _run(self) -> None:
        while True:
            self._woken.wait()
            self._woken.clear()
            if self._ended.is_set():
                return
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 whatever it is, the owner must know
                self._on_failure(f"{type(error).__name__}: {error}")
                return
