"""Where weights of the embedded model come from, what they fit, and what they reached."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from touchloop.errors import InputError
from touchloop.monitor.vlm.facts import STARTS
from touchloop.monitor.vlm.questions import ANSWERS
from touchloop.monitor.vlm.reader import PIECES, STATE, WORDS
from touchloop.policy.weights import file_hash

CARD, EYE, READER, BLIND = "card.json", "eye.onnx", "reader.onnx", "blind.onnx"
FORMAT = 1
"""Changes when older weights no longer fit."""


class VlmLayout(BaseModel):
    """Shapes and words that the files and this version agree on."""

    model_config = ConfigDict(extra="forbid")

    format: int = FORMAT
    facts: int = STARTS[-1]
    state: int = STATE
    words: int = WORDS
    pieces: int = PIECES
    answers: tuple[str, ...] = ANSWERS


class VlmCard(BaseModel):
    """See above."""

    model_config = ConfigDict(extra="forbid")

    layout: VlmLayout
    files: dict[str, str]
    """SHA-256 of each file beside the card."""
    temperature: float
    """Logits are divided by it: confidence is then the share of right answers, on the validation scenes."""
    majority: dict[str, str]
    """By kind of question: the most frequent answer in training."""
    parameters: int
    """Weights of eye and reader together."""
    scenes: int
    seeds: dict[str, tuple[int, int]]
    """First seed of the benches trained on and validated on, and how many."""
    config: dict[str, int | float]
    train_s: dict[str, float]
    """Processor seconds of each part of the training."""
    commit: str
    command: str
    scores: dict[str, str] = {}
    """What it reached, by the command that says so."""


def read_card(folder: Path) -> VlmCard:
    """The card, after checking that it fits this version and every file beside it.

    Raises:
        InputError: missing, damaged, or made by another version.
    """
    path = folder / CARD
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: no weights here ({CARD} is missing); make some with 'touchloop vlm train'"
        ) from error
    except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: damaged card ({error})") from error
    try:
        card = VlmCard(**content)
    except (ValidationError, TypeError) as error:
        raise InputError(f"{path}: damaged card ({error})") from error
    if card.layout != VlmLayout():
        raise InputError(f"{path}: made by a version with other facts, words or answers; train again")
    for name in (EYE, READER):
        if name not in card.files:
            raise InputError(f"{path}: damaged card (it does not list {name})")
    for name, digest in card.files.items():
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing, though the card lists it")
        if file_hash(folder / name) != digest:
            raise InputError(f"{folder / name}: damaged (its SHA-256 is not the card's); restore it or train again")
    return card


def default_folder() -> Path:
    """The weights that ship with the project."""
    return Path(__file__).resolve().parents[4] / "weights" / "vlm"
