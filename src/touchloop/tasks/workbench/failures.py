"""Failures that can be injected into a program, and where they fit (modes after AHA, arXiv 2410.00371, and more)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from touchloop.errors import InputError

Mode = Literal[
    "no_grasp",
    "slip",
    "translation",
    "rotation",
    "no_rotation",
    "wrong_order",
    "wrong_object",
    "blocked",
    "moved_after_success",
    "lost_tool",
    "lights_out",
]
MODES: tuple[Mode, ...] = get_args(Mode)
Step = tuple[str, Mapping[str, str]]
CARRYING = ("place", "insert", "wipe", "move")
"""Steps in which something that is held can slip."""
PLACED = ("grasp", "place", "insert", "wipe", "press", "lift")
"""Steps with a goal that can be missed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is to go wrong, in which step of the program."""

    mode: Mode
    step: int


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """The ground truth of a failure that has happened."""

    mode: Mode
    step: int
    skill: str
    """Of the program's step."""
    time_s: float
    """Since the episode's start, when it became physical fact."""
    detail: str
    """In words."""


def fits(mode: Mode, program: Sequence[Step], step: int) -> bool:
    """Whether a mode can happen in a step and do harm there."""
    name, args = program[step]
    tool = args.get("object") in ("wiper", "round_peg", "square_peg")
    square = name == "insert" and args["object"] == "square_peg"
    match mode:
        case "no_grasp":
            return name == "grasp"
        case "slip":
            return name in CARRYING and carried(program, step) is not None
        case "translation":
            return name in PLACED
        case "blocked":
            # Two palms push the box around what holds back one of them.
            return name in PLACED and name != "lift" and not _by_palms(program, step)
        case "rotation":
            # Two palms carry the box as it stands.
            return (name in ("grasp", "place", "wipe") or square) and not _by_palms(program, step)
        case "no_rotation":
            return (name in ("grasp", "place") and tool) or square
        case "wrong_order":
            return step + 1 < len(program) and _order_matters(program[step], program[step + 1])
        case "wrong_object":
            # Tools that are put in the wrong place are not in this table: rack and tray differ too much in reach.
            return (name == "grasp" and tool) or name == "insert" or (name == "place" and not tool)
        case "moved_after_success":
            return name in ("place", "insert", "wipe", "press", "lift")
        case "lost_tool":
            return name in ("insert", "wipe") and carried(program, step) is not None
        case "lights_out":
            return True


def carried(program: Sequence[Step], step: int) -> str | None:
    """What the arm of a step holds when the step begins, if all before went well."""
    arm = program[step][1].get("arm")
    held = None
    for name, args in program[:step]:
        if name == "lift":
            held = args.get("object", "box")
        if args.get("arm") == arm:
            if name == "grasp":
                held = args["object"]
            elif name in ("place", "release"):
                held = None
    return held


def checked_failure(failure: Failure, program: Sequence[Step]) -> Failure:
    """The failure.

    Raises:
        InputError: no such mode or step, or the mode does not fit the step.
    """
    if failure.mode not in MODES:
        raise InputError(f"failure mode '{failure.mode}': expected one of {', '.join(MODES)}")
    if not 0 <= failure.step < len(program):
        raise InputError(f"failure in step {failure.step}: expected 0 to {len(program) - 1}")
    if not fits(failure.mode, program, failure.step):
        valid = [mode for mode in MODES if fits(mode, program, failure.step)]
        name = program[failure.step][0]
        raise InputError(
            f"failure '{failure.mode}' in step {failure.step} ({name}): expected one of {', '.join(valid)}"
        )
    return failure


def sample_failure(program: Sequence[Step], rng: np.random.Generator, modes: Sequence[Mode] = MODES) -> Failure:
    """A failure that fits: first a mode, each as likely, then one of its steps.

    Raises:
        InputError: none of the modes fits any step.
    """
    places: dict[Mode, list[int]] = {
        mode: [step for step in range(len(program)) if fits(mode, program, step)] for mode in modes
    }
    usable: list[Mode] = [mode for mode in modes if places[mode]]
    if not usable:
        raise InputError(
            f"failure modes {', '.join(modes)}: none fits the program; expected some of {', '.join(MODES)}"
        )
    mode = usable[int(rng.integers(len(usable)))]
    return Failure(mode, int(rng.choice(places[mode])))


def _by_palms(program: Sequence[Step], step: int) -> bool:
    """Whether both palms carry the box in a step."""
    holders = [name for name, args in program[:step] if name == "lift" or args.get("object") == "box"]
    return program[step][0] == "place" and program[step][1].get("object") == "box" and holders[-1:] == ["lift"]


def _order_matters(first: Step, second: Step) -> bool:
    (name, args), (after, others) = first, second
    if args.get("arm") != others.get("arm"):
        return False
    needs = name == "grasp" and after in ("wipe", "insert", "place")
    return needs or (name == "wipe" and after in ("place", "release"))
