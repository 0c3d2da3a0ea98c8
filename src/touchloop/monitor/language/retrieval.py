"""Finds instructions that would be understood and that read like one that was not."""

import math
from collections import Counter
from collections.abc import Iterable

EXAMPLES = (
    "wipe the board",
    "press the switch",
    "lift the box",
    "put the box on the shelf",
    "insert the round peg into the round hole",
    "insert the square peg into the square hole",
    "put the peg into the left hole",
    "put the round peg on the tray",
    "grasp the wiper with the left arm",
    "grasp the square peg with the right arm",
    "return the wiper to the rack",
    "open the left gripper",
    "move the left arm to the tray",
    "bring both arms home",
)
NEAR = 0.25
"""Below this likeness an example would be a guess from nowhere."""


def nearest(text: str, examples: Iterable[str] = EXAMPLES, count: int = 2) -> tuple[str, ...]:
    """The examples most like a text by their letter triples, the nearest first; only those that are like it at all."""
    wanted = _triples(text)
    ranked = sorted(((_cosine(wanted, _triples(example)), example) for example in examples), reverse=True)
    return tuple(example for likeness, example in ranked[:count] if likeness >= NEAR)


def _triples(text: str) -> Counter[str]:
    padded = f"  {' '.join(text.lower().split())} "
    return Counter(padded[i : i + 3] for i in range(len(padded) - 2))


def _cosine(a: Counter[str], b: Counter[str]) -> float:
    inner = sum(count * b[triple] for triple, count in a.items())
    return inner / math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values())) if inner else 0.0
