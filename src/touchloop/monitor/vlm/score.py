"""Scores the embedded model on held-out questions, beside the majority answer and the text-only twin."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from onnxruntime import InferenceSession

from touchloop.monitor.vlm.bank import Bank, Question
from touchloop.monitor.vlm.embedded import EmbeddedModel, as_frame
from touchloop.monitor.vlm.pictures import Pictures
from touchloop.monitor.vlm.questions import DOUBLE, KINDS, UNKNOWN
from touchloop.monitor.vlm.reader import PIECES, STATE, WORDS, word_ids

ROUNDS = 400
"""Of the bootstrap over scenes."""


@dataclass(frozen=True, slots=True)
class KindScore:
    """One kind of question, or all."""

    kind: str
    about: str
    """one: one moment; change: two pictures compared."""
    questions: int
    model: float
    low: float
    high: float
    """95 % interval, clustered by scene."""
    majority: float
    text_only: float
    unknown_recall: float
    """Of the questions that the pictures do not answer, the share to which the model says so; NaN without any."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of one run."""

    rows: tuple[KindScore, ...]
    total: KindScore
    calibration_error: float
    """Mean distance of confidence from accuracy over ten bins (expected calibration error)."""
    latency_p50_s: float
    latency_p95_s: float
    """Of a question with its pictures, on one core; other programs add to it."""
    processor_p50_s: float
    processor_p95_s: float
    """Of that, what the question itself takes."""


def score(
    model: EmbeddedModel,
    blind: InferenceSession | None,
    pictures: Pictures,
    seed: int,
    questions: int,
    held_out: bool,
    report: Callable[[int], None] = lambda _: None,
) -> Score:
    """Asks ``questions`` questions; ``held_out``: in wordings that training never used."""
    bank = Bank(pictures, seed)
    rng = np.random.default_rng([seed, 77])
    asked = [bank.draw(rng, held_out, KINDS[i % len(KINDS)]) for i in range(questions)]
    right, majority, text_only = (np.zeros(questions, bool) for _ in range(3))
    confidence, latency_s, processor_s = np.zeros(questions), np.zeros(questions), np.zeros(questions)
    for index, question in enumerate(asked):
        rows = [question.last] if question.before is None else [question.before, question.last]
        frames = [as_frame(np.array(pictures.pictures[row])) for row in rows]
        started_s, used_s = time.perf_counter(), time.thread_time()
        said = model.ask(frames, question.text)
        latency_s[index] = time.perf_counter() - started_s
        processor_s[index] = time.thread_time() - used_s
        right[index], confidence[index] = said.text == question.answer, said.confidence
        majority[index] = model.card.majority.get(question.kind) == question.answer
        text_only[index] = blind is not None and _blind_answer(model, blind, question) == question.answer
        report(index + 1)
    scenes = np.array([q.last // pictures.per_scene for q in asked])
    kinds = np.array([q.kind for q in asked])
    unknown = np.array([q.answer == UNKNOWN for q in asked])
    everything = np.ones(questions, bool)

    def row(kind: str, about: str, mask: np.ndarray) -> KindScore:
        low, high = clustered_interval(right[mask], scenes[mask], seed)
        hidden = mask & unknown
        model_share, plain, blindly = (
            float(right[mask].mean()),
            float(majority[mask].mean()),
            float(text_only[mask].mean()),
        )
        recall = float(right[hidden].mean()) if hidden.any() else float("nan")
        return KindScore(kind, about, int(mask.sum()), model_share, low, high, plain, blindly, recall)

    present = [kind for kind in KINDS if (kinds == kind).any()]
    return Score(
        tuple(row(kind, "change" if kind in DOUBLE else "one", kinds == kind) for kind in present),
        row("all", "", everything),
        calibration_error(confidence, right),
        float(np.quantile(latency_s, 0.5)),
        float(np.quantile(latency_s, 0.95)),
        float(np.quantile(processor_s, 0.5)),
        float(np.quantile(processor_s, 0.95)),
    )


def _blind_answer(model: EmbeddedModel, blind: InferenceSession, question: Question) -> str:
    state = np.zeros((1, STATE), np.float32)
    pair = np.full((1, 1), float(question.before is not None), np.float32)
    ids = word_ids(question.text).reshape(1, WORDS, PIECES)
    # Its graph has lost the inputs that it does not look at.
    kept = {one.name for one in blind.get_inputs()}
    inputs = {"ids": ids, "before": state, "last": state, "pair": pair}
    logits = blind.run(None, {name: value for name, value in inputs.items() if name in kept})[0]
    return model.card.layout.answers[int(np.argmax(np.asarray(logits)[0]))]


def clustered_interval(right: np.ndarray, scenes: np.ndarray, seed: int) -> tuple[float, float]:
    """95 % interval of the mean of ``right`` (n,), by drawing whole scenes (n,) again."""
    rng = np.random.default_rng([seed, 78])
    names, inverse = np.unique(scenes, return_inverse=True)
    sums, counts = np.bincount(inverse, right.astype(float)), np.bincount(inverse)
    draws = rng.integers(len(names), size=(ROUNDS, len(names)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of confidences (n,) in 0..1."""
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    parts = [index == i for i in range(bins)]
    gaps = [abs(float(confidence[p].mean() - right[p].mean())) * int(p.sum()) for p in parts if p.any()]
    return sum(gaps) / len(right)


def majority_of(bank: Bank, rng: np.random.Generator, draws: int = 400) -> dict[str, str]:
    """The most frequent answer to each kind of question."""
    found = {}
    for kind in KINDS:
        answers: Sequence[str] = [bank.draw(rng, False, kind).answer for _ in range(draws)]
        found[kind] = max(sorted(set(answers)), key=answers.count)
    return found
