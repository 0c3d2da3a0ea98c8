"""Runs the bench freely: on wall-clock deadlines, in a thread of its own."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from touchloop.control.deadline import DeadlineLoop, prefer_this_thread
from touchloop.sim.world import PERIOD_S

T = TypeVar("T")
PRIORITY = 5
CALL_TIMEOUT_S = 20.0
"""A reset builds the whole scene."""


class BenchLoop:
    """Calls ``tick`` each period / real-time factor, and other functions between two ticks.

    Args:
        tick: advances and publishes; what it raises ends the loop.
        real_time_factor: simulated seconds a second.
        on_failure: called from the thread when ``tick`` has raised.
    """

    def __init__(self, tick: Callable[[], None], real_time_factor: float, on_failure: Callable[[str], None]) -> None:
        self._tick, self._on_failure = tick, on_failure
        self._loop = DeadlineLoop(PERIOD_S / real_time_factor)
        self._calls: deque[Callable[[], None]] = deque()
        self._ended = threading.Event()
        self._counted_from = (time.monotonic(), 0)
        self._thread = threading.Thread(target=self._run, name="bench", daemon=True)
        self.real_time_factor = 0.0
        self.failure = ""
        self._thread.start()

    def close(self) -> None:
        """Ends the loop."""
        self._ended.set()
        self._thread.join(timeout=CALL_TIMEOUT_S)

    def call(self, function: Callable[[], T]) -> T:
        """Runs a function between two ticks and returns its result; its exceptions come through."""
        done = threading.Event()
        outcome: dict[str, Any] = {}

        def run() -> None:
            try:
                outcome["result"] = function()
            except Exception as error:  # noqa: BLE001 raised again in the caller's thread
                outcome["error"] = error
            done.set()

        self._calls.append(run)
        if not done.wait(CALL_TIMEOUT_S):
            raise RuntimeError(f"the bench's loop did not answer within {CALL_TIMEOUT_S:g} s")
        if "error" in outcome:
            raise outcome["error"]
        return outcome["result"]

    def figures(self) -> dict[str, object]:
        """For diagnostics."""
        timing = self._loop.timing()
        return {
            "real_time_factor": self.real_time_factor,
            "tick_lateness_p99_s": timing.lateness_p99_s,
            "missed_ticks": timing.missed_ticks,
        }

    def _run(self) -> None:
        prefer_this_thread(PRIORITY)
        while not self._ended.is_set():
            self._loop.wait()
            while self._calls:
                self._calls.popleft()()
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 whatever it is, the node must say so and go to its end
                self.failure = f"the simulation failed: {type(error).__name__}: {error}"
                self._on_failure(self.failure)
                return
            self._measure()

    def _measure(self) -> None:
        since_s, ticks = self._counted_from
        passed_s = time.monotonic() - since_s
        if passed_s >= 1.0:
            self.real_time_factor = (self._loop.ticks - ticks) * PERIOD_S / passed_s
            self._counted_from = (time.monotonic(), self._loop.ticks)
