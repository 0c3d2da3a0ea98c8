"""Instructions to be run whole, each on a bench that it fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from touchloop.errors import InputError
from touchloop.tasks.workbench.sampling import sample_bench

SCENES = {"round_left": "round", "square_left": "square"}
"""Form of the left hole."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """What is said, and on which kind of bench it makes sense; empty: on any."""

    text: str
    scene: str = ""


def read_instructions(path: Path) -> list[Instruction]:
    """From a text file with one a line, or YAML with ``instructions``, a list of ``{text, scene}``.

    Raises:
        InputError: no such file, or something else in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"instructions {path}: cannot be read ({error})") from error
    if path.suffix not in (".yaml", ".yml"):
        lines = [line.strip() for line in text.splitlines()]
        return [Instruction(line) for line in lines if line and not line.startswith("#")]
    try:
        content = yaml.safe_load(text)
        found = [Instruction(str(item["text"]), str(item.get("scene", ""))) for item in content["instructions"]]
    except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"instructions {path}: expected 'instructions', a list of {{text, scene}} ({error})"
        ) from error
    for instruction in found:
        if instruction.scene and instruction.scene not in SCENES:
            raise InputError(f"instructions {path}: scene '{instruction.scene}': expected {', '.join(SCENES)}")
    return found


def seeded(instructions: Sequence[Instruction], first_seed: int) -> Iterator[tuple[int, str]]:
    """A bench of its own for each: the next seed whose holes fit."""
    seed = first_seed
    for instruction in instructions:
        while instruction.scene and _left_form(seed) != SCENES[instruction.scene]:
            seed += 1
        yield seed, instruction.text
        seed += 1


def _left_form(seed: int) -> str:
    return sample_bench(np.random.default_rng([seed, 7, 0])).holes["left_hole"].form
