"""What a run wants of the arms, and what it tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from touchloop.monitor.repair.repairer import Repair
from touchloop.monitor.verdict import Verdict

Status = Literal["running", "asking", "paused", "done", "failed", "aborted"]


@dataclass(frozen=True, slots=True)
class StartSkill:
    """To whoever moves the arms: begin this."""

    number: int
    """Counts starts over the whole run, from 1: no two steps of a run share one."""
    name: str
    args: Mapping[str, str]
    speed_m_s: float | None
    force_n: float | None


@dataclass(frozen=True, slots=True)
class StopSkill:
    """End what runs; the arms stay where they are."""


Command = StartSkill | StopSkill

Kind = Literal["step", "verdict", "repair", "ask", "checkpoint", "end"]


@dataclass(frozen=True, slots=True)
class RunEvent:
    """Something to be shown and recorded."""

    time_s: float
    kind: Kind
    text: str
    verdict: Verdict | None = None
    repair: Repair | None = None
