import math

import pytest
from chaos_messages import plan, stamped_doubles
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.chaos.forgery import FORGED_SEQUENCE, forged
from touchloop.chaos.line import Line, LineFault
from touchloop.chaos.topics import TOPICS, doubles_of, stamp_of
from touchloop.errors import InputError

PERIOD_S = 0.004
POSE = TOPICS["tcp_pose"]


def message(k: int) -> bytes:
    return stamped_doubles(1_000_000_000 + 4_000_000 * k, (float(k), 0.0, 0.3, 1.0, 0.0, 0.0, 0.0))


def number(data: bytes) -> int:
    return round(doubles_of(data, "pose")[0])


def through(fault: LineFault | None, count: int, from_k: int = 0) -> list[tuple[float, bytes]]:
    """Messages at 250 Hz, and ten looks of a slow timer behind them; when each came out."""
    line = Line(POSE)
    out: list[tuple[float, bytes]] = []
    for k in range(count):
        if fault is not None and k == from_k:
            line.begin(fault)
        now_s = k * PERIOD_S
        out += [(now_s, data) for data in line.feed(message(k), now_s)]
    for k in range(300):
        now_s = (count + k) * PERIOD_S
        out += [(now_s, data) for data in line.due(now_s)]
        if line.end(now_s) is not None:
            out += [(now_s, data) for data in line.rest()]
    assert line.struck is None
    return out


def struck(kind: str, lasts_s: float = 0.1, **values: float) -> LineFault:
    return LineFault(0, kind, lasts_s, seed=7, **values)


def test_without_a_fault_all_goes_on_as_it_came() -> None:
    assert [data for _, data in through(None, 50)] == [message(k) for k in range(50)]


@given(lasts_s=st.floats(0.01, 0.2), begins=st.integers(0, 30))
@settings(deadline=None, max_examples=30)
def test_a_drop_loses_what_it_strikes_and_nothing_else(lasts_s: float, begins: int) -> None:
    numbers = [number(data) for _, data in through(struck("drop", lasts_s), 100, begins)]
    lost = sorted(set(range(100)) - set(numbers))
    assert lost == list(range(begins, begins + len(lost)))
    assert len(lost) == pytest.approx(lasts_s / PERIOD_S, abs=1.01)


@given(delay_s=st.floats(0.0, 0.15), lasts_s=st.floats(0.01, 0.2))
@settings(deadline=None, max_examples=30)
def test_a_delay_keeps_all_messages_in_order_and_none_comes_early(delay_s: float, lasts_s: float) -> None:
    out = through(struck("delay", lasts_s, delay_s=delay_s), 100, 10)
    assert [number(data) for _, data in out] == list(range(100))
    for came_s, data in out:
        assert came_s >= number(data) * PERIOD_S - 1e-9
        assert came_s <= max(number(data) * PERIOD_S + delay_s, 10 * PERIOD_S + lasts_s) + 1.01 * PERIOD_S


def test_duplicates_come_twice_and_in_order() -> None:
    numbers = [number(data) for _, data in through(struck("duplicate"), 60, 10)]
    assert numbers == sorted(numbers)
    assert all(numbers.count(k) == (2 if 10 <= k < 35 else 1) for k in range(60))


def test_reordering_loses_nothing_and_doubles_nothing() -> None:
    numbers = [number(data) for _, data in through(struck("reorder"), 60, 10)]
    assert sorted(numbers) == list(range(60))
    assert numbers != sorted(numbers)
    assert all(abs(place - k) < 3 for place, k in enumerate(numbers))


@pytest.mark.parametrize("kind", ["nan", "frame", "stamp", "flip", "truncate"])
def test_spoilt_messages_differ_and_come_in_their_places(kind: str) -> None:
    out = [data for _, data in through(struck(kind, shift_s=0.5), 60, 10)]
    assert len(out) == 60
    changed = [k for k in range(60) if out[k] != message(k)]
    assert changed == list(range(10, 35))


def test_what_is_spoilt_is_what_the_kind_says() -> None:
    line = Line(POSE)
    results = {}
    for kind in ("nan", "frame", "stamp"):
        line.begin(struck(kind, shift_s=-0.25))
        (results[kind],) = line.feed(message(1), 10.0)
        assert line.end(11.0) is not None
    assert math.isnan(doubles_of(results["nan"], "pose")[0])
    assert stamp_of(results["nan"]) == stamp_of(message(1))
    assert b"knil_esab" in results["frame"]
    assert stamp_of(results["stamp"]) == stamp_of(message(1)) - 250_000_000
    assert doubles_of(results["stamp"], "pose") == doubles_of(message(1), "pose")


def test_a_flood_is_one_of_more_messages_than_anybody_sends() -> None:
    out = [number(data) for _, data in through(struck("flood"), 60, 10)]
    assert all(out.count(k) == (16 if 10 <= k < 35 else 1) for k in range(60))


def test_a_fault_waits_for_a_message_and_there_is_one_at_a_time() -> None:
    line = Line(POSE)
    line.begin(struck("drop"))
    assert line.end(100.0) is None
    with pytest.raises(InputError, match="tcp_pose has a fault already"):
        line.begin(struck("drop"))
    assert line.feed(message(5), 100.0) == []
    assert line.struck is not None
    assert line.struck.began_ns == stamp_of(message(5))


@pytest.mark.parametrize("values", [{"kind": "melt"}, {"lasts_s": 0.0}, {"share": 0.0}, {"delay_s": -1.0}])
def test_faults_that_make_no_sense_are_refused(values: dict) -> None:
    with pytest.raises(InputError, match="expected"):
        LineFault(**({"number": 1, "kind": "drop", "lasts_s": 0.1} | values))


def test_forged_messages_would_do_harm_and_can_be_told() -> None:
    deeper = doubles_of(forged(POSE, message(3)), "pose")
    assert deeper[2] < doubles_of(message(3), "pose")[2] - 0.04
    true = plan(1_000_000_000, 5, (1.0, -2.0, 3.0, 0.5))
    false = forged(TOPICS["plan"], true)
    assert false == plan(1_020_000_000, 5 + FORGED_SEQUENCE, (-1.0, 2.0, -3.0, -0.5))
