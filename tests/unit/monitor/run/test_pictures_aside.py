import threading
import time

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.monitor.evidence.judges import Said
from touchloop.monitor.program.model import Condition
from touchloop.monitor.run import pictures_aside
from touchloop.monitor.run.pictures_aside import PicturesAside

LIT = Condition("lit", ())
PRESSED = Condition("pressed", ("switch",))
PICTURE = np.zeros((4, 4, 3), np.uint8)


class Slow:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.questions: list[str] = []

    def ask(self, _pictures, question):
        self.let.wait(10.0)
        self.questions.append(question)
        if "switch" in question:
            raise RuntimeError("no memory is left")
        return Said("yes", 0.9, 3)


@pytest.fixture
def slow():
    return Slow()


def answers_of(aside, number):
    found, until_s = [], time.monotonic() + 10.0
    while len(found) < number:
        assert time.monotonic() < until_s
        found += aside.answers()
    return found


def test_nobody_waits_and_the_answer_is_there_later(slow):
    aside = PicturesAside(slow, lambda: PICTURE)
    for _ in range(3):
        assert aside.look(LIT).true is None
    assert aside.answers() == []
    slow.let.set()
    (answer,) = answers_of(aside, 1)
    assert (answer.condition, answer.true, answer.confidence, answer.tokens) == (LIT, True, 0.9, 3)
    assert aside.look(LIT) == answer
    assert slow.questions == ["is the light on?"]
    aside.close()


def test_an_old_answer_is_asked_for_again(slow, monkeypatch):
    monkeypatch.setattr(pictures_aside, "FRESH_S", 0.0)
    slow.let.set()
    aside = PicturesAside(slow, lambda: PICTURE)
    for asked in (1, 2):
        assert aside.look(LIT).true is None
        answers_of(aside, 1)
        assert len(slow.questions) == asked
    aside.close()


def test_a_model_that_fails_does_not_know_and_is_asked_again(slow):
    slow.let.set()
    aside = PicturesAside(slow, lambda: PICTURE)
    aside.look(PRESSED)
    aside.look(LIT)
    assert [answer.true for answer in answers_of(aside, 2)] == [None, True]
    aside.close()


def test_without_a_picture_nothing_is_asked(slow):
    slow.let.set()
    aside = PicturesAside(slow, lambda: None)
    assert aside.look(LIT).true is None
    assert aside.answers() == []
    with pytest.raises(InputError, match="condition 'loud'"):
        aside.look(Condition("loud", ()))
    aside.close()
