"""The network that answers: a question's words and the facts seen in one or two pictures in, an answer out."""

import re
import zlib
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from touchloop.monitor.vlm.facts import FACTS, LANDMARKS, SIZES, STARTS
from touchloop.monitor.vlm.questions import ANSWERS, BOARD_WORDS, spoken

WORDS, PIECES = 24, 10
BUCKETS = 8192
WIDTH, HEADS, VALUE = 96, 6, 48
QUESTION, SUMS = 192, 8
LEAST_SHARE = 0.01
"""Added to what is copied, so that nothing is ruled out."""
PLACES = len(LANDMARKS)
STATE = STARTS[-1] + 3 * PLACES
"""Size of what is seen in one picture: probabilities of facts, then place and sureness of each landmark."""


def word_ids(text: str) -> np.ndarray:
    """(WORDS, PIECES) int64: each word as buckets of itself and of its three-letter pieces; 0 is nothing."""
    ids = np.zeros((WORDS, PIECES), np.int64)
    for row, name in enumerate(re.findall(r"[a-z0-9]+", text.lower())[:WORDS]):
        found = _buckets(name)
        ids[row, : len(found)] = found
    return ids


@lru_cache(maxsize=4096)
def _buckets(name: str) -> list[int]:
    padded = f"<{name}>"
    pieces = [name, *(padded[i : i + 3] for i in range(len(padded) - 2))][:PIECES]
    return [1 + zlib.crc32(piece.encode()) % (BUCKETS - 1) for piece in pieces]


def _said() -> np.ndarray:
    """(fact values, answers) 1 where a value is an answer."""
    said = np.zeros((STARTS[-1], len(ANSWERS)), np.float32)
    for start, (name, values) in zip(STARTS, FACTS.items(), strict=False):
        for index, value in enumerate(values):
            word = BOARD_WORDS[value] if name == "board" else spoken(value)
            if word in ANSWERS:
                said[start + index, ANSWERS.index(word)] = 1.0
    return said


class Reader(nn.Module):
    """Words choose which facts to read; a few layers that words modulate turn them into an answer.

    Args:
        blind: sees no pictures: the text-only baseline.
    """

    said: Tensor
    spread: Tensor

    def __init__(self, blind: bool = False) -> None:
        super().__init__()
        self.blind = blind
        self.embed = nn.Embedding(BUCKETS, WIDTH, padding_idx=0)
        self.drop = nn.Dropout(0.15)
        self.along = nn.ModuleList(nn.Linear(3 * WIDTH, WIDTH) for _ in range(2))
        self.pool = nn.Linear(WIDTH, 4)
        self.question = nn.Sequential(nn.Linear(4 * WIDTH, QUESTION), nn.ReLU(), nn.Linear(QUESTION, QUESTION))
        self.values = nn.ModuleList(nn.Linear(2 * size + 1, VALUE) for size in SIZES)
        self.places = nn.ModuleList(nn.Linear(10, VALUE) for _ in range(PLACES))
        self.heads = nn.Linear(QUESTION, HEADS * (len(SIZES) + PLACES))
        self.copy = nn.Linear(QUESTION, 2 * len(SIZES) + 1)
        self.copy_gain = nn.Linear(QUESTION, 1)
        self.sums = nn.Linear(QUESTION, SUMS * 2 * STARTS[-1])
        self.register_buffer("said", torch.from_numpy(_said()))
        self.register_buffer("spread", torch.eye(2 * len(SIZES)).repeat_interleave(torch.tensor(SIZES * 2), dim=1))
        self.read = nn.Linear(HEADS * VALUE + SUMS + QUESTION, 256)
        self.scale = nn.ModuleList(nn.Linear(QUESTION, 2 * 256) for _ in range(2))
        self.layers = nn.ModuleList(nn.Linear(256, 256) for _ in range(2))
        self.answer = nn.Linear(256, len(ANSWERS))

    def forward(self, ids: Tensor, before: Tensor, last: Tensor, pair: Tensor) -> Tensor:
        """(n, answers) logits.

        Args:
            ids: (n, WORDS, PIECES) of the question.
            before, last: (n, STATE) seen in the earlier and the last picture.
            pair: (n, 1) 1 if there is an earlier picture, else 0.
        """
        return self.answers(self.question_code(ids), before, last, pair)

    def answers(self, q: Tensor, before: Tensor, last: Tensor, pair: Tensor) -> Tensor:
        """The same from a question's code (n, QUESTION)."""
        if self.blind:
            before, last = torch.zeros_like(before), torch.zeros_like(last)
        before = before * pair
        tokens = torch.stack(self._tokens(before, last, pair), dim=1)
        weights = self.heads(q).reshape(len(q), HEADS, -1).softmax(dim=-1)
        read = (weights @ tokens).flatten(1)
        facts = torch.cat([before[:, : STARTS[-1]], last[:, : STARTS[-1]]], dim=-1)
        sums = (self.sums(q).reshape(len(q), SUMS, -1) @ facts[:, :, None])[:, :, 0]
        h = torch.relu(self.read(torch.cat([read, sums, q], dim=-1)))
        for scale, layer in zip(self.scale, self.layers, strict=True):
            gain, shift = scale(q).chunk(2, dim=-1)
            h = h + torch.relu(layer(h) * (1.0 + gain) + shift)
        return self.answer(h) + self._copied(q, facts)

    def _copied(self, q: Tensor, facts: Tensor) -> Tensor:
        """(n, answers) logits: the words chose facts whose values, as answers, are likely."""
        shares = self.copy(q).softmax(dim=-1)[:, :-1]
        likely = (shares @ self.spread * facts).reshape(len(q), 2, -1).sum(dim=1) @ self.said
        return nn.functional.softplus(self.copy_gain(q)) * torch.log(likely + LEAST_SHARE)

    def question_code(self, ids: Tensor) -> Tensor:
        """(n, QUESTION) what a question asks."""
        pieces = (ids > 0).float().sum(dim=2, keepdim=True)
        there = (pieces > 0).float()
        x = self.drop(self.embed(ids).sum(dim=2) / pieces.clamp(min=1.0).sqrt())
        for layer in self.along:
            # Each word with its neighbours.
            wide = nn.functional.pad(x * there, (0, 0, 1, 1))
            x = x + torch.relu(layer(torch.cat([wide[:, :-2], wide[:, 1:-1], wide[:, 2:]], dim=-1)))
        attention = (self.pool(x) - 1e4 * (1.0 - there)).softmax(dim=1)
        return self.question((attention.transpose(1, 2) @ x).flatten(1))

    def _tokens(self, before: Tensor, last: Tensor, pair: Tensor) -> list[Tensor]:
        tokens = []
        for index, layer in enumerate(self.values):
            part = slice(STARTS[index], STARTS[index + 1])
            tokens.append(torch.relu(layer(torch.cat([before[:, part], last[:, part], pair], dim=-1))))
        for index, layer in enumerate(self.places):
            part = slice(STARTS[-1] + 3 * index, STARTS[-1] + 3 * index + 3)
            a, b = before[:, part], last[:, part]
            moved = (a[:, :2] - b[:, :2]) * pair
            far = moved.square().sum(dim=1, keepdim=True).sqrt()
            tokens.append(torch.relu(layer(torch.cat([a, b, 10.0 * moved, 10.0 * far, pair], dim=-1))))
        return tokens
