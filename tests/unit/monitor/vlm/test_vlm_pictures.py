from pathlib import Path

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.monitor.vlm.bank import Bank
from touchloop.monitor.vlm.facts import HIDDEN, LANDMARKS, TIMES
from touchloop.monitor.vlm.look import Looks, Onlooker
from touchloop.monitor.vlm.pictures import (
    APART,
    HELD_OUT_HUES,
    PER_SCENE,
    Pictures,
    make_pictures,
    read_pictures,
    trained_looks,
)
from touchloop.monitor.vlm.questions import ANSWERS, KINDS, UNKNOWN
from touchloop.monitor.vlm.reader import STATE
from touchloop.monitor.vlm.states import StateMaker
from touchloop.monitor.vlm.train_eye import shown_landmarks
from touchloop.monitor.vlm.train_reader import true_states
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.sampling import HUES

PLAIN = Looks(np.zeros(3), np.zeros(3), 1.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return make_pictures(tmp_path_factory.mktemp("pictures"), 70_000, 4, held_out=True)


def test_a_bench_at_rest_is_what_it_is() -> None:
    onlooker = Onlooker()
    with Workbench() as bench:
        bench.reset(3)
        picture, seen = onlooker.look(bench, PLAIN)
        assert picture.shape == (480, 640, 3)
        assert seen.facts["light"] == "on"
        assert seen.facts["box"] == "stand"
        assert {seen.facts[name] for name in ("wiper", "round_peg", "square_peg")} <= {"rack", HIDDEN}
        assert {seen.facts["left_hand"], seen.facts["right_hand"]} <= {"nothing", HIDDEN}
        assert seen.facts["board"] in ("inked", HIDDEN)
        assert seen.facts["switch"] == "off"
        shown = bench.render("overview", TIMES)
        bench.light(False)
        dark, hidden = onlooker.look(bench, PLAIN)
    onlooker.close()
    assert np.abs(shown.astype(int) - picture).mean() < 25.0  # the bench's own camera is mounted with an error
    assert dark.max() < 15
    assert hidden.facts["light"] == "off"
    assert hidden.facts["wiper"] == hidden.facts["board"] == HIDDEN


def test_made_states_agree_with_themselves() -> None:
    onlooker, rng = Onlooker(), np.random.default_rng(4)
    with Workbench() as bench:
        bench.reset(5)
        maker = StateMaker(bench, rng)
        for index in range(12):
            (maker.shuffle if index % 3 == 0 else maker.change_one)()
            truth = bench.truth()
            _, seen = onlooker.look(bench, PLAIN)
            for arm, held in zip(("left", "right"), truth.holds, strict=True):
                assert seen.facts[f"{arm}_hand"] in (held or "nothing", "box", HIDDEN)
            for name in ("wiper", "round_peg", "square_peg"):
                assert (bench.scene.tools[name].state == "held") == (name in truth.holds)
    onlooker.close()


def test_pictures_are_kept_and_read_again(made: Pictures, tmp_path: Path) -> None:
    assert made.pictures.shape == (4 * PER_SCENE, 480, 640, 3)
    assert made.scenes == 4
    assert shown_landmarks(made).shape == (4 * PER_SCENE, len(LANDMARKS))
    assert true_states(made, np.random.default_rng(0)).shape == (4 * PER_SCENE, STATE)
    again = make_pictures(tmp_path, 70_000, 1, held_out=True)
    assert np.array_equal(again.pictures, made.pictures[:PER_SCENE])
    assert np.array_equal(read_pictures(tmp_path).codes, again.codes)
    with pytest.raises(InputError, match="no pictures"):
        read_pictures(tmp_path / "none")


def test_held_out_colours_are_far_from_trained_ones() -> None:
    far = np.linalg.norm(np.array(HELD_OUT_HUES)[:, None] - np.array(HUES)[None], axis=2)
    assert far.min() > 0.2
    looks = [trained_looks(np.random.default_rng(seed)) for seed in range(60)]
    drawn = np.array([rgb for look in looks for rgb in look.rgb.values()])
    assert len(drawn) > 100
    assert np.linalg.norm(np.array(HELD_OUT_HUES)[:, None] - drawn[None], axis=2).min() > APART


def test_questions_are_balanced(made: Pictures) -> None:
    bank, rng = Bank(made, 0), np.random.default_rng(0)
    for kind in KINDS:
        asked = [bank.draw(rng, False, kind) for _ in range(60)]
        assert all(q.answer in ANSWERS for q in asked)
        known = [q.answer for q in asked if q.answer != UNKNOWN]
        if len(set(known)) > 1:
            share = max(known.count(a) for a in set(known)) / len(known)
            assert share < 0.9, (kind, share)
