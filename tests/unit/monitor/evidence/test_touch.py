import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchloop.monitor.evidence.touch import Felt

DT_S = 0.004
FORCES = st.floats(-20.0, 20.0)


def felt_after(felt, force, seconds):
    for _ in range(round(seconds / DT_S)):
        felt = felt.step(np.array([*force, 0.0, 0.0, 0.0]), DT_S)
    return felt


@given(FORCES, FORCES, FORCES)
def test_a_tool_of_any_weight_is_no_contact(x, y, z):
    weight = np.array([x, y, z])
    assert not felt_after(Felt.start(np.array([*weight, 0, 0, 0])), weight, 1.0).contact


@given(FORCES, st.floats(4.0, 40.0))
def test_a_push_on_top_of_the_weight_is_one(weight, push):
    felt = felt_after(Felt.start(np.array([0, 0, weight, 0, 0, 0])), (0.0, 0.0, weight), 0.5)
    felt = felt_after(felt, (0.0, 0.0, weight + push), 0.1)
    assert felt.contact
    assert abs(felt.force_n - push) < 0.35 * push
    assert not felt_after(felt, (0.0, 0.0, weight), 0.3).contact


def test_another_tool_is_no_contact():
    felt = felt_after(Felt.start(np.zeros(6)), (0.0, 0.0, 0.0), 0.5).tared()
    assert not felt_after(felt, (0.0, 0.0, -6.0), 1.0).contact
