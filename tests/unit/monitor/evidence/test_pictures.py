from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.monitor.evidence.pictures import SURE, PictureAnswer, fused, look, question_of
from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.skills import REGISTRY

CLEAN = Condition("clean", ("board",))
PICTURE = np.zeros((4, 4, 3), np.uint8)


@dataclass
class Says:
    text: str
    confidence: float

    def ask(self, pictures, question):
        self.asked, self.shown = question, pictures
        return self


def test_every_condition_can_be_asked():
    for spec in REGISTRY.conditions.values():
        question = question_of(Condition(spec.name, tuple(p.values[0] for p in spec.parameters)))
        assert question.endswith("?")
        assert "{" not in question
        assert "_" not in question


def test_an_unknown_condition_is_refused():
    with pytest.raises(InputError, match="clean"):
        question_of(Condition("tidy", ()))


@pytest.mark.parametrize(
    ("text", "true"), [("Yes.", True), ("no", False), ("blue", None), ("", None), ("yes, or no", None)]
)
def test_only_yes_and_no_count(text, true):
    judge = Says(text, 0.9)
    assert look(judge, [PICTURE], CLEAN).true is true
    assert judge.asked == "is the board clean?"


@pytest.mark.parametrize("confidence", [float("nan"), -1.0, 7.0])
def test_a_senseless_confidence_is_bounded(confidence):
    assert 0.0 <= look(Says("yes", confidence), [PICTURE], CLEAN).confidence <= 1.0


ANSWERS = st.builds(PictureAnswer, st.just(CLEAN), st.just("?"), st.sampled_from([True, False, None]), st.floats(0, 1))


@given(st.booleans(), st.floats(0.0, 1.0), st.none() | ANSWERS)
def test_geometry_is_never_overruled(seen, confidence, answer):
    true, after = fused(seen, confidence, answer)
    assert true is seen
    assert 0.0 <= after <= 1.0
    if answer is not None and answer.true is seen:
        assert after >= confidence
    else:
        assert after <= confidence


@given(ANSWERS)
def test_where_geometry_is_blind_only_a_sure_picture_counts(answer):
    true, _ = fused(None, 0.0, answer)
    assert true is (answer.true if answer.confidence >= SURE else None)
