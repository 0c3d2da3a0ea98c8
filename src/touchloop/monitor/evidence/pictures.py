"""What pictures say about a condition, and what it counts beside geometry: it explains, and sees what poses do not."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from touchloop.errors import InputError
from touchloop.monitor.program.model import Condition

SURE = 0.8
"""Of a picture's answer, from which on it stands alone where geometry knows nothing."""
DOUBT = 0.7
"""What is left of the confidence in geometry when a picture says otherwise, and is sure."""
QUESTIONS = {
    "clean": "is the {0} clean?",
    "pressed": "is the {0} on?",
    "inserted": "is the {0} in the {1}?",
    "at": "is the {0} on the {1}?",
    "holding": "is the {1} in the {0} gripper?",
    "free": "is the {0} gripper empty?",
    "lifted": "is the {0} lifted?",
    "lit": "is the light on?",
    "near": "is the {0} arm near the {1}?",
}
YES, NO = ("yes", "true"), ("no", "false")


class Answered(Protocol):
    """An answer of a vision-language model.

    Attributes:
        text: short.
        confidence: 0 to 1.
    """

    @property
    def text(self) -> str:
        """See above."""
        ...

    @property
    def confidence(self) -> float:
        """See above."""
        ...


class Judge(Protocol):
    """A vision-language model, embedded or behind an endpoint."""

    def ask(self, pictures: Sequence[np.ndarray], question: str) -> Answered:
        """Answer a question about one or two pictures (H, W, 3) uint8."""
        ...


@dataclass(frozen=True, slots=True)
class PictureAnswer:
    """What a picture says about a condition.

    Attributes:
        condition: asked about.
        question: as it was asked.
        true: yes or no; None: anything else.
        confidence: 0 to 1.
        tokens: that question and answer cost; words, where the model does not count.
        latency_s: from question to answer.
    """

    condition: Condition
    question: str
    true: bool | None
    confidence: float
    tokens: int = 0
    latency_s: float = 0.0

    def __str__(self) -> str:
        word = {True: "yes", False: "no", None: "unknown"}[self.true]
        return f"asked of the picture '{self.question}': {word} ({self.confidence:.2f})"


def question_of(condition: Condition) -> str:
    """The condition as a question.

    Raises:
        InputError: no such condition.
    """
    if condition.name not in QUESTIONS:
        raise InputError(f"condition '{condition.name}': expected one of {', '.join(QUESTIONS)}")
    return QUESTIONS[condition.name].format(*(name.replace("_", " ") for name in condition.arguments))


def look(judge: Judge, pictures: Sequence[np.ndarray], condition: Condition) -> PictureAnswer:
    """Ask a judge about a condition; what it says that is neither yes nor no counts as unknown."""
    question = question_of(condition)
    started_s = time.perf_counter()
    answer = judge.ask(pictures, question)
    latency_s = time.perf_counter() - started_s
    tokens = int(getattr(answer, "tokens", len(question.split()) + len(answer.text.split())))
    word = answer.text.strip().lower().rstrip(".!")
    confidence = answer.confidence if np.isfinite(answer.confidence) else 0.0
    true = True if word in YES else False if word in NO else None
    return PictureAnswer(condition, question, true, float(np.clip(confidence, 0.0, 1.0)), tokens, latency_s)


def fused(seen: bool | None, confidence: float, picture: PictureAnswer | None) -> tuple[bool | None, float]:
    """Geometry and a picture together.

    Args:
        seen: what poses say; None: nothing.
        confidence: in that.
        picture: the picture's answer, if one was asked.

    Returns:
        Whether the condition holds, None for unknown, and the confidence. Geometry is never overruled: vision-language
        models are poor detectors of failure (balanced accuracy 0.47 in arXiv 2508.02629).
    """
    if picture is None or picture.true is None:
        return seen, confidence if seen is not None else 0.0
    if seen is None:
        return (picture.true, picture.confidence) if picture.confidence >= SURE else (None, picture.confidence)
    if picture.true == seen:
        return seen, max(confidence, 1.0 - (1.0 - confidence) * (1.0 - 0.5 * picture.confidence))
    return seen, confidence * (DOUBT if picture.confidence >= SURE else 1.0)
