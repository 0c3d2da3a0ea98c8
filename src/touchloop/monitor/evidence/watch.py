"""Watches a program's steps tick by tick: one verdict at a time, from what is seen and felt."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from touchloop.monitor.evidence.aim import aim_of
from touchloop.monitor.evidence.effects import effects_after, judged, looked_at
from touchloop.monitor.evidence.geometry import tcp_in_world
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.memory import Finding, Held, StepMemory, WatchState
from touchloop.monitor.evidence.rules import Now, ended, finding, held_now, level_distance, reaching, sinks_at
from touchloop.monitor.evidence.sensed import Sensed
from touchloop.monitor.evidence.touch import Felt
from touchloop.monitor.evidence.usual import followed, strange
from touchloop.monitor.verdict import Verdict
from touchloop.sim.workbench.layout import ARMS
from touchloop.tasks.workbench.vocabulary import arms_of

LOOK_S = 0.02
"""Between two looks; forces are followed each tick."""
BELIEVED_S = 0.06
"""A finding must stand for so long."""
STILL_M_S = 0.02


@dataclass(frozen=True)
class Watch:
    """Geometry, couplers and forces against what each step ought to do. A pure function of what it is shown.

    Attributes:
        limits: what is usual; from ``monitor calibrate``.
    """

    limits: Limits

    def start(self) -> WatchState:
        """Knows nothing yet."""
        return WatchState()

    def step(self, state: WatchState, sensed: Sensed, dt_s: float) -> tuple[WatchState, Verdict]:
        """One tick.

        Args:
            state: as returned by ``start`` or the last step.
            sensed: what is known now.
            dt_s: since the last tick.

        Returns:
            The next state, and the verdict: running; failed, with step and cause; or unknown, where something is beyond
            what good runs show but points to no cause.
        """
        wrenches = [observation.wrench_at_sensor for observation in sensed.observations]
        if state.felt is None:
            left, right = (Felt.start(wrench) for wrench in wrenches)
            state = replace(state, felt=(left, right), box_rest_z=float(sensed.view.box[2]))
        elif sensed.view.coupled != state.coupled:
            left, right = (felt.tared() for felt in state.felt)
            state = replace(state, felt=(left, right))
        left, right = (f.step(w, dt_s) for f, w in zip(state.felt or (), wrenches, strict=True))
        state = replace(state, felt=(left, right), coupled=sensed.view.coupled)
        begun = bool(sensed.skill) and (state.step is None or state.step.number != sensed.step)
        if not begun and not sensed.done and sensed.time_s - state.looked_s < LOOK_S - 1e-6:
            return state, state.verdict
        state = replace(state, looked_s=sensed.time_s)
        tcps = tuple(tcp_in_world(o.tcp_in_base, arm) for arm, o in enumerate(sensed.observations))
        return self._look(state, sensed, (tcps[0], tcps[1]))

    def _look(
        self, state: WatchState, sensed: Sensed, tcps: tuple[np.ndarray, np.ndarray]
    ) -> tuple[WatchState, Verdict]:
        held = held_now(sensed, tcps)
        if sensed.skill and (state.step is None or state.step.number != sensed.step):
            middle = 0.5 * (tcps[0][:3] + tcps[1][:3])
            memory = StepMemory(
                sensed.step,
                sensed.skill,
                sensed.args,
                sensed.time_s,
                tcps,
                held,
                sensed.grips,
                sensed.view.box[:3] - middle,
            )
            kept = looked_at(state.effects, sensed)
            left = [effect for effect in state.effects if effect not in kept]
            # What the new step builds on must be there when it begins.
            _, missing = judged(left, sensed, tcps, state.box_rest_z, patient=False)
            state = replace(state, step=memory, effects=kept)
            if missing is not None:
                return _failed(state, missing[1], missing[0])
        found: Finding | None = None
        if state.step is not None and sensed.skill:
            now = self._now(state, state.step, sensed, tcps, held)
            memory = self._remember(now)
            now = replace(now, memory=memory)
            found = finding(now)
            memory, believed = _believed(memory, found, sensed.time_s)
            state = replace(state, step=memory)
            if believed is not None:
                return _failed(state, believed, memory.number)
            odd = strange(now)
            if odd is not None and found is None and not sensed.done:
                state, seen = self._effects(state, sensed, tcps)
                verdict = seen if seen.status == "failed" else odd
                return replace(state, verdict=verdict), verdict
            if sensed.done:
                guess = ended(now)
                effects = (*state.effects, *effects_after(memory, sensed.time_s, guess))
                state = replace(state, effects=effects, finished=(*state.finished, (memory.skill, memory.scores)))
                state = replace(state, step=replace(memory, suspected=None))
        elif state.step is not None and not sensed.view.lit:
            # Whether the last step has done its work cannot be seen.
            memory, believed = _believed(
                state.step, Finding("lights_out", 0.95, "the pictures are dark"), sensed.time_s
            )
            state = replace(state, step=memory)
            if believed is not None:
                return _failed(state, believed, memory.number)
        return self._effects(state, sensed, tcps)

    def _now(
        self, state: WatchState, memory: StepMemory, sensed: Sensed, tcps: tuple[np.ndarray, np.ndarray], held: Held
    ) -> Now:
        felt = state.felt or ()
        contact = tuple(f.contact for f in felt)
        arm = arms_of(memory.skill, memory.args)
        lead = ARMS.index(memory.args["arm"]) if "arm" in memory.args else arm[0]
        return Now(sensed, memory, tcps, held, (contact[0], contact[1]), self.limits, lead, felt[lead].force_n)

    def _remember(self, now: Now) -> StepMemory:
        m, sensed, arm = now.memory, now.sensed, now.arm
        changes: dict = {}
        if m.closed_s is None and m.grips[arm] == "open" and sensed.grips[arm] == "close" and m.skill == "grasp":
            changes["closed_s"] = sensed.time_s
        if m.opened_s is None and m.grips[arm] == "close" and sensed.grips[arm] == "open":
            changes["opened_s"] = sensed.time_s
        if m.opened_s is None and m.skill == "place" and m.held == (None, None) and _palms_apart(now):
            changes["opened_s"] = sensed.time_s
        if now.contact[arm]:
            changes["last_touch_s"] = sensed.time_s
            if m.touch_s is None:
                changes |= {"touch_s": sensed.time_s, "touch_tcp": now.tcps[arm]}
        changes["top_m"] = max(m.top_m, float(now.tcps[arm][2]))
        level_m = level_distance(now)
        if level_m is not None:
            changes["nearest_m"] = min(m.nearest_m, level_m)
            if m.start_m is None:
                changes["start_m"] = level_m
        lag_m, still = _lag(now)
        stalled = still and lag_m > now.limits.of(m.skill, "lag_m")
        changes["stalled_s"] = (m.stalled_s if m.stalled_s is not None else sensed.time_s) if stalled else None
        m, unsteady_m_s = followed(replace(m, **changes), sensed.view.commanded[arm][:3], sensed.time_s)
        measured = {"lag_m": lag_m if still else 0.0, "unsteady_m_s": unsteady_m_s, "force_n": now.force_n}
        return replace(m, scores=_scores(replace(now, memory=m), measured))

    def _effects(
        self, state: WatchState, sensed: Sensed, tcps: tuple[np.ndarray, np.ndarray]
    ) -> tuple[WatchState, Verdict]:
        effects, failed = judged(state.effects, sensed, tcps, state.box_rest_z)
        state = replace(state, effects=effects)
        if failed is not None:
            number, found = failed
            return _failed(state, found, number)
        verdict = Verdict("running", step=sensed.step if sensed.skill else None, confidence=0.5)
        return replace(state, verdict=verdict), verdict


def _believed(memory: StepMemory, found: Finding | None, time_s: float) -> tuple[StepMemory, Finding | None]:
    """A finding counts when the same cause has stood for a while."""
    if found is None:
        return replace(memory, suspected=None), None
    if memory.suspected is None or memory.suspected.cause != found.cause:
        return replace(memory, suspected=found, suspected_s=time_s), None
    return memory, found if time_s - memory.suspected_s >= BELIEVED_S - 1e-6 else None


def _failed(state: WatchState, found: Finding, number: int) -> tuple[WatchState, Verdict]:
    verdict = Verdict(
        "failed", found.cause, number, found.confidence, (found.evidence,), reason=f"step {number}: {found.evidence}"
    )
    return replace(state, verdict=verdict), verdict


def _lag(now: Now) -> tuple[float, bool]:
    """How far the arm is behind its command [m], and whether it hardly moves."""
    observation = now.sensed.observations[now.arm]
    lag = now.sensed.view.commanded[now.arm][:3] - observation.tcp_in_base[:3]
    return float(np.linalg.norm(lag)), float(np.linalg.norm(observation.tcp_twist_in_base[:3])) < STILL_M_S


def _palms_apart(now: Now) -> bool:
    before = float(np.linalg.norm(now.memory.tcps[0][:3] - now.memory.tcps[1][:3]))
    return float(np.linalg.norm(now.tcps[0][:3] - now.tcps[1][:3])) > before + 0.01


def _scores(now: Now, measured: Mapping[str, float]) -> dict[str, float]:
    """The step's highest scores so far, for calibration."""
    m = now.memory
    scores = dict(m.scores)

    def higher(name: str, value: float) -> None:
        scores[name] = max(scores.get(name, 0.0), value)

    higher("duration_s", now.sensed.time_s - m.started_s)
    for name, value in measured.items():
        higher(name, value)
    sinks_m = sinks_at(now)
    if sinks_m is not None:
        higher("sinks_m", sinks_m)
    at_work = {
        "grasp": 0.0 <= now.since(m.closed_s) < 0.1,
        "place": 0.0 <= now.since(m.opened_s) <= 0.1,
    }.get(m.skill, now.contact[now.arm])
    early = reaching(now)
    if at_work or early:
        aim = aim_of(now.sensed.view, m.skill, m.args, now.arm, now.tcps[now.arm])
        if aim is not None:
            higher("height_m", max(aim.height_m, 0.0))
            if at_work:
                higher("aside_m", aim.aside_m)
                higher("turn_rad", aim.turn_rad)
    return scores
