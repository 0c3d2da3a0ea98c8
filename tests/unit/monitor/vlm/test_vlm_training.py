from pathlib import Path

import numpy as np
import pytest
import torch

from touchloop.monitor.vlm.augment import augmented
from touchloop.monitor.vlm.bank import Bank
from touchloop.monitor.vlm.embedded import session_of
from touchloop.monitor.vlm.export import export_eye, export_reader
from touchloop.monitor.vlm.eye import FACT_LOGITS, SLOTS, Eye
from touchloop.monitor.vlm.facts import LANDMARKS, SIZES
from touchloop.monitor.vlm.pictures import make_pictures
from touchloop.monitor.vlm.questions import ANSWERS
from touchloop.monitor.vlm.reader import STATE, Reader, word_ids
from touchloop.monitor.vlm.score import calibration_error, clustered_interval
from touchloop.monitor.vlm.train_eye import EyeConfig, frames_of, train_eye
from touchloop.monitor.vlm.train_reader import (
    ReaderConfig,
    answer_logits,
    fitted_temperature,
    states_of,
    train_reader,
    true_states,
)


def test_the_eye_learns_and_exports_what_it_computes(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    pictures = make_pictures(tmp_path / "data", 71_000, 2, held_out=False)
    losses: list[float] = []
    eye = train_eye(pictures, EyeConfig(epochs=6, batch=7), lambda _d, _t, loss: losses.append(loss))
    assert losses[-1] < losses[0]
    export_eye(eye, tmp_path / "eye.onnx")
    frame = np.array(pictures.pictures[:1])
    (state,) = session_of(tmp_path / "eye.onnx").run(None, {"picture": frame})
    with torch.no_grad():
        facts, where, _, found = eye(frames_of(frame))
    assert facts.shape == (1, FACT_LOGITS)
    assert where.shape[1] == SLOTS == len(LANDMARKS)
    assert np.abs(np.asarray(state) - states_of(facts.numpy(), found.numpy())).max() < 0.02


def test_the_reader_learns_from_true_states_and_exports(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    pictures = make_pictures(tmp_path / "data", 72_000, 3, held_out=False)
    bank, rng = Bank(pictures, 0), np.random.default_rng(0)
    states = true_states(pictures, rng)
    losses: list[float] = []
    reader = train_reader(bank, [states], ReaderConfig(steps=40, batch=64), lambda _d, _t, loss: losses.append(loss))
    assert losses[-1] < losses[0]
    questions = [bank.draw(rng, held_out=True) for _ in range(20)]
    logits = answer_logits(reader, questions, states)
    assert logits.shape == (20, len(ANSWERS))
    export_reader(reader, tmp_path / "reader.onnx")
    ids, state, pair = word_ids("is it dark?")[None], states[:1], np.ones((1, 1), np.float32)
    (out,) = session_of(tmp_path / "reader.onnx").run(None, {"ids": ids, "before": state, "last": state, "pair": pair})
    with torch.no_grad():
        wanted = reader(*(torch.from_numpy(x) for x in (ids, state, state, pair))).numpy()
    assert np.abs(np.asarray(out) - wanted).max() < 0.05


def test_the_text_only_twin_sees_nothing() -> None:
    twin = Reader(blind=True).eval()
    ids, pair = torch.from_numpy(word_ids("where is the box?")[None]), torch.ones(1, 1)
    with torch.no_grad():
        one, other = (twin(ids, torch.full((1, STATE), v), torch.full((1, STATE), v), pair) for v in (0.0, 1.0))
    assert torch.equal(one, other)
    assert sum(SIZES) + 3 * len(LANDMARKS) == STATE


def test_a_fact_can_be_copied_into_every_answer_about_places() -> None:
    reader = Reader()
    copied = {ANSWERS[i] for i in torch.nonzero(reader.said.sum(dim=0) > 0).flatten().tolist()}
    assert {"unknown", "nothing", "left hole", "rack", "elsewhere", "both grippers", "partly wiped"} <= copied
    assert not {"zero", "neither"} & copied


def test_words_are_read_without_regard_to_case_and_signs() -> None:
    assert np.array_equal(word_ids("Is it DARK?"), word_ids("is it dark"))
    assert not np.array_equal(word_ids("is it dark"), word_ids("it is dark"))
    assert word_ids("?!").sum() == 0
    assert word_ids("word " * 500).shape == word_ids("a").shape


def test_pictures_are_changed_with_their_landmarks() -> None:
    rng = np.random.default_rng(1)
    pictures = np.zeros((6, 480, 640, 3), np.uint8)
    pictures[:, 199:202, 299:302] = 255
    at = np.full((6, 2, 2), np.nan, np.float32)
    at[:, 0] = (300.5, 200.5)
    changed, moved = augmented(pictures, at, rng)
    for picture, (column, row) in zip(changed, moved[:, 0], strict=True):
        rows, columns = np.nonzero(picture.sum(axis=2) > 300)
        assert np.hypot(columns.mean() + 0.5 - column, rows.mean() + 0.5 - row) < 1.0
    assert np.isnan(moved[:, 1]).all()
    _, alike = augmented(pictures, at, rng, alike=True)
    assert (alike[:, 0] == alike[0, 0]).all()
    outside, _ = augmented(pictures[:1], np.full((1, 2, 2), 1.0, np.float32), rng)
    assert outside.dtype == np.uint8


def test_temperature_and_calibration() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 5)) * 2.0
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    goals = np.array([rng.choice(5, p=p) for p in shares])
    assert fitted_temperature(3.0 * logits, goals) == pytest.approx(3.0, rel=0.15)
    assert calibration_error(shares.max(axis=1), shares.argmax(axis=1) == goals) < 0.04
    low, high = clustered_interval(np.ones(50, bool), np.arange(50) // 5, 0)
    assert low == high == 1.0


def test_an_untrained_eye_has_no_opinion_of_its_size() -> None:
    assert 1e6 < sum(p.numel() for p in Eye().parameters()) < 6e6
