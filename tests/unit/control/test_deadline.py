import threading
import time

import pytest

from touchloop.control.deadline import DeadlineLoop, prefer_this_thread


def test_deadlines_do_not_drift() -> None:
    loop = DeadlineLoop(0.004)
    began_s = time.monotonic()
    for _ in range(100):
        loop.wait()
    passed_s = time.monotonic() - began_s
    timing = loop.timing()
    assert timing.ticks == 100
    assert passed_s == pytest.approx(0.004 * (timing.ticks + timing.missed_ticks - 1), abs=0.004)
    assert 0.0 <= timing.lateness_p50_s <= timing.lateness_p99_s <= timing.lateness_max_s


def test_a_late_tick_takes_the_newest_deadline_and_counts_the_others() -> None:
    loop = DeadlineLoop(0.01)
    loop.wait()
    threading.Event().wait(0.055)
    lateness_s = loop.wait()
    assert 5 >= loop.missed_ticks >= 4
    assert lateness_s >= 0.04
    assert loop.timing().kept_ratio == pytest.approx(2 / (2 + loop.missed_ticks))


def test_shift_and_period_move_the_next_deadlines() -> None:
    loop = DeadlineLoop(0.01)
    loop.wait()
    began_s = time.monotonic()
    loop.shift(0.02)
    loop.wait()
    assert time.monotonic() - began_s == pytest.approx(0.03, abs=0.015)
    loop.change_period(0.05)
    assert loop.period_s == pytest.approx(0.05)


def test_restart_forgets() -> None:
    loop = DeadlineLoop(0.001)
    loop.wait()
    loop.restart(0.002, first_in_s=0.02)
    assert loop.timing().ticks == 0
    began_s = time.monotonic()
    loop.wait()
    assert time.monotonic() - began_s >= 0.015


def test_scheduling_is_told() -> None:
    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append(prefer_this_thread(1)))  # not the thread of the tests
    thread.start()
    thread.join()
    assert told[0] in ("normal", "real-time 1")
