"""The report of a run that was followed through its messages, as the nodes send them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from touchloop.bench.monitor_film import RunFilm
from touchloop.bench.monitor_repair import RunOutcome
from touchloop.monitor.program import model
from touchloop.monitor.program.parser import parse
from touchloop.monitor.repair.repairer import Repair
from touchloop.monitor.run.bench_messages import nanoseconds_of
from touchloop.monitor.run.run_events import RunEvent
from touchloop.monitor.verdict import CAUSES, Cause, Status, Verdict
from touchloop.report.monitor_page import write_monitor_page

STATUSES: tuple[Status, ...] = ("unknown", "running", "ok", "failed")
"""In the order of their numbers in touchloop_msgs/Verdict."""


class HeardRun:
    """One run, as heard: events, programs and pictures go in as they come.

    Attributes:
        over: its last event has come.
    """

    def __init__(self) -> None:
        self.over = False
        self._events: list[RunEvent] = []
        self._programs: list[model.Program] = []
        self._film, self._picture = RunFilm(), None
        self._start_ns: int | None = None

    def picture(self, picture: np.ndarray) -> None:
        """(H, W, 3) uint8 RGB of the bench; shown with the events that come after it."""
        self._picture = picture

    def program(self, text: str) -> None:
        """The program as it is now: what is to be done, anew after each repair."""
        program = parse(text)
        self._programs.append(program)
        for number in range(len(self._events) - 1, -1, -1):
            repair = self._events[number].repair
            if repair is not None:
                self._events[number] = replace(self._events[number], repair=replace(repair, program=program))
                return

    def event(self, message: Any) -> None:
        """A touchloop_msgs/RunEvent."""
        stamp_ns = nanoseconds_of(message.header.stamp)
        self._start_ns = stamp_ns if self._start_ns is None else self._start_ns
        verdict = _verdict(message.verdict) if message.kind == "verdict" else None
        repair = None
        if message.kind == "repair" and self._programs:
            repair = Repair(self._programs[-1], message.repair, "", "unknown", message.text)
        if self._picture is not None:
            self._film.pictures[len(self._events)] = self._picture
        time_s = max(1e-9 * (stamp_ns - self._start_ns), 0.0)
        self._events.append(RunEvent(time_s, message.kind, message.text, verdict, repair))
        self.over = message.kind == "end"

    def write(self, folder: Path, instruction: str, success: bool, status: str) -> Path | None:
        """Writes ``report.html`` and returns its path; None where no program was heard of.

        Args:
            folder: made if it does not exist.
            instruction: what was said.
            success: of the run.
            status: how it ended.
        """
        if not self._programs:
            return None
        time_s = self._events[-1].time_s if self._events else 0.0
        outcome = RunOutcome(success, status, tuple(self._events), None, time_s, self._programs[-1])
        return write_monitor_page(folder, instruction, self._programs[0], outcome, self._film)


def _verdict(message: Any) -> Verdict:
    causes: dict[str, Cause] = {cause: cause for cause in CAUSES}
    evidence = tuple(message.evidence)
    return Verdict(STATUSES[message.status], causes.get(message.cause), None, message.confidence, evidence)
