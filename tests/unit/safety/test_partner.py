"""Two arms that work together hold together, and go on together."""

from hypothesis import given
from hypothesis import strategies as st

from touchloop.safety.partner import SILENT_S, Partner
from touchloop.safety.states import Memory, Observation, Preflight, Settings, State
from touchloop.safety.supervisor import step

PERIOD_S = 0.01
SETTINGS = Settings(resume_after_s=0.2, hold_limit_s=0.0, auto_start=True)


class Pair:
    """Two supervisors; each hears the other one tick late."""

    def __init__(self) -> None:
        self.memory = [Memory(State.RUNNING), Memory(State.RUNNING)]
        self.partners = [Partner("right"), Partner("left")]
        self.clear = [True, True]
        self.now_s = 0.0

    def tick(self, causes: tuple[str, str], e_stops: tuple[bool, bool] = (False, False)) -> None:
        self.now_s += PERIOD_S
        for own in (0, 1):
            self.partners[own].hear(self.memory[1 - own].state, self.clear[1 - own], self.now_s)
        for own in (0, 1):
            partner = self.partners[own]
            seen = Observation(
                e_stop="asked" if e_stops[own] else partner.emergency(),
                streams_ready=True,
                preflight=Preflight.PASSED,
                hold=causes[own] or partner.problem(self.memory[own].state, self.now_s),
            )
            self.memory[own], _ = step(self.memory[own], seen, PERIOD_S, SETTINGS)
            self.clear[own] = not causes[own]

    def states(self) -> tuple[State, State]:
        return self.memory[0].state, self.memory[1].state


def test_both_hold_while_one_has_a_cause_and_both_go_on_within_a_few_ticks() -> None:
    pair = Pair()
    pair.tick(("target_pose is silent", ""))
    pair.tick(("target_pose is silent", ""))
    assert pair.states() == (State.HOLDING, State.HOLDING)
    resumed = [0, 0]
    for _ in range(100):
        pair.tick(("", ""))
        for own in (0, 1):
            resumed[own] += pair.states()[own] is State.HOLDING
    assert pair.states() == (State.RUNNING, State.RUNNING)
    assert abs(resumed[0] - resumed[1]) <= 2


@given(st.lists(st.tuples(st.sampled_from(["", "cause"]), st.sampled_from(["", "cause"])), max_size=60))
def test_no_sequence_of_causes_leaves_them_waiting_for_each_other(causes: list[tuple[str, str]]) -> None:
    pair = Pair()
    for cause in causes:
        pair.tick(cause)
        # Whoever has a cause stands, and so does the other one a tick later.
        assert all(state is State.HOLDING for state, own in zip(pair.states(), cause, strict=True) if own)
    for _ in range(50):
        pair.tick(("", ""))
    assert pair.states() == (State.RUNNING, State.RUNNING)


def test_an_emergency_stop_of_one_is_one_of_both_and_each_is_reset_by_itself() -> None:
    pair = Pair()
    pair.tick(("", ""), (True, False))
    pair.tick(("", ""))
    assert pair.states() == (State.E_STOP, State.E_STOP)
    reset = Observation(reset=True, streams_ready=True, preflight=Preflight.PASSED)
    pair.memory[1], _ = step(pair.memory[1], reset, PERIOD_S, SETTINGS)
    pair.tick(("", ""))
    assert pair.states()[1] is not State.E_STOP


def test_a_partner_that_is_silent_or_was_never_heard_is_a_problem() -> None:
    partner = Partner("right")
    assert partner.problem(State.RUNNING, 0.0) == "no safety_state of right yet"
    partner.hear(State.RUNNING, True, 1.0)
    assert not partner.problem(State.RUNNING, 1.0)
    assert "right is silent" in partner.problem(State.RUNNING, 1.1 + SILENT_S)


def test_they_may_be_started_one_after_the_other() -> None:
    partner = Partner("right")
    partner.hear(State.READY, True, 0.0)
    assert not partner.problem(State.READY, 0.0)
    assert partner.problem(State.RUNNING, 0.0) == "right is READY"
    partner.hear(State.PREFLIGHT, True, 0.1)
    assert partner.problem(State.READY, 0.1)
