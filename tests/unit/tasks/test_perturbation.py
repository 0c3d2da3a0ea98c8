import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.tasks.perturbation import (
    BEFORE_NEAR_S,
    FIRST_AFTER_CONTACT_S,
    SECOND_AFTER_CONTACT_S,
    Bounds,
    Magnitudes,
    ObjectShift,
    PerturbationSchedule,
    Push,
    checked_kind,
)

MAGNITUDES = Magnitudes(
    before_shift_m=Bounds((0.005, 0.005, 0.010), (0.010, 0.010, 0.020)),
    after_shift_m=Bounds((0.0, 0.0, 0.010), (0.0, 0.0, 0.020)),
)
FREE_OBJECT = Magnitudes(
    before_shift_m=MAGNITUDES.before_shift_m,
    after_shift_m=None,
    after_push_n=Bounds((2.0, 0.0, 0.0), (4.0, 0.0, 0.0)),
)
TIMES = np.arange(0.0, 5.0, 0.004)
seeds = st.integers(0, 10_000)


def schedule(kind: str, seed: int, magnitudes: Magnitudes = MAGNITUDES) -> PerturbationSchedule:
    return PerturbationSchedule(checked_kind(kind), magnitudes, np.random.default_rng(seed))


def course(kind: str, seed: int, magnitudes: Magnitudes = MAGNITUDES) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Displacements, pushes on the object and on the arm over the time since first contact (near long before)."""
    plan = schedule(kind, seed, magnitudes)
    acts = [plan.at(10.0 + t, 5.0 + t, t) for t in TIMES]
    return (
        np.array([a.object_displacement_in_world for a in acts]),
        np.array([a.object_push_in_world for a in acts]),
        np.array([a.arm_push_in_world for a in acts]),
    )


@given(seeds, st.tuples(*[st.floats(0.0, 1.0)] * 3), st.tuples(*[st.floats(0.0, 1.0)] * 3))
def test_bounds_give_each_component_a_size_between_least_and_most(
    seed: int, least: tuple[float, float, float], more: tuple[float, float, float]
) -> None:
    most = tuple(a + b for a, b in zip(least, more, strict=True))
    size = np.abs(Bounds(least, most).draw(np.random.default_rng(seed)))  # type: ignore[arg-type]
    assert (size >= least).all()
    assert (size <= most).all()


def test_bounds_draw_both_signs_in_every_component() -> None:
    rng = np.random.default_rng(0)
    signs = np.sign([MAGNITUDES.before_shift_m.draw(rng) for _ in range(50)])
    assert (signs.min(axis=0) == -1.0).all()
    assert (signs.max(axis=0) == 1.0).all()


@given(seeds)
def test_magnitudes_and_times_keep_their_stated_bounds(seed: int) -> None:
    displacement, on_object, push = course("both", seed)
    least, most = 0.010, 0.020
    assert not displacement[:, :2].any()
    assert not on_object.any()
    assert np.abs(displacement[SECOND_AFTER_CONTACT_S[0] > TIMES, 2]).max() <= most
    one = np.abs(displacement[FIRST_AFTER_CONTACT_S[1] + MAGNITUDES.shift_duration_s < TIMES, 2][0])
    assert least <= one <= most
    assert np.abs(displacement[:, 2]).max() <= 2 * most
    assert (np.abs(push) <= MAGNITUDES.arm_push_n.most).all()
    quiet = FIRST_AFTER_CONTACT_S[0]
    assert not displacement[quiet > TIMES].any()
    assert not push[quiet > TIMES].any()
    assert not push[SECOND_AFTER_CONTACT_S[1] + MAGNITUDES.push_duration_s < TIMES].any()
    assert push.any()
    assert displacement.any()


@given(seeds)
def test_before_moves_the_object_once_since_the_tool_is_near_and_whatever_is_touched(seed: int) -> None:
    plan = schedule("before", seed)
    assert not plan.at(9.0, None, None).object_displacement_in_world.any()
    moved = np.array([plan.at(9.0, near, None).object_displacement_in_world for near in TIMES])
    assert not moved[0].any()
    end = np.abs(moved[BEFORE_NEAR_S[1] + MAGNITUDES.shift_duration_s < TIMES])
    assert (end == end[0]).all()
    assert (end[0] >= MAGNITUDES.before_shift_m.least).all()
    assert (end[0] <= MAGNITUDES.before_shift_m.most).all()
    in_contact = plan.at(9.0, 3.0, 2.5)
    np.testing.assert_array_equal(np.abs(in_contact.object_displacement_in_world), end[0])
    assert not in_contact.arm_push_in_world.any()


@given(seeds)
def test_after_moves_the_object_only_since_contact(seed: int) -> None:
    plan = schedule("after", seed)
    assert not plan.at(9.0, 4.0, None).object_displacement_in_world.any()
    assert plan.at(9.0, 4.0, 4.0).object_displacement_in_world.any() or course("after", seed)[0].any()


@given(seeds)
def test_both_is_after_and_push_together_and_none_is_nothing(seed: int) -> None:
    displacement, _, push = course("both", seed)
    np.testing.assert_array_equal(course("after", seed)[0], displacement)
    np.testing.assert_array_equal(course("push", seed)[2], push)
    for nothing in (course("after", seed)[2], course("push", seed)[0], *course("none", seed)):
        assert not nothing.any()


@given(seeds)
def test_an_object_that_is_free_to_move_is_pushed_instead(seed: int) -> None:
    displacement, on_object, push = course("after", seed, FREE_OBJECT)
    assert not displacement.any()
    assert not push.any()
    assert 2.0 <= np.abs(on_object[:, 0]).max() <= 8.0
    assert not on_object[:, 1:].any()


@given(seeds)
def test_the_object_glides_and_never_jumps(seed: int) -> None:
    displacement, _, _ = course("after", seed)
    speed = np.abs(np.diff(displacement[:, 2])) / 0.004
    assert speed.max() < 2 * 0.5 * np.pi * 0.020 / MAGNITUDES.shift_duration_s


def test_without_contact_nothing_planned_happens_but_what_is_added_by_hand_does() -> None:
    plan = schedule("both", 0)
    assert not plan.at(5.0, None, None).arm_push_in_world.any()
    assert plan.acting(5.0, None, None) == ""
    force = np.array([0.0, 3.0, 0.0])
    plan.add(Push(2.0, force, 0.4))
    np.testing.assert_array_equal(plan.at(2.2, None, None).arm_push_in_world, force)
    assert plan.acting(2.2, None, None) == "arm"
    plan.add(ObjectShift(2.1, np.array([0.01, 0.0, 0.0]), 0.3))
    assert plan.acting(2.2, None, None) == "both"
    np.testing.assert_allclose(plan.at(9.0, None, None).object_displacement_in_world, [0.01, 0.0, 0.0])
    assert plan.acting(9.0, None, None) == ""


def test_a_push_on_the_object_leaves_the_arm_alone() -> None:
    plan = schedule("none", 0)
    plan.add(Push(0.0, np.array([1.0, 0.0, 0.0]), 0.4, on_object=True))
    disturbance = plan.at(0.2, None, None)
    np.testing.assert_array_equal(disturbance.object_push_in_world, [1.0, 0.0, 0.0])
    assert not disturbance.arm_push_in_world.any()
    assert plan.acting(0.2, None, None) == "object"


def test_board_is_an_older_name_of_after() -> None:
    assert checked_kind("board") == "after"
    np.testing.assert_array_equal(course("board", 3)[0], course("after", 3)[0])


def test_an_unknown_kind_names_the_valid_ones() -> None:
    with pytest.raises(InputError, match="perturbation 'quake': expected one of none, before, after, push, both"):
        checked_kind("quake")
