from dataclasses import replace
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.chaos.catalogue import draw
from touchloop.chaos.schedule import BRIEFS_AT_ONCE, Schedule, Situation

IDLE = Situation(0.0, True, True, True, True, frozenset(), 0, 0)


def test_nothing_is_thrown_without_contact() -> None:
    schedule = Schedule(draw(1), 50)
    away = replace(IDLE, contact=False)
    assert all(schedule.next(replace(away, now_s=0.1 * k)) is None for k in range(100))


def test_all_are_thrown_once_at_an_arm_that_stays_in_contact() -> None:
    schedule, thrown = Schedule(draw(1), 200), []
    for k in range(10_000):
        fault = schedule.next(replace(IDLE, now_s=0.1 * k))
        if fault is not None:
            thrown.append(fault)
    assert schedule.empty
    assert sorted(fault.number for fault in thrown) == list(range(200))


@given(data=st.data())
@settings(deadline=None, max_examples=40)
def test_what_needs_a_hold_is_thrown_alone_at_an_arm_that_runs(data: st.DataObject) -> None:
    schedule = Schedule(draw(data.draw(st.integers(0, 1000))), 60)
    now_s = 0.0
    for _ in range(60):
        now_s += 0.1
        seen = Situation(
            now_s,
            data.draw(st.booleans()),
            data.draw(st.booleans()),
            data.draw(st.booleans()),
            data.draw(st.booleans()),
            frozenset(data.draw(st.sets(st.sampled_from(("tcp_pose", "plan", "wrench")), max_size=2))),
            data.draw(st.integers(0, BRIEFS_AT_ONCE)),
            data.draw(st.integers(0, 1)),
        )
        fault = schedule.next(seen)
        if fault is None:
            continue
        assert seen.contact
        assert fault.target not in seen.busy
        if fault.needs_hold:
            assert seen.running
            assert seen.whole
            assert seen.briefs == 0
            assert seen.others == 0
        elif fault.group == "brief":
            assert seen.briefs < BRIEFS_AT_ONCE
        elif fault.group in ("process", "death", "lasting"):
            assert seen.others == 0


def test_one_that_met_nothing_is_thrown_again() -> None:
    schedule = Schedule(draw(1), 1)
    fault = next(islice(draw(1), 1))
    assert schedule.next(IDLE) == fault
    assert schedule.empty
    schedule.put_back(fault)
    assert schedule.next(replace(IDLE, now_s=10.0)) == fault
