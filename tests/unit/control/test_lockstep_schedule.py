import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.control.lockstep import LockstepOrder, LockstepRates, Tick
from touchloop.policy.plan import LatentPlan

MS = 1_000_000
RATES = LockstepRates(4 * MS, 20 * MS, 40 * MS, 12 * MS)
POSE = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
START = 1000 * MS


def plan(stamp_ns: int) -> LatentPlan:
    return LatentPlan(stamp_ns, 0, "w", POSE, 0.04, 1, np.zeros((1, 1), np.float32))


def drain(order: LockstepOrder) -> list[Tick]:
    ticks = []
    while (tick := order.next_tick()) is not None:
        ticks.append(tick)
    return ticks


def messages(start_ns: int, ticks: int) -> list[tuple[str, int]]:
    found = [("episode", start_ns)]
    for stamp in range(start_ns, start_ns + ticks * RATES.period_ns, RATES.period_ns):
        found += [("wrench", stamp), ("tcp", stamp)]
        if (stamp - start_ns) % RATES.tactile_period_ns == 0:
            found.append(("markers", stamp))
        if stamp > start_ns and (stamp - start_ns) % RATES.plan_period_ns == 0:
            found.append(("plan", stamp))
    return found


def add(order: LockstepOrder, kind: str, stamp: int) -> None:
    if kind == "episode":
        order.add_episode(stamp)
    elif kind == "wrench":
        order.add_wrench(stamp, np.zeros(6))
    elif kind == "tcp":
        order.add_tcp_pose(stamp, POSE)
    elif kind == "markers":
        order.add_markers(stamp, np.zeros((63, 2), np.float32))
    else:
        order.add_plan(plan(stamp))


def in_order(found: list[Tick]) -> list[tuple[int, bool, int | None, bool]]:
    return [(t.stamp_ns, t.markers is not None, t.plan and t.plan.stamp_ns, t.new_episode) for t in found]


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_order_of_arrival_gives_the_same_ticks(data: st.DataObject) -> None:
    sent = messages(START, 20)
    straight = LockstepOrder(RATES)
    for message in sent:
        add(straight, *message)
    expected = in_order(drain(straight))
    # The world sends a tick only after the answer to the last one, so only one tick's messages can change places.
    shuffled: list[tuple[str, int]] = []
    for stamp in sorted({s for _, s in sent}):
        shuffled += data.draw(st.permutations([m for m in sent if m[1] == stamp]))
    order, found = LockstepOrder(RATES), []
    for message in shuffled:
        add(order, *message)
        found += drain(order)
    assert in_order(found) == expected
    assert [t.stamp_ns for t in found] == [START + i * RATES.period_ns for i in range(20)]
    assert [t.stamp_ns for t in found if t.plan] == [START + 52 * MS]
    assert found[0].new_episode


def test_each_missing_message_is_waited_for_by_name() -> None:
    for left_out, said in (("wrench", "wrench"), ("tcp", "tcp_pose"), ("episode", "episode"), ("markers", "markers")):
        order = LockstepOrder(RATES)
        for kind, stamp in messages(START, 1):
            if kind != left_out:
                add(order, kind, stamp)
        assert order.next_tick() is None
        assert said in order.waits_for


def test_a_due_plan_is_waited_for() -> None:
    order = LockstepOrder(RATES)
    for kind, stamp in messages(START, 20):
        if kind != "plan":
            add(order, kind, stamp)
    ticks = drain(order)
    assert ticks[-1].stamp_ns == START + 48 * MS
    assert "plan of 1.040 s" in order.waits_for
    order.add_plan(plan(START + 40 * MS))
    assert drain(order)[0].plan is not None


def test_a_new_episode_is_told_by_its_gap_in_time() -> None:
    order = LockstepOrder(RATES)
    for message in messages(START, 5):
        add(order, *message)
    assert len(drain(order)) == 5
    later = START + 2000 * MS
    for kind, stamp in messages(later, 3):
        if kind != "episode":
            add(order, kind, stamp)
    assert order.next_tick() is None
    order.add_episode(later)
    ticks = drain(order)
    assert [t.new_episode for t in ticks] == [True, False, False]


def test_coming_into_the_middle_of_an_episode() -> None:
    order = LockstepOrder(RATES)
    order.add_episode(START)
    stamp = START + 60 * MS
    for kind in ("wrench", "tcp", "markers"):
        add(order, kind, stamp)
    (tick,) = drain(order)
    assert tick.unknown_past
    assert not tick.new_episode


def test_a_world_started_again_begins_anew() -> None:
    order = LockstepOrder(RATES)
    for message in messages(START, 5):
        add(order, *message)
    drain(order)
    for message in messages(4 * MS, 3):
        add(order, *message)
    ticks = drain(order)
    assert [t.stamp_ns for t in ticks] == [4 * MS, 8 * MS, 12 * MS]
    assert ticks[0].new_episode
