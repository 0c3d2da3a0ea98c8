"""The embedded model at work: pictures and a question in, a short answer with its confidence out."""

import io
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from PIL import Image

from touchloop.errors import InputError
from touchloop.monitor.vlm.card import EYE, READER, VlmCard, default_folder, read_card
from touchloop.monitor.vlm.questions import ANSWERS
from touchloop.monitor.vlm.reader import STATE, word_ids

HEIGHT, WIDTH = 480, 640
MAX_PICTURES = 2
MAX_PIXELS = 4096 * 4096
MAX_QUESTION = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says."""

    text: str
    """One of ``ANSWERS``; 'unknown' if the pictures do not tell."""
    confidence: float
    """0 to 1: how often such an answer is right, on scenes like those of the validation."""
    latency_s: float


class EmbeddedModel:
    """Asks the networks on one processor core. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        self.card: VlmCard = read_card(folder)
        self._eye, self._reader = (session_of(folder / name) for name in (EYE, READER))
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path | None = None) -> "EmbeddedModel":
        """The model in a folder; None: the one that ships with the project.

        Raises:
            InputError: no weights there, damaged, or made by another version.
        """
        return cls(folder or default_folder())

    def ask(
        self, pictures: Sequence[np.ndarray | bytes], question: str, allowed: Sequence[str] | None = None
    ) -> Answer:
        """The answer to a question.

        Args:
            pictures: one or two overview pictures of the bench, the earlier first: RGB (height, width, 3) uint8, or
                PNG or JPEG files. Questions about one moment are about the last.
            question: in English.
            allowed: answer with one of these, compared without regard to case; None: with any.

        Raises:
            InputError: no picture, more than two, one that cannot be read, an empty or very long question, or none of
                the allowed answers is one that the model knows.
        """
        started_s = time.perf_counter()
        if not 1 <= len(pictures) <= MAX_PICTURES:
            raise InputError(f"{len(pictures)} pictures: expected one, or two of which the earlier comes first")
        question = question.strip()
        if not question or len(question) > MAX_QUESTION:
            raise InputError(f"question of {len(question)} characters: expected 1 to {MAX_QUESTION}")
        keep = _allowed(allowed)
        frames = [as_frame(picture) for picture in pictures]
        with self._lock:
            states = [self._eye.run(None, {"picture": frame[None]})[0] for frame in frames]
            pair = len(states) == MAX_PICTURES
            inputs = {
                "ids": word_ids(question)[None],
                "before": states[0] if pair else np.zeros((1, STATE), np.float32),
                "last": states[-1],
                "pair": np.full((1, 1), float(pair), np.float32),
            }
            logits = np.asarray(self._reader.run(None, inputs)[0])[0] / self.card.temperature
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        best = max(keep, key=lambda name: float(shares[ANSWERS.index(name)]))
        return Answer(best, float(shares[ANSWERS.index(best)]), time.perf_counter() - started_s)


def session_of(path: Path) -> onnxruntime.InferenceSession:
    """An ONNX graph on one core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def as_frame(picture: np.ndarray | bytes) -> np.ndarray:
    """(480, 640, 3) uint8 RGB; a smaller picture is enlarged, though that shows no more.

    Raises:
        InputError: not a picture.
    """
    if isinstance(picture, bytes):
        picture = _decoded(picture)
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise InputError(f"picture {picture.shape} {picture.dtype}: expected (height, width, 3) uint8")
    if picture.shape[:2] != (HEIGHT, WIDTH):
        smaller = picture.shape[0] > HEIGHT
        picture = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.ascontiguousarray(picture)


def _decoded(data: bytes) -> np.ndarray:
    """(height, width, 3) uint8 RGB of a PNG or JPEG file."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            # The size comes first: a small file can hold a picture that fills the memory.
            width, height = opened.size
            if width * height > MAX_PIXELS:
                raise InputError(f"picture of {width} x {height} pixels: expected at most {MAX_PIXELS} in all")
            return np.asarray(opened.convert("RGB"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"picture of {len(data)} bytes: cannot be read; a PNG or JPEG file is expected") from error


def _allowed(allowed: Sequence[str] | None) -> list[str]:
    if allowed is None:
        return list(ANSWERS)
    asked = {name.strip().lower().replace("_", " ") for name in allowed}
    keep = [name for name in ANSWERS if name in asked]
    if not keep:
        raise InputError(f"allowed answers {sorted(asked)}: none of them is one of {', '.join(ANSWERS)}")
    return keep
