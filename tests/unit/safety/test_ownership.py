import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.safety.ownership import FloodWatch, Owners, Ownership, Publisher, ownership

OWNER = "/fast_controller"
MINE, OTHER, THIRD = Publisher(OWNER, b"1"), Publisher("/teleop", b"2"), Publisher(OWNER, b"3")
names = st.sampled_from([OWNER, "/teleop", "/left/fast_controller"])
publishers = st.lists(
    st.builds(Publisher, names, st.binary(min_size=1, max_size=2)), max_size=5, unique_by=lambda p: p.identity
)


def test_the_owner_alone_is_obeyed() -> None:
    assert ownership([MINE], OWNER) == Ownership(frozenset({b"1"}), ())
    found = ownership([MINE, OTHER], OWNER)
    assert found.owners == {b"1"}
    assert found.sentence("target_pose") == "/teleop also publishes target_pose"
    assert ownership([], OWNER) == Ownership(frozenset(), ())
    assert ownership([OTHER], OWNER).owners == frozenset()


def test_a_second_one_of_the_same_name_is_not_obeyed() -> None:
    found = ownership([MINE, THIRD], OWNER, frozenset({b"1"}))
    assert found == Ownership(frozenset({b"1"}), ("/fast_controller (a second one)",))
    assert ownership([MINE, THIRD], OWNER).owners == frozenset()


def test_an_owner_that_comes_back_is_obeyed_again() -> None:
    assert ownership([THIRD], OWNER, frozenset({b"1"})).owners == {b"3"}


def test_a_new_owner_is_obeyed_while_the_graph_still_shows_the_dead_one() -> None:
    owners = Owners(OWNER)
    owners.judge([MINE], silent=False)
    assert owners.judge([MINE, THIRD], silent=False).foreign == ("/fast_controller (a second one)",)
    assert owners.judge([MINE, THIRD], silent=True) == Ownership(frozenset({b"3"}), ())
    assert owners.judge([MINE, THIRD, OTHER], silent=False) == Ownership(frozenset({b"3"}), ("/teleop",))


def test_an_owner_that_was_silent_is_obeyed_again_beside_a_stranger() -> None:
    owners = Owners(OWNER)
    owners.judge([MINE], silent=False)
    for _ in range(3):
        assert owners.judge([MINE, OTHER], silent=True) == Ownership(frozenset({b"1"}), ("/teleop",))


def test_where_nobody_is_named_the_first_that_is_alone_owns_the_topic() -> None:
    owners = Owners("")
    assert owners.judge([MINE, OTHER], silent=True).owners == frozenset()
    assert owners.judge([MINE], silent=True).owners == {b"1"}
    assert owners.judge([MINE, OTHER], silent=False) == Ownership(frozenset({b"1"}), ("/teleop",))


@given(publishers, st.frozensets(st.binary(min_size=1, max_size=2)))
def test_nobody_but_one_of_the_owners_name_is_ever_obeyed(seen: list[Publisher], known: frozenset[bytes]) -> None:
    found = ownership(seen, OWNER, known)
    by_identity = {p.identity: p for p in seen}
    assert all(by_identity[identity].node == OWNER for identity in found.owners)
    assert len(found.owners) <= 1 or found.owners <= known
    foreign = [p for p in seen if p.identity not in found.owners]
    assert bool(found.foreign) == bool(foreign)
    assert {p.node for p in foreign} == {name.removesuffix(" (a second one)") for name in found.foreign}


def test_a_flood_is_named_and_over_when_it_is() -> None:
    watch = FloodWatch({"target_pose": 600.0}, window_s=0.2)
    watch.close_window(0.0)
    for _ in range(1000):
        watch.count("target_pose", b"2")
    for _ in range(50):
        watch.count("target_pose", b"1")
    assert not watch.close_window(0.1)
    assert watch.floods == {}
    assert watch.close_window(0.2)
    assert watch.floods == {("target_pose", b"2"): 5000.0}
    watch.close_window(0.4)
    assert watch.floods == {}


def test_a_window_that_lasted_longer_is_no_flood() -> None:
    watch = FloodWatch({"target_pose": 600.0}, window_s=0.2)
    watch.close_window(0.0)
    for _ in range(250):
        watch.count("target_pose", b"1")
    watch.close_window(1.0)
    assert watch.floods == {}
    with pytest.raises(InputError, match="must be positive"):
        FloodWatch({"wrench": 0.0})
