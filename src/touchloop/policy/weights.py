"""Trained weights on disk: a folder with a card, tensors and the exported planner. Nothing is ever unpickled."""

import hashlib
import json
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from touchloop.errors import InputError
from touchloop.policy.features import ACTION_SIZE, STATE_SIZE, TOUCH_SIZE
from touchloop.policy.spec import POLICIES, PolicySpec

CARD = "card.json"
FAST = "decoder.safetensors"
SLOW = "planner.onnx"
FORESIGHT = "dynamics.safetensors"
"""The model of touch and what guided planning needs beside the planner; not every policy has it."""
FORMAT = 3
"""Changes when older weights no longer fit."""


class Layout(BaseModel):
    """Shapes that both loops agree on."""

    model_config = ConfigDict(extra="forbid")

    format: int
    arms: int
    steps: int
    """Rows of a plan."""
    size: int
    """Numbers in a row, an arm."""
    horizon: int
    action_period_ns: int
    action_size: int
    touch_size: int
    state_size: int
    absolute: bool
    increments: bool

    @classmethod
    def of(cls, spec: PolicySpec, arms: int) -> "Layout":
        """What this version reads and writes."""
        return cls(
            format=FORMAT,
            arms=arms,
            steps=spec.steps,
            size=spec.size,
            horizon=spec.horizon,
            action_period_ns=spec.action_period_ns,
            action_size=ACTION_SIZE,
            touch_size=TOUCH_SIZE,
            state_size=STATE_SIZE,
            absolute=spec.absolute,
            increments=spec.increments,
        )


class WeightsCard(BaseModel):
    """Where weights come from and what they fit."""

    model_config = ConfigDict(extra="forbid")

    task: str
    policy: str
    weights_id: str
    """Hash of the decoder and its normalisers; plans carry it."""
    layout: Layout
    files: dict[str, str]
    """SHA-256 of each file beside the card."""
    demonstrations: int
    config: dict[str, int | float | str | bool]
    data_hash: str
    commit: str
    command: str
    scores: dict[str, str] = {}
    """What it reached: protocol and perturbation to success and its interval."""

    @property
    def spec(self) -> PolicySpec:
        """The policy."""
        return POLICIES[self.policy]


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_card(folder: Path, task: str | None = None, policy: str | None = None) -> WeightsCard:
    """The card, after checking that it fits this version, the task, the policy and every file beside it.

    Raises:
        InputError: missing, damaged, or made for another task, policy or layout; says which and what was expected.
    """
    path = folder / CARD
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: no weights here ({CARD} is missing); make some with "
            f"'touchloop train {policy or 'rdp'} --task {task or 'wipe'}'"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a folder of weights") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: damaged card ({error})") from error
    layout = content.get("layout") if isinstance(content, dict) else None
    if isinstance(layout, dict) and layout.get("format") != FORMAT:
        raise InputError(
            f"{path}: layout of format {layout.get('format', 1)} does not fit; this version expects {FORMAT}; "
            f"train again"
        )
    try:
        card = WeightsCard(**content)
    except (ValidationError, TypeError) as error:
        raise InputError(f"{path}: damaged card ({error})") from error
    unlisted = [name for name in (FAST, SLOW) if name not in card.files]
    if unlisted:
        raise InputError(f"{path}: damaged card (it does not list {', '.join(unlisted)})")
    if card.policy not in POLICIES:
        raise InputError(f"{path}: policy '{card.policy}' is unknown; expected one of {', '.join(POLICIES)}")
    expected = Layout.of(card.spec, card.layout.arms)
    if card.layout != expected:
        raise InputError(f"{path}: layout {card.layout} does not fit; this version expects {expected}")
    if task is not None and card.task != task:
        raise InputError(f"{folder}: weights for task '{card.task}', expected '{task}'")
    if policy is not None and card.policy != policy:
        raise InputError(f"{folder}: weights of policy '{card.policy}', expected '{policy}'")
    for name, digest in card.files.items():
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing, though the card lists it")
        if file_hash(folder / name) != digest:
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


def default_weights(task: str, policy: str = "touchloop") -> Path:
    """The folder of the weights that ship with the project."""
    return Path(__file__).resolve().parents[3] / "weights" / task / policy
