"""Pictures that are judged beside a run, so that arms and heartbeat do not wait for a slow model."""

import queue
import threading
import time
from collections.abc import Callable

import numpy as np

from touchloop.monitor.evidence.pictures import Judge, PictureAnswer, look, question_of
from touchloop.monitor.program.model import Condition

FRESH_S = 1.0
"""Wall time for which an answer that has come is given."""


class PicturesAside:
    """Asks a judge in a thread of its own; one picture at a time.

    Args:
        judge: slow.
        picture: the newest one (H, W, 3) uint8 RGB; None while there is none.
    """

    def __init__(self, judge: Judge, picture: Callable[[], np.ndarray | None]) -> None:
        self._judge, self._picture = judge, picture
        self._asked: queue.SimpleQueue[tuple[Condition, np.ndarray] | None] = queue.SimpleQueue()
        self._answered: queue.SimpleQueue[PictureAnswer] = queue.SimpleQueue()
        self._open: set[Condition] = set()
        self._known: dict[Condition, tuple[float, PictureAnswer]] = {}
        threading.Thread(target=self._work, name="pictures", daemon=True).start()

    def close(self) -> None:
        """Ends the thread after the question that it is at."""
        self._asked.put(None)

    def look(self, condition: Condition) -> PictureAnswer:
        """An answer that has just come, else 'unknown' and the newest picture is asked; never waits.

        Raises:
            InputError: no such condition.
        """
        known = self._known.get(condition)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        picture = self._picture()
        if picture is not None and condition not in self._open:
            self._open.add(condition)
            self._asked.put((condition, picture))
        return PictureAnswer(condition, question_of(condition), None, 0.0)

    def answers(self) -> list[PictureAnswer]:
        """What has come since the last call; to be called often, from where ``look`` is."""
        new = []
        while not self._answered.empty():
            answer = self._answered.get()
            self._open.discard(answer.condition)
            self._known[answer.condition] = (time.monotonic(), answer)
            new.append(answer)
        return new

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            condition, picture = asked
            try:
                answer = look(self._judge, [picture], condition)
            except Exception:  # noqa: BLE001 a model that fails is one that does not know
                answer = PictureAnswer(condition, question_of(condition), None, 0.0)
            self._answered.put(answer)
