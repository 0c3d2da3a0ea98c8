import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.tasks.perturbation import (
    BOARD_SHIFT_M,
    FIRST_AFTER_CONTACT_S,
    PUSH_BOUND_N,
    PUSH_DURATION_S,
    SECOND_AFTER_CONTACT_S,
    BoardShift,
    PerturbationSchedule,
    Push,
    checked_kind,
)

TIMES = np.arange(0.0, 5.0, 0.004)
seeds = st.integers(0, 10_000)


def schedule(kind: str, seed: int) -> PerturbationSchedule:
    return PerturbationSchedule(checked_kind(kind), np.random.default_rng(seed))


def course(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Displacements and pushes over the time since first contact."""
    plan = schedule(kind, seed)
    acts = [plan.at(10.0 + t, t) for t in TIMES]
    return np.array([a.board_displacement_in_base for a in acts]), np.array([a.push_in_base for a in acts])


@given(seeds)
def test_magnitudes_and_times_keep_their_stated_bounds(seed: int) -> None:
    displacement, push = course("both", seed)
    assert not displacement[:, :2].any()
    after_one = np.abs(displacement[SECOND_AFTER_CONTACT_S[0] > TIMES, 2].max(initial=0.0, where=True))
    assert after_one <= BOARD_SHIFT_M[1]
    assert np.abs(displacement[:, 2]).max() <= 2 * BOARD_SHIFT_M[1]
    assert (np.abs(push) <= PUSH_BOUND_N).all()
    quiet = FIRST_AFTER_CONTACT_S[0]
    assert not displacement[quiet > TIMES].any()
    assert not push[quiet > TIMES].any()
    assert not push[SECOND_AFTER_CONTACT_S[1] + PUSH_DURATION_S < TIMES].any()
    assert push.any()
    assert displacement.any()


@given(seeds)
def test_both_is_board_and_push_together_and_none_is_nothing(seed: int) -> None:
    displacement, push = course("both", seed)
    np.testing.assert_array_equal(course("board", seed)[0], displacement)
    np.testing.assert_array_equal(course("push", seed)[1], push)
    for nothing in (course("board", seed)[1], course("push", seed)[0], *course("none", seed)):
        assert not nothing.any()


@given(seeds)
def test_the_board_glides_and_never_jumps(seed: int) -> None:
    displacement, _ = course("board", seed)
    speed = np.abs(np.diff(displacement[:, 2])) / 0.004
    assert speed.max() < 2 * 0.5 * np.pi * BOARD_SHIFT_M[1] / 0.3


def test_without_contact_nothing_planned_happens_but_what_is_added_by_hand_does() -> None:
    plan = schedule("both", 0)
    assert not plan.at(5.0, None).push_in_base.any()
    assert plan.acting(5.0, None) == ""
    force = np.array([0.0, 3.0, 0.0])
    plan.add(Push(2.0, force))
    np.testing.assert_array_equal(plan.at(2.2, None).push_in_base, force)
    assert plan.acting(2.2, None) == "push"
    plan.add(BoardShift(2.1, np.array([0.01, 0.0, 0.0])))
    assert plan.acting(2.2, None) == "both"
    np.testing.assert_allclose(plan.at(9.0, None).board_displacement_in_base, [0.01, 0.0, 0.0])
    assert plan.acting(9.0, None) == ""


def test_an_unknown_kind_names_the_valid_ones() -> None:
    with pytest.raises(InputError, match="perturbation 'quake': expected one of none, board, push, both"):
        checked_kind("quake")
