"""All parts of the training one after the other: pictures, eye, reader, text-only twin, export."""

import hashlib
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from touchloop.monitor.vlm.augment import augmented
from touchloop.monitor.vlm.bank import Bank
from touchloop.monitor.vlm.card import BLIND, CARD, EYE, READER, VlmCard, VlmLayout
from touchloop.monitor.vlm.export import export_eye, export_reader
from touchloop.monitor.vlm.eye import Eye
from touchloop.monitor.vlm.pictures import Pictures, make_pictures
from touchloop.monitor.vlm.questions import ANSWERS
from touchloop.monitor.vlm.score import majority_of
from touchloop.monitor.vlm.train_eye import EyeConfig, Report, see, train_eye
from touchloop.monitor.vlm.train_reader import (
    ReaderConfig,
    answer_logits,
    fitted_temperature,
    states_of,
    train_reader,
    true_states,
)
from touchloop.policy.weights import file_hash

TRAIN_SEED, VALIDATION_SEED, VALIDATION_SCENES = 20_000, 40_000, 120
"""First seeds of the benches."""
CALIBRATION_QUESTIONS = 6000
READER_SCENES = 700
"""The reader learns from so many of the benches: what it needs is many questions, and looking at all takes long."""
EYE_VIEWS, TRUE_VIEWS = 1, 1
"""Versions of what was seen that the reader learns from: by the eye in changed pictures, and from the truth."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Settings of one training."""

    data: Path
    scenes: int
    epochs: int
    steps: int
    seed: int
    threads: int


def used_seeds(scenes: int) -> dict[str, tuple[int, int]]:
    """First seed and number of the benches of training and validation."""
    return {"train": (TRAIN_SEED, scenes), "validation": (VALIDATION_SEED, VALIDATION_SCENES)}


def train_all(plan: Plan, out: Path, command: str, show: Callable[[str], Report]) -> VlmCard:
    """Trains, exports and writes the card, which goes last, so that a broken export is refused."""
    torch.set_num_threads(plan.threads)
    spent = {}
    began_s = time.process_time()

    def took() -> float:
        nonlocal began_s
        passed_s, began_s = time.process_time() - began_s, time.process_time()
        return round(passed_s, 1)

    def made(name: str, total: int) -> Callable[[int], None]:
        bar = show(f"pictures, {name}")
        return lambda done: bar(done, total, 0.0)

    pictures = make_pictures(plan.data / "train", TRAIN_SEED, plan.scenes, False, made("training", plan.scenes))
    check = make_pictures(
        plan.data / "validation", VALIDATION_SEED, VALIDATION_SCENES, False, made("validation", VALIDATION_SCENES)
    )
    spent["pictures"] = took()
    config = EyeConfig(seed=plan.seed, epochs=plan.epochs)
    eye, spent["eye"] = _eye(plan.data, pictures, config, show("eye"))
    took()
    rng = np.random.default_rng([plan.seed, 9])
    torch.manual_seed(plan.seed)
    pictures = _first(pictures, READER_SCENES)
    views = [_changed_view(eye, pictures, rng) for _ in range(EYE_VIEWS)]
    views += [true_states(pictures, rng) for _ in range(TRUE_VIEWS)]
    bank, reader_config = Bank(pictures, plan.seed), ReaderConfig(seed=plan.seed, steps=plan.steps)
    reader = train_reader(bank, views, reader_config, show("reader"))
    spent["reader"] = took()
    blind = train_reader(bank, views[-1:], ReaderConfig(seed=plan.seed, steps=plan.steps // 4), show("text only"), True)
    spent["text_only"] = took()
    check_bank = Bank(check, plan.seed)
    questions = [check_bank.draw(rng, held_out=False) for _ in range(CALIBRATION_QUESTIONS)]
    logits = answer_logits(reader, questions, states_of(*see(eye, check.pictures)))
    goals = np.array([ANSWERS.index(q.answer) for q in questions])
    out.mkdir(parents=True, exist_ok=True)
    export_eye(eye, out / EYE)
    export_reader(reader, out / READER)
    export_reader(blind, out / BLIND)
    card = VlmCard(
        layout=VlmLayout(),
        files={name: file_hash(out / name) for name in (EYE, READER, BLIND)},
        temperature=fitted_temperature(logits, goals),
        majority=majority_of(bank, rng),
        parameters=sum(p.numel() for network in (eye, reader) for p in network.parameters()),
        scenes=plan.scenes,
        seeds=used_seeds(plan.scenes),
        config={"epochs": plan.epochs, "steps": plan.steps, "seed": plan.seed},
        train_s=spent,
        commit=_commit(),
        command=command,
        scores={"validation scenes, trained wordings": f"{float((logits.argmax(axis=1) == goals).mean()):.3f}"},
    )
    (out / CARD).write_text(card.model_dump_json(indent=2) + "\n")
    return card


def _eye(data: Path, pictures: Pictures, config: EyeConfig, report: Report) -> tuple[Eye, float]:
    """A trained eye and the processor seconds it took; read from ``data`` if it was trained so before."""
    about = {**asdict(config), "pictures": hashlib.sha256(pictures.codes.tobytes()).hexdigest()[:16]}
    file, note = data / "eye.safetensors", data / "eye.json"
    if note.is_file() and file.is_file():
        known = json.loads(note.read_text())
        if known.get("about") == about:
            eye = Eye()
            eye.load_state_dict(load_file(file))
            return eye.eval(), float(known["cpu_s"])
    began_s = time.process_time()
    eye = train_eye(pictures, config, report)
    cpu_s = round(time.process_time() - began_s, 1)
    save_file({name: value.contiguous() for name, value in eye.state_dict().items()}, file)
    note.write_text(json.dumps({"about": about, "cpu_s": cpu_s}))
    return eye, cpu_s


def _first(pictures: Pictures, scenes: int) -> Pictures:
    rows = slice(0, scenes * pictures.per_scene)
    return Pictures(
        pictures.pictures[rows],
        pictures.codes[rows],
        pictures.pixels[rows],
        pictures.positions[rows],
        pictures.per_scene,
    )


@torch.no_grad()
def _changed_view(eye: Eye, pictures: Pictures, rng: np.random.Generator) -> np.ndarray:
    """(n, STATE) what the eye sees in the training pictures with other colours, light and camera."""
    parts = []
    for start in range(0, len(pictures.codes), pictures.per_scene):
        rows = slice(start, start + pictures.per_scene)
        # Pictures of one bench that are compared must be changed alike.
        changed, _ = augmented(pictures.pictures[rows], pictures.pixels[rows], rng, alike=True)
        parts.append(states_of(*see(eye, changed)))
    return np.concatenate(parts)


def _commit() -> str:
    """The commit of the working tree, marked if it has changes; 'unknown' outside a checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
