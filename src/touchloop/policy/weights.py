"""Trained weights on disk: a folder with a card, tensors and the exported planner. Nothing is ever unpickled."""

import hashlib
import json
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from touchloop.errors import InputError
from touchloop.policy.features import ACTION_SIZE, HORIZON, LATENT_DIM, LATENT_STEPS, STATE_SIZE, TOUCH_SIZE

CARD = "card.json"
FAST = "decoder.safetensors"
SLOW = "planner.onnx"
SLOW_TENSORS = "planner.safetensors"
LAYOUT = {
    "horizon": HORIZON,
    "action_size": ACTION_SIZE,
    "latent_steps": LATENT_STEPS,
    "latent_dim": LATENT_DIM,
    "touch_size": TOUCH_SIZE,
    "state_size": STATE_SIZE,
}
"""Shapes that this version reads and writes; weights of another layout are refused."""


class WeightsCard(BaseModel):
    """Where weights come from and what they fit."""

    model_config = ConfigDict(extra="forbid")

    task: str
    policy: str
    weights_id: str
    """Hash of the decoder and its normalisers; plans carry it."""
    layout: dict[str, int]
    files: dict[str, str]
    """SHA-256 of each file beside the card."""
    config: dict[str, int | float | str | bool]
    data_hash: str
    commit: str
    command: str


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_card(folder: Path, task: str | None = None) -> WeightsCard:
    """The card, after checking that it fits this version, the task and every file beside it.

    Raises:
        InputError: missing, damaged, or made for another task or layout; says which and what was expected.
    """
    path = folder / CARD
    try:
        card = WeightsCard(**json.loads(path.read_text()))
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: no weights here ({CARD} is missing); make some with 'touchloop train rdp'"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a folder of weights") from error
    except (json.JSONDecodeError, UnicodeDecodeError, ValidationError, TypeError) as error:
        raise InputError(f"{path}: damaged card ({error})") from error
    unlisted = [name for name in (FAST, SLOW, SLOW_TENSORS) if name not in card.files]
    if unlisted:
        raise InputError(f"{path}: damaged card (it does not list {', '.join(unlisted)})")
    if card.layout != LAYOUT:
        raise InputError(f"{path}: layout {card.layout} does not fit; this version expects {LAYOUT}")
    if task is not None and card.task != task:
        raise InputError(f"{folder}: weights for task '{card.task}', expected '{task}'")
    for name, expected in card.files.items():
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing, though the card lists it")
        if file_hash(folder / name) != expected:
            raise InputError(f"{folder / name}: damaged (its SHA-256 is not the card's); restore it or train again")
    return card


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Tensors of a safetensors file.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: cannot be read as safetensors ({error})") from error


def default_weights(task: str) -> Path:
    """The folder of the weights that ship with the project."""
    return Path(__file__).resolve().parents[3] / "weights" / task / "rdp"
