"""What follows from pictures, with a judge that says what it is told."""

import pytest

from touchloop.monitor.evidence.pictures import PictureAnswer
from touchloop.monitor.program.model import Condition, Skill, Step
from touchloop.monitor.run.picture_checks import AGAIN_S, PictureChecks
from touchloop.monitor.verdict import Verdict

WIPE = Step(2, (1,), Skill("wipe", ("left", "board")))
ARGS = {"arm": "left", "object": "board"}
CLEAN = Condition("clean", ("board",))


def checks(true, confidence, **settings):
    asked = []

    def look(condition):
        asked.append(condition)
        return PictureAnswer(condition, "is the board clean?", true, confidence, 6, 0.01)

    return PictureChecks(look, **settings), asked


@pytest.mark.parametrize(("true", "confidence"), [(True, 0.99), (None, 0.99), (False, 0.5)])
def test_only_a_sure_no_fails_a_step(true, confidence):
    pictures, asked = checks(true, confidence, judges_ends=True)
    assert pictures.at_end(WIPE, ARGS) is None
    assert asked == [CLEAN]


def test_a_sure_no_is_a_verdict_with_the_question_as_evidence():
    pictures, _ = checks(False, 0.95, judges_ends=True)
    verdict = pictures.at_end(WIPE, ARGS)
    assert (verdict.status, verdict.cause, verdict.step) == ("failed", "unknown", 2)
    assert "is the board clean?" in verdict.evidence[0]
    assert (pictures.questions, pictures.tokens) == (1, 6)


def test_ends_are_not_judged_unless_asked_for():
    pictures, asked = checks(False, 0.95)
    assert pictures.at_end(WIPE, ARGS) is None
    assert asked == []


def test_a_step_that_leaves_nothing_to_be_seen_is_not_asked_about():
    pictures, asked = checks(False, 0.95, judges_ends=True)
    assert pictures.at_end(Step(1, (0,), Skill("home", ("left",))), {"arm": "left"}) is None
    assert asked == []


@pytest.mark.parametrize(("true", "confidence", "seen"), [(True, 0.9, True), (False, 0.9, False), (True, 0.5, None)])
def test_where_poses_tell_nothing_a_sure_picture_stands_and_is_not_asked_at_each_tick(true, confidence, seen):
    pictures, asked = checks(true, confidence)
    assert [pictures.holds(CLEAN, 0.002 * tick) for tick in range(100)] == [seen] * 100
    assert len(asked) == 1
    pictures.holds(CLEAN, 0.2 + AGAIN_S)
    assert len(asked) == 2


@pytest.mark.parametrize("true", [True, False, None])
def test_a_verdict_is_never_overruled(true):
    pictures, _ = checks(true, 0.99)
    verdict = Verdict("failed", "translation", 2, 0.8, ("15 mm aside",))
    after = pictures.beside(verdict, WIPE, ARGS)
    assert (after.status, after.cause, after.step) == ("failed", "translation", 2)
    assert after.evidence[0] == "15 mm aside"
    assert (after.confidence < verdict.confidence) is (true is True)


def test_a_doubt_stays_a_doubt():
    pictures, _ = checks(True, 0.99)
    doubt = Verdict("unknown", None, 2, 0.6, ("it presses with 30 N",))
    after = pictures.beside(doubt, WIPE, ARGS)
    assert (after.status, after.confidence, len(after.evidence)) == ("unknown", 0.6, 2)
