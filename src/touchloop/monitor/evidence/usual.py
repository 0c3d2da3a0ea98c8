"""Statistics of touch and of the policy's own consistency against good runs: what is strange, but names no cause.

A policy that is unsure commands what does not fit what it commanded just before. Sentinel (CoRL 2024) measures this on
its plans; here it is the change of the commanded velocity from look to look, so that it works for any skill.
"""

from dataclasses import replace

import numpy as np

from touchloop.monitor.evidence.memory import StepMemory
from touchloop.monitor.evidence.rules import Now
from touchloop.monitor.verdict import Verdict

DRAGS = 2.5
"""A repaired step may run at half its speed, so its time says little before this many times the usual."""
CONFIDENCE = 0.6


def followed(memory: StepMemory, command: np.ndarray, time_s: float) -> tuple[StepMemory, float]:
    """The memory with another commanded TCP position (3,), and by how much its velocity has changed [m/s]."""
    if memory.command is None:
        return replace(memory, command=command, commanded_s=time_s), 0.0
    dt_s = time_s - memory.commanded_s
    if dt_s <= 1e-6:
        return memory, 0.0
    velocity = (command - memory.command) / dt_s
    change = 0.0 if memory.velocity is None else float(np.linalg.norm(velocity - memory.velocity))
    return replace(memory, command=command, commanded_s=time_s, velocity=velocity), change


def strange(now: Now) -> Verdict | None:
    """'Unknown', with what is beyond the limits of good runs; None where nothing is."""
    m, limits = now.memory, now.limits
    said = []
    for score, what, unit, share in (
        ("force_n", "it presses with", "N", 1.0),
        ("unsteady_m_s", "what it commands changes by", "m/s at once", 1.0),
        ("duration_s", "it has taken", "s", DRAGS),
    ):
        value, usual = m.scores.get(score, 0.0), limits.of(m.skill, score)
        if value > share * usual:
            said.append(f"{what} {value:.2g} {unit}; usual for {m.skill}: up to {usual:.2g}")
    if not said:
        return None
    reason = f"step {m.number}: {said[0]}"
    return Verdict("unknown", None, m.number, CONFIDENCE, tuple(said), reason=reason)
