"""What steps were to bring about: seen to hold after they end, and watched from then on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from touchloop.monitor.evidence.geometry import holds
from touchloop.monitor.evidence.memory import Effect, Finding, StepMemory
from touchloop.monitor.evidence.sensed import Sensed

MISSING_S = 0.3
"""An effect that is not seen for so long after its step has not come about."""
GONE_S = 0.1
"""One that was seen and is not any more for so long is gone."""


def effects_after(memory: StepMemory, time_s: float, guess: Finding) -> tuple[Effect, ...]:
    """Of a step that has ended."""
    found = effect_of(memory.skill, memory.args)
    if found is None:
        return ()
    name, args = found
    return (Effect(memory.number, memory.skill, name, args, time_s, guess=guess),)


def effect_of(skill: str, args: Mapping[str, str]) -> tuple[str, Mapping[str, str]] | None:
    """The condition that a skill is to bring about, with its arguments; None where it leaves nothing to be seen."""
    match skill:
        case "grasp":
            return "holding", {"arm": args["arm"], "object": args["object"]}
        case "place":
            return "at", {"object": args["object"], "target": args["target"]}
        case "insert":
            return "inserted", {"object": args["object"], "target": args["target"]}
        case "wipe":
            return "clean", {"object": args["object"]}
        case "press":
            return "pressed", {"object": args["object"]}
        case "lift":
            return "lifted", {"object": args["object"]}
        case "release":
            return "free", {"arm": args["arm"]}
        case _:
            return None


def looked_at(effects: Sequence[Effect], sensed: Sensed) -> tuple[Effect, ...]:
    """Those that the step which begins now leaves alone: it may undo what it works on."""
    touched = {sensed.args.get("object"), sensed.args.get("arm")}

    def kept(effect: Effect) -> bool:
        if effect.name in ("holding", "free"):
            # What is held while a step runs is watched by the step itself.
            return False
        if effect.name in ("at", "lifted", "pressed"):
            return effect.args["object"] not in touched
        if effect.name == "inserted":
            return not (effect.args["object"] in touched and sensed.skill == "grasp")
        return True

    return tuple(effect for effect in effects if kept(effect))


def _patience_s(effect: Effect) -> float:
    """Couplers report at once; what is put down may have to settle, and pictures come ten times a second."""
    return 0.0 if effect.name in ("holding", "free") else MISSING_S


def judged(
    effects: Sequence[Effect],
    sensed: Sensed,
    tcps: tuple[np.ndarray, np.ndarray],
    box_rest_z: float,
    patient: bool = True,
) -> tuple[tuple[Effect, ...], tuple[int, Finding] | None]:
    """The effects after a look, and the step that failed, if one did; ``patient``: those not yet seen get some time."""
    after: list[Effect] = []
    failed: tuple[int, Finding] | None = None
    for effect in effects:
        true = holds(sensed.view, tcps, sensed.ink_share, box_rest_z, effect.name, **effect.args)
        if true is None:
            after.append(effect)
            continue
        if true:
            after.append(replace(effect, seen=True, bad_s=None))
            continue
        bad_s = sensed.time_s if effect.bad_s is None else effect.bad_s
        after.append(replace(effect, bad_s=bad_s))
        stands_s = sensed.time_s - bad_s
        said = f"{effect.name}({', '.join(effect.args.values())})"
        if effect.seen and stands_s >= GONE_S - 1e-6:
            failed = failed or (effect.step, Finding("moved_after_success", 0.9, f"{said} held, and does not any more"))
        elif not effect.seen and sensed.time_s - effect.since_s >= patient * _patience_s(effect) - 1e-6:
            guess = effect.guess or Finding("unknown", 0.5, "")
            failed = failed or (effect.step, replace(guess, evidence=f"{said} is not true; {guess.evidence}"))
    return tuple(after), failed
