"""Trains the network that answers, on what the eye sees and on the truth made uncertain; and its text-only twin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from touchloop.monitor.vlm.bank import Bank, Question
from touchloop.monitor.vlm.facts import LANDMARKS, SIZES, STARTS
from touchloop.monitor.vlm.pictures import Pictures
from touchloop.monitor.vlm.questions import ANSWERS, KINDS, all_args
from touchloop.monitor.vlm.reader import QUESTION, Reader, word_ids
from touchloop.monitor.vlm.train_eye import Report

WORD_DROP = 0.06
PARSE_WEIGHT = 0.3
"""Of naming a question's kind and arguments, which the reader learns beside answering."""
PARSED: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS,
    **{
        name: tuple(sorted({args[name] for kind in KINDS for args in all_args(kind) if name in args}))
        for name in ("object", "hand", "side", "place", "hole", "form", "target")
    },
}
IGNORED = -100


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """Settings."""

    seed: int = 0
    steps: int = 2000
    batch: int = 192
    """Questions."""
    learning_rate: float = 2e-3


def states_of(logits: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(n, STATE) what the reader gets, from the eye's fact logits (n, fact logits) and places (n, slots, 3)."""
    parts = []
    for index in range(len(SIZES)):
        part = logits[:, STARTS[index] : STARTS[index + 1]]
        part = np.exp(part - part.max(axis=1, keepdims=True))
        parts.append(part / part.sum(axis=1, keepdims=True))
    return np.concatenate([*parts, places.reshape(len(places), -1)], axis=1).astype(np.float32)


def true_states(pictures: Pictures, rng: np.random.Generator) -> np.ndarray:
    """(n, STATE) as an eye that is right would give, more or less sure."""
    count = len(pictures.codes)
    logits = rng.gumbel(size=(count, STARTS[-1])) * rng.uniform(0.0, 1.0, size=(count, 1))
    for index in range(len(SIZES)):
        logits[np.arange(count), STARTS[index] + pictures.codes[:, index]] += rng.uniform(3.0, 9.0, size=count)
    pixels = np.where(np.isfinite(pictures.pixels), pictures.pixels, rng.uniform(0.0, 240.0, size=(count, 1, 1)))
    pixels = pixels + rng.normal(0.0, 1.0, size=pixels.shape)
    sure = rng.uniform(0.3, 1.0, size=(count, len(LANDMARKS), 1))
    return states_of(logits, np.concatenate([pixels / 100.0, sure], axis=2))


def ids_of(texts: Sequence[str], drop: float = 0.0, rng: np.random.Generator | None = None) -> Tensor:
    """(n, WORDS, PIECES) of questions; ``drop``: share of words left out."""
    rows = [word_ids(text) for text in texts]
    ids = np.stack(rows)
    if rng is not None and drop > 0.0:
        ids[rng.random(ids.shape[:2]) < drop] = 0
    return torch.from_numpy(ids)


def batch_of(questions: Sequence[Question], states: np.ndarray, device: str = "cpu") -> tuple[Tensor, Tensor, Tensor]:
    """What was seen before and last (n, STATE) each, and whether there is a picture before (n, 1)."""
    last = states[[q.last for q in questions]]
    pair = np.array([[float(q.before is not None)] for q in questions], np.float32)
    before = states[[q.last if q.before is None else q.before for q in questions]] * pair
    return tuple(torch.from_numpy(x).to(device) for x in (before, last, pair))  # type: ignore[return-value]


def train_reader(
    bank: Bank,
    state_sets: Sequence[np.ndarray],
    config: ReaderConfig,
    report: Report,
    blind: bool = False,
    device: str = "cpu",
) -> Reader:
    """The network that answers questions of a bank from any of several versions of what was seen (n, STATE)."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng([config.seed, 5])
    reader = Reader(blind).to(device)
    parse = nn.Linear(QUESTION, sum(len(values) for values in PARSED.values())).to(device)
    learning = [*reader.parameters(), *parse.parameters()]
    optimiser = torch.optim.AdamW(learning, lr=config.learning_rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, config.steps, pct_start=0.1)
    smooth = 0.0
    reader.train()
    for step in range(1, config.steps + 1):
        questions = [bank.draw(rng, held_out=False) for _ in range(config.batch)]
        before, last, pair = batch_of(questions, state_sets[int(rng.integers(len(state_sets)))], device)
        ids = ids_of([q.text for q in questions], WORD_DROP, rng).to(device)
        goal = torch.tensor([ANSWERS.index(q.answer) for q in questions], device=device)
        code = reader.question_code(ids)
        loss = nn.functional.cross_entropy(reader.answers(code, before, last, pair), goal)
        loss = loss + PARSE_WEIGHT * _parse_loss(parse(code), questions)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learning, 5.0)
        optimiser.step()
        schedule.step()
        now = float(loss.detach())
        smooth = now if step == 1 else 0.98 * smooth + 0.02 * now
        report(step, config.steps, smooth)
    return reader.eval()


def _parse_loss(logits: Tensor, questions: Sequence[Question]) -> Tensor:
    """Mean cross-entropy of kind and of each argument that a question has."""
    parts, start = [], 0
    for name, values in PARSED.items():
        said = [q.kind if name == "kind" else q.args.get(name) for q in questions]
        goal = torch.tensor([IGNORED if value is None else values.index(value) for value in said]).to(logits.device)
        part = logits[:, start : start + len(values)]
        loss = nn.functional.cross_entropy(part, goal, ignore_index=IGNORED, reduction="sum")
        parts.append(loss / (goal != IGNORED).sum().clamp(min=1))
        start += len(values)
    return torch.stack(parts).sum()


@torch.no_grad()
def answer_logits(reader: Reader, questions: Sequence[Question], states: np.ndarray, batch: int = 256) -> np.ndarray:
    """(n, answers)"""
    parts = []
    for start in range(0, len(questions), batch):
        some = questions[start : start + batch]
        before, last, pair = batch_of(some, states)
        parts.append(reader(ids_of([q.text for q in some]), before, last, pair).numpy())
    return np.concatenate(parts)


def fitted_temperature(logits: np.ndarray, goals: np.ndarray) -> float:
    """What logits (n, answers) must be divided by so that confidence is the share of right answers (Guo et al. 2017,
    arXiv 1706.04599)."""
    temperatures = np.geomspace(0.3, 5.0, 120)
    losses = []
    for temperature in temperatures:
        scaled = logits / temperature
        top = scaled.max(axis=1)
        norm = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        losses.append(float((norm - scaled[np.arange(len(goals)), goals]).mean()))
    return float(temperatures[int(np.argmin(losses))])
