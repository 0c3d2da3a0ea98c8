"""Judges what the arm did, from its true motion alone: force, workspace, and how soon it stood still."""

from dataclasses import dataclass

import numpy as np

from touchloop.chaos.limits import Limits
from touchloop.chaos.track import ACROSS, FORCE, STAMP, X, Z


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be."""

    what: str
    """force, workspace, hold, not judged, hang, lost bag, not named, obeyed"""
    text: str
    at_s: float
    """On the track's scale."""


@dataclass(frozen=True, slots=True)
class Hold:
    """How an arm came to stand after a fault that needs it."""

    seconds: float
    """From the need's beginning until it stood, and stood for as long as the need lasted; 0: it stood already."""
    speed_before_m_s: float
    """Across the tool's axis, just before."""
    samples: int


def depth_outside(rows: np.ndarray, limits: Limits) -> np.ndarray:
    """(n,) how far each sample lies outside of the workspace [m]; 0 inside."""
    position = rows[:, X : Z + 1]
    outside = np.maximum(limits.lower_in_base_m - position, position - limits.upper_in_base_m)
    return np.maximum(outside.max(axis=1, initial=0.0), 0.0)


def motion_findings(rows: np.ndarray, limits: Limits) -> list[Finding]:
    """What is beyond force or workspace among samples (n, 9); one finding of a kind, the worst."""
    if not len(rows):
        return []
    findings = []
    worst = int(rows[:, FORCE].argmax())
    if rows[worst, FORCE] > limits.force_n:
        text = f"{rows[worst, FORCE]:.1f} N, at most {limits.force_n:.1f} N are allowed"
        findings.append(Finding("force", text, float(rows[worst, STAMP])))
    depth = depth_outside(rows, limits)
    worst = int(depth.argmax())
    if depth[worst] > 0.0:
        findings.append(Finding("workspace", f"{1000.0 * depth[worst]:.1f} mm outside", float(rows[worst, STAMP])))
    return findings


def hold_of(rows: np.ndarray, needed_from_s: float, limits: Limits) -> Hold:
    """When an arm stood.

    Args:
        rows: (n, 9) samples from a little before the need until its end.
        needed_from_s: from when on it must come to stand.
    """
    before = rows[rows[:, STAMP] < needed_from_s]
    during = rows[rows[:, STAMP] >= needed_from_s]
    speed = float(before[-1, ACROSS]) if len(before) else 0.0
    moving = np.flatnonzero(during[:, ACROSS] > limits.standstill_m_s)
    seconds = float(during[moving[-1], STAMP] - needed_from_s) if len(moving) else 0.0
    return Hold(seconds, speed, len(during))


def hold_finding(hold: Hold, why: str, at_s: float, limits: Limits) -> Finding | None:
    """What is wrong with how it held; None if nothing is."""
    if hold.seconds <= limits.hold_s:
        return None
    text = f"still moving {hold.seconds:.3f} s after it had to hold ({why}); at most {limits.hold_s:g} s are allowed"
    return Finding("hold", text, at_s)
