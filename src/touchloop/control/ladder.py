"""The ladder of safe behaviours: which mode the fast controller is in, and why."""

from dataclasses import dataclass
from enum import IntEnum

from touchloop.control.config import ControllerConfig
from touchloop.policy.features import CONTACT_FORCE_N


class Mode(IntEnum):
    """Modes, as in ``touchloop_msgs/ControllerState``."""

    TARE = 0
    FOLLOW = 1
    HOLD = 2
    COMPLY = 3
    RETRACT = 4
    STOP = 5


@dataclass(frozen=True, slots=True)
class Situation:
    """What the ladder looks at in one tick; an age of infinity means never received."""

    tared: bool
    wrench_age_s: float
    tcp_age_s: float
    wrench_fault: str
    """Says what is wrong with the wrench's last samples; empty if nothing."""
    plan_fault: str
    """Says why there is no plan to follow; empty if there is one."""
    hold_reason: str
    """Who asks to hold and why; empty if nobody does."""
    force_n: float


@dataclass(slots=True)
class LadderState:
    """Memory between ticks."""

    complying: bool = False
    held_contact_s: float = 0.0
    retract_left_m: float = 0.0


def ladder_step(
    state: LadderState, situation: Situation, dt: float, config: ControllerConfig
) -> tuple[LadderState, Mode, str]:
    """The mode for this tick and its reason (empty in FOLLOW); ``state`` is updated in place.

    The worst fault wins: STOP (blind), TARE, RETRACT, COMPLY, HOLD, FOLLOW.
    """
    blind = _blind(situation, config)
    if blind:
        return state, Mode.STOP, blind
    if not situation.tared:
        return state, Mode.TARE, "measuring the wrench bias"
    if state.retract_left_m <= 0.0 and situation.force_n > config.retract_force_n:
        state.retract_left_m = config.retract_m
    fault = situation.hold_reason or situation.plan_fault
    state.held_contact_s = state.held_contact_s + dt if fault and situation.force_n > CONTACT_FORCE_N else 0.0
    if state.held_contact_s > config.retract_after_s:
        state.held_contact_s = 0.0
        state.retract_left_m = config.retract_m
    if state.retract_left_m > 0.0:
        state.retract_left_m -= config.retract_speed_m_s * dt
        return state, Mode.RETRACT, f"lifting off; {fault or 'the contact force was too high'}"
    bound = config.comply_until_n if state.complying else config.comply_force_n
    state.complying = situation.force_n > bound
    if state.complying:
        return state, Mode.COMPLY, f"contact force {situation.force_n:.1f} N is above {bound:.1f} N"
    return (state, Mode.HOLD, fault) if fault else (state, Mode.FOLLOW, "")


def _blind(situation: Situation, config: ControllerConfig) -> str:
    if situation.tcp_age_s > config.stream_timeout_s:
        return f"tcp_pose {_age(situation.tcp_age_s)}"
    if situation.wrench_age_s > config.stream_timeout_s:
        return f"wrench {situation.wrench_fault or _age(situation.wrench_age_s)}"
    return ""


def _age(age_s: float) -> str:
    return "not received yet" if age_s == float("inf") else f"silent for {age_s:.2f} s"
