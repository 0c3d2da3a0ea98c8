from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.control import supervision
from touchloop.control.supervision import (
    ACTIVE,
    INACTIVE,
    UNCONFIGURED,
    Command,
    Observation,
    Outcome,
    Settings,
    Supervision,
    Transition,
    begin,
    step,
)
from touchloop.errors import InputError

NODES = ("recorder", "controller", "world")
SETTINGS = Settings(NODES)
TICK_S = 0.01


class Fleet:
    """Simulated nodes that beat every 50 ms and carry out transitions at once."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.settings = settings
        self.states: dict[str, int | None] = dict.fromkeys(settings.nodes, UNCONFIGURED)
        self.refusing: set[str] = set()
        self.supervision: Supervision = begin(settings)
        self.command: Command
        self.log: list[tuple[str, Transition]] = []
        self.now_s = 0.0
        self._outcome: Outcome | None = None
        self._ticks = 0

    def tick(self) -> Command:
        beats = (
            {name: state for name, state in self.states.items() if state is not None} if self._ticks % 5 == 0 else {}
        )
        self._ticks += 1
        self.now_s += TICK_S
        observation = Observation(beats, self._outcome)
        self._outcome = None
        self.supervision, self.command = step(self.supervision, observation, TICK_S, self.settings)
        if self.command.request is not None:
            self._carry_out(*self.command.request)
        return self.command

    def run(self, duration_s: float) -> Command:
        for _ in range(round(duration_s / TICK_S)):
            self.tick()
        return self.command

    def supervision_states(self) -> dict[str, int]:
        return {name: member.state for name, member in self.supervision.members.items()}

    def _carry_out(self, name: str, transition: Transition) -> None:
        self.log.append((name, transition))
        if self.states[name] is None:
            return
        if name in self.refusing:
            self._outcome = Outcome.REFUSED
            return
        self.states[name] = INACTIVE if transition is Transition.CONFIGURE else ACTIVE
        self._outcome = Outcome.DONE


def test_brings_all_up_in_order_and_then_lets_go() -> None:
    fleet = Fleet()
    assert fleet.tick().hold
    command = fleet.run(1.0)
    assert fleet.log == [(name, Transition.CONFIGURE) for name in NODES] + [
        (name, Transition.ACTIVATE) for name in NODES
    ]
    assert (command.hold, command.reason, command.missing, command.failed) == (False, "", (), ())


@given(st.sets(st.sampled_from(NODES), min_size=1))
def test_a_death_is_missed_in_time_and_named(dead: set[str]) -> None:
    fleet = Fleet()
    fleet.run(1.0)
    for name in dead:
        fleet.states[name] = None
    died_at_s = fleet.now_s
    while not fleet.tick().hold:
        assert fleet.now_s - died_at_s < 0.2
    assert fleet.now_s - died_at_s <= SETTINGS.timeout_s + 2 * TICK_S
    assert set(fleet.command.missing) == dead
    assert all(name in fleet.command.reason for name in dead)


def test_who_comes_back_is_brought_up_alone() -> None:
    fleet = Fleet()
    fleet.run(1.0)
    fleet.log.clear()
    fleet.states["controller"] = None
    assert fleet.run(0.5).missing == ("controller",)
    assert fleet.log == []
    fleet.states["controller"] = UNCONFIGURED
    assert not fleet.run(0.2).hold
    assert fleet.log == [("controller", Transition.CONFIGURE), ("controller", Transition.ACTIVATE)]


def test_a_restart_too_short_to_miss_is_noticed_too() -> None:
    fleet = Fleet()
    fleet.run(1.0)
    fleet.log.clear()
    fleet.states["world"] = UNCONFIGURED
    assert not fleet.run(0.5).hold
    assert fleet.log == [("world", Transition.CONFIGURE), ("world", Transition.ACTIVATE)]


def test_a_person_who_deactivates_a_node_is_not_overruled() -> None:
    fleet = Fleet()
    fleet.run(1.0)
    fleet.log.clear()
    fleet.states["controller"] = INACTIVE
    command = fleet.run(1.0)
    assert command.hold
    assert command.reason == "controller is inactive"
    fleet.states["controller"] = UNCONFIGURED
    assert fleet.run(1.0).reason == "controller is unconfigured"
    assert fleet.log == []
    fleet.states["controller"] = ACTIVE
    assert not fleet.run(0.1).hold
    fleet.states["controller"] = None
    fleet.run(0.5)
    fleet.states["controller"] = UNCONFIGURED
    assert not fleet.run(0.5).hold


def test_a_node_that_refuses_is_given_up_until_it_restarts() -> None:
    fleet = Fleet()
    fleet.refusing = {"controller"}
    command = fleet.run(10.0)
    assert fleet.log.count(("controller", Transition.CONFIGURE)) == SETTINGS.max_attempts
    assert ("recorder", Transition.CONFIGURE) in fleet.log
    assert all(transition is Transition.CONFIGURE for _, transition in fleet.log)
    assert command.failed == ("controller",)
    assert "controller is unconfigured after 3 failed attempts, see its log" in command.reason
    fleet.refusing = set()
    fleet.states["controller"] = None
    fleet.run(0.5)
    fleet.states["controller"] = UNCONFIGURED
    command = fleet.run(1.0)
    assert (command.hold, command.failed) == (False, ())


def test_a_node_that_never_appears_has_failed() -> None:
    fleet = Fleet(Settings(NODES, start_timeout_s=2.0))
    fleet.states["world"] = None
    command = fleet.run(1.0)
    assert command.failed == ()
    assert command.reason.endswith("world is starting")
    command = fleet.run(1.5)
    assert command.failed == command.missing == ("world",)


def test_a_manager_that_starts_late_changes_nothing() -> None:
    fleet = Fleet()
    fleet.states = dict.fromkeys(NODES, ACTIVE)
    assert not fleet.tick().hold
    fleet.run(1.0)
    assert fleet.log == []


def test_no_second_transition_while_one_is_in_flight() -> None:
    state = begin(SETTINGS)
    beats = dict.fromkeys(NODES, UNCONFIGURED)
    state, first = step(state, Observation(beats), TICK_S, SETTINGS)
    assert first.request == ("recorder", Transition.CONFIGURE)
    for _ in range(100):
        state, command = step(state, Observation({**beats, "recorder": 10}), TICK_S, SETTINGS)
        assert command.request is None
    state, command = step(state, Observation({}, Outcome.DONE), TICK_S, SETTINGS)
    assert command.request == ("controller", Transition.CONFIGURE)


def test_an_unanswered_request_is_repeated() -> None:
    state = begin(Settings(("a",)))
    state, _ = step(state, Observation({"a": UNCONFIGURED}), TICK_S, Settings(("a",)))
    requests = []
    for index in range(300):
        outcome = Outcome.UNANSWERED if index == 50 else None
        state, command = step(state, Observation({"a": UNCONFIGURED}, outcome), TICK_S, Settings(("a",)))
        requests.append(command.request)
    assert requests.count(("a", Transition.CONFIGURE)) == 1
    assert requests[50] == ("a", Transition.CONFIGURE)


events = st.lists(
    st.tuples(
        st.sampled_from(["die", "restart", "deactivate", "refuse", "obey", "wait"]),
        st.sampled_from(NODES),
        st.floats(0.01, 0.6),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(events)
def test_whatever_happened_all_come_up_again_in_the_end(history: list[tuple[str, str, float]]) -> None:
    fleet = Fleet()
    effects: Mapping[str, int | None] = {"die": None, "restart": UNCONFIGURED, "deactivate": INACTIVE}
    for what, name, duration_s in history:
        if what in effects and (what != "deactivate" or fleet.states[name] == ACTIVE):
            fleet.states[name] = effects[what]
        elif what == "refuse":
            fleet.refusing.add(name)
        elif what == "obey":
            fleet.refusing.discard(name)
        command = fleet.run(duration_s)
        some_not_active = any(state != ACTIVE for state in fleet.supervision_states().values())
        assert command.hold == some_not_active or command.missing
        assert command.hold == bool(command.reason)
    fleet.refusing = set()
    fleet.states = dict.fromkeys(NODES, None)
    fleet.run(1.0)
    fleet.states = dict.fromkeys(NODES, UNCONFIGURED)
    assert not fleet.run(3.0).hold


@pytest.mark.parametrize(
    ("nodes", "changes", "message"),
    [
        ((), {}, "empty"),
        (("a", ""), {}, "empty name"),
        (("a", "b", "a"), {}, "twice in a, b, a"),
        (("a",), {"timeout_s": 0.0}, "timeout_s is 0.0; it must be positive"),
        (("a",), {"start_timeout_s": float("nan")}, "start_timeout_s is nan"),
        (("a",), {"retry_delay_s": float("inf")}, "retry_delay_s is inf"),
        (("a",), {"max_attempts": 0}, "max_attempts is 0"),
    ],
)
def test_settings_that_make_no_sense(nodes: tuple[str, ...], changes: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Settings(nodes, **changes)


@pytest.mark.parametrize("dt_s", [-0.1, float("nan"), float("inf")])
def test_time_only_goes_forward(dt_s: float) -> None:
    with pytest.raises(InputError, match="dt_s"):
        step(begin(SETTINGS), Observation(), dt_s, SETTINGS)


def test_shutdown_goes_backwards() -> None:
    assert supervision.shutdown_order(NODES) == ("world", "controller", "recorder")


def silence_until_missing_s(running: bool | None) -> float:
    state = begin(SETTINGS)
    state, _ = step(state, Observation(dict.fromkeys(NODES, ACTIVE)), TICK_S, SETTINGS)
    known = {} if running is None else {"recorder": running}
    others = {name: ACTIVE for name in NODES if name != "recorder"}
    for tick in range(1, 400):
        state, command = step(state, Observation(others, running=known), TICK_S, SETTINGS)
        if command.missing:
            assert command.missing == ("recorder",)
            return tick * TICK_S
    raise AssertionError("never missing")


def test_what_is_known_of_the_process_decides_how_long_silence_is_borne() -> None:
    assert silence_until_missing_s(None) == pytest.approx(SETTINGS.timeout_s, abs=1.5 * TICK_S)
    assert silence_until_missing_s(True) == pytest.approx(SETTINGS.hang_timeout_s, abs=1.5 * TICK_S)
    assert silence_until_missing_s(False) == pytest.approx(TICK_S)


def test_words_of_a_dead_process_do_not_count() -> None:
    state = begin(SETTINGS)
    state, _ = step(state, Observation(dict.fromkeys(NODES, ACTIVE)), TICK_S, SETTINGS)
    beats = Observation(dict.fromkeys(NODES, ACTIVE), running={"recorder": False})
    _, command = step(state, beats, TICK_S, SETTINGS)
    assert command.missing == ("recorder",)
