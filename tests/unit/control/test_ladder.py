import itertools
from dataclasses import replace

import pytest

from touchloop.control.config import ControllerConfig
from touchloop.control.ladder import CONTACT_FORCE_N, LadderState, Mode, Situation, ladder_step

CONFIG = ControllerConfig()
DT = CONFIG.period_s
FINE = Situation(
    tared=True, wrench_age_s=0.0, tcp_age_s=0.0, wrench_fault="", plan_fault="", hold_reason="", force_n=5.0
)
AGES = (0.0, CONFIG.stream_timeout_s, 1.01 * CONFIG.stream_timeout_s, float("inf"))
FORCES = (0.0, 5.0, 10.0, CONFIG.comply_force_n + 0.1, CONFIG.retract_force_n + 0.1)
ALL_SITUATIONS = [
    Situation(*values)
    for values in itertools.product(
        (True, False), AGES, AGES, ("", "holds a NaN"), ("", "no plan yet"), ("", "slow_planner is silent"), FORCES
    )
]
ALL_STATES = [
    LadderState(*values)
    for values in itertools.product((False, True), (0.0, CONFIG.retract_after_s), (0.0, CONFIG.retract_m))
]


def expected_mode(state: LadderState, situation: Situation) -> Mode:
    """The ladder's order, said once more in other words: the worst fault wins."""
    stopped = max(situation.wrench_age_s, situation.tcp_age_s) > CONFIG.stream_timeout_s
    fault = bool(situation.plan_fault or situation.hold_reason)
    in_contact = situation.force_n > CONTACT_FORCE_N
    retract = (
        state.retract_left_m > 0.0
        or situation.force_n > CONFIG.retract_force_n
        or (fault and in_contact and state.held_contact_s >= CONFIG.retract_after_s)
    )
    comply = situation.force_n > (CONFIG.comply_until_n if state.complying else CONFIG.comply_force_n)
    for mode, wanted in (
        (Mode.STOP, stopped),
        (Mode.TARE, not situation.tared),
        (Mode.RETRACT, retract),
        (Mode.COMPLY, comply),
        (Mode.HOLD, fault),
    ):
        if wanted:
            return mode
    return Mode.FOLLOW


def test_in_every_situation_the_worst_fault_wins_and_says_why() -> None:
    for state, situation in itertools.product(ALL_STATES, ALL_SITUATIONS):
        _, mode, reason = ladder_step(replace(state), situation, DT, CONFIG)
        assert mode is expected_mode(state, situation), (state, situation)
        assert bool(reason) == (mode is not Mode.FOLLOW), (state, situation)


@pytest.mark.parametrize(
    ("change", "mode", "reason"),
    [
        ({"tcp_age_s": float("inf")}, Mode.STOP, "tcp_pose not received yet"),
        ({"tcp_age_s": 0.25}, Mode.STOP, "tcp_pose silent for 0.25 s"),
        ({"wrench_age_s": 0.25}, Mode.STOP, "wrench silent for 0.25 s"),
        ({"wrench_age_s": 0.25, "wrench_fault": "holds a NaN"}, Mode.STOP, "wrench holds a NaN"),
        ({"tared": False}, Mode.TARE, "measuring the wrench bias"),
        ({"hold_reason": "planner died", "plan_fault": "no plan"}, Mode.HOLD, "planner died"),
        ({"plan_fault": "no plan for 1.20 s"}, Mode.HOLD, "no plan for 1.20 s"),
        ({"force_n": 15.0}, Mode.COMPLY, "contact force 15.0 N is above 14.0 N"),
    ],
)
def test_the_reason_names_the_fault(change: dict, mode: Mode, reason: str) -> None:
    assert ladder_step(LadderState(), replace(FINE, **change), DT, CONFIG)[1:] == (mode, reason)


def run(state: LadderState, situation: Situation, seconds: float) -> list[Mode]:
    return [ladder_step(state, situation, DT, CONFIG)[1] for _ in range(round(seconds / DT))]


def test_complying_ends_only_well_below_where_it_began() -> None:
    state = LadderState()
    assert run(state, replace(FINE, force_n=15.0), 0.02)[-1] is Mode.COMPLY
    assert run(state, replace(FINE, force_n=9.0), 0.1)[-1] is Mode.COMPLY
    assert run(state, replace(FINE, force_n=7.0), 0.02)[-1] is Mode.FOLLOW
    assert run(state, replace(FINE, force_n=9.0), 0.1)[-1] is Mode.FOLLOW


def test_too_high_a_force_lifts_off_by_the_full_way_even_if_it_falls_at_once() -> None:
    state = LadderState()
    modes = run(state, replace(FINE, force_n=21.0), DT) + run(state, replace(FINE, force_n=0.0), 2.0)
    lifted_m = modes.count(Mode.RETRACT) * CONFIG.retract_speed_m_s * DT
    assert lifted_m == pytest.approx(CONFIG.retract_m, abs=2 * CONFIG.retract_speed_m_s * DT)
    assert modes[-1] is Mode.FOLLOW


def test_holding_in_contact_for_too_long_lifts_off() -> None:
    state = LadderState()
    held = replace(FINE, hold_reason="planner died")
    assert set(run(state, held, CONFIG.retract_after_s - 0.1)) == {Mode.HOLD}
    assert Mode.RETRACT in run(state, held, 0.2)


@pytest.mark.parametrize("pause", [replace(FINE, hold_reason="x", force_n=0.5), FINE])
def test_the_time_held_in_contact_starts_again_after_air_or_following(pause: Situation) -> None:
    state = LadderState()
    held = replace(FINE, hold_reason="planner died")
    run(state, held, CONFIG.retract_after_s - 0.1)
    run(state, pause, 2 * DT)
    assert set(run(state, held, CONFIG.retract_after_s - 0.1)) == {Mode.HOLD}


def test_nothing_moves_on_while_blind() -> None:
    state = LadderState(retract_left_m=0.02)
    run(state, replace(FINE, tcp_age_s=1.0), 1.0)
    assert state.retract_left_m == 0.02
