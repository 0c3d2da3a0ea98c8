import threading
import time

import pytest

from touchloop.control.clock import MAX_AHEAD_S, RATE_WINDOW_S, ClockEstimate

MS = 1_000_000


def test_unheard_clock_has_no_time() -> None:
    clock = ClockEstimate()
    assert not clock.started
    assert clock.now_ns() == -1


def test_time_goes_on_between_messages_but_not_for_ever() -> None:
    clock = ClockEstimate()
    clock.hear(1000 * MS, time.monotonic_ns())
    first = clock.now_ns()
    threading.Event().wait(0.002)
    second = clock.now_ns()
    threading.Event().wait(0.03)
    assert 1000 * MS <= first < second <= clock.now_ns() <= 1000 * MS + round(MAX_AHEAD_S * 1e9)
    assert clock.silence_s >= 0.03


def test_time_never_goes_back_unless_the_clock_does() -> None:
    clock = ClockEstimate()
    clock.hear(1000 * MS, time.monotonic_ns() - 5 * MS)
    ahead = clock.now_ns()
    clock.hear(1001 * MS, time.monotonic_ns())
    assert clock.now_ns() >= ahead
    clock.hear(4 * MS, time.monotonic_ns())
    assert clock.now_ns() < 20 * MS


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
def test_speed_is_measured(rate: float) -> None:
    clock = ClockEstimate()
    wall_ns = time.monotonic_ns()
    for tick in range(round(1.5 * RATE_WINDOW_S * 250)):
        clock.hear(round(tick * 4 * MS * rate), wall_ns + tick * 4 * MS)
    assert clock.rate == pytest.approx(rate, rel=0.02)


def test_a_jump_at_a_new_episode_is_no_speed() -> None:
    clock = ClockEstimate()
    wall_ns = time.monotonic_ns()
    clock.hear(0, wall_ns)
    clock.hear(100_000 * MS, wall_ns + 600 * MS)
    assert clock.rate == 1.0


@pytest.mark.parametrize("stall_ms", [20, 120, 300])
def test_a_stall_does_not_spoil_the_speed(stall_ms: int) -> None:
    clock = ClockEstimate()
    wall_ns = 10**12
    for tick in range(2000):
        wall_ns += 4 * MS
        if tick in (700, 1400):
            wall_ns += stall_ms * MS
        clock.hear(tick * 4 * MS, wall_ns)
        if tick > 400:
            assert clock.rate == pytest.approx(1.0, rel=0.002)
