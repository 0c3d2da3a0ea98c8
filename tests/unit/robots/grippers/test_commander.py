"""The commander alone, and against the stand-in of each driver's manner."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.robots.config_gripper import Gripper
from touchloop.robots.grippers.commander import TRIES, GripperCommander, Order, Outcome, Phase
from touchloop.robots.grippers.stand_in import MANNERS, StandInGripper

GRIPPER = Gripper(
    kind="gripper_command",
    name="gripper_action",
    states="joint_states",
    joint="finger",
    open_width_m=0.08,
    open_position=0.04,
    closed_position=0.0,
)
PERIOD_S = 0.01


class Line:
    """Commander and stand-in, connected without ROS."""

    def __init__(self, manner: str = "ros2_control", object_width_m: float = 0.0, stalls: bool = True) -> None:
        self.commander = GripperCommander(GRIPPER)
        self.commander.reachable = True
        self.driver = StandInGripper(GRIPPER, manner, object_width_m, stalls)
        self.orders: list[Order] = []
        self.now_s = 0.0

    def run(self, duration_s: float, *, tells: bool = True) -> None:
        for _ in range(round(duration_s / PERIOD_S)):
            self.now_s += PERIOD_S
            if tells:
                self.commander.measure(self.driver.position, self.now_s)
            ended = self.driver.step(PERIOD_S)
            order = self.commander.step(self.now_s)
            if order is not None:
                self.orders.append(order)
                self.commander.accepted(order.number)
                ended = self.driver.begin(order.position)
            if ended is not None:
                number = self.orders[-1].number
                self.commander.finished(number, ended.outcome, ended.reached, ended.stalled, self.now_s)

    def want(self, width_m: float, duration_s: float = 2.0, *, tells: bool = True) -> None:
        self.commander.want(width_m, self.now_s)
        self.run(duration_s, tells=tells)


@pytest.mark.parametrize("manner", MANNERS)
def test_moves_to_where_it_is_wanted_with_every_driver(manner: str) -> None:
    line = Line(manner)
    for width_m in (0.0, 0.05, 0.08):
        line.want(width_m)
        assert line.commander.phase is Phase.REACHED
        assert line.driver.width_m == pytest.approx(width_m, abs=GRIPPER.tolerance_m)
    assert len(line.orders) == 3


@pytest.mark.parametrize("stalls", [True, False])
@pytest.mark.parametrize("manner", MANNERS)
def test_an_object_is_held_with_every_driver(manner: str, stalls: bool) -> None:
    line = Line(manner, 0.03, stalls)
    line.want(0.0)
    assert line.commander.phase is Phase.HOLDING
    assert line.driver.force_kept
    assert line.commander.problem == ""


def test_an_object_wider_than_the_gripper_is_no_grasp() -> None:
    line = Line("ros2_control", 0.08)
    line.want(0.0)
    assert line.commander.phase is Phase.FAILED
    assert "stopped at 0.0800 m on the way to 0 m" in line.commander.problem


def test_without_measurements_a_stall_is_believed() -> None:
    line = Line("ros2_control", 0.03)
    line.want(0.0, tells=False)
    assert line.commander.phase is Phase.HOLDING
    assert math.isnan(line.commander.width_m(line.now_s))


@pytest.mark.parametrize("width_m", [math.nan, math.inf, -math.inf, -0.01, 0.2])
def test_a_width_that_cannot_be_is_refused_and_the_grip_stays(width_m: float) -> None:
    line = Line("ros2_control", 0.03)
    line.want(0.0)
    line.want(width_m)
    assert f"width {width_m:g} m is refused: expected 0 to 0.08" in line.commander.problem
    assert len(line.orders) == 1
    assert line.driver.force_kept
    assert line.commander.refused == 1


def test_the_same_width_again_and_trembling_ones_are_sent_once() -> None:
    line = Line()
    for number in range(100):
        line.want(0.05 + 0.0009 * (-1) ** number, 0.05)
    assert len(line.orders) == 1


def test_a_stream_of_widths_is_sent_no_more_often_than_asked() -> None:
    line = Line()
    for number in range(200):
        line.want(0.08 * abs(math.sin(0.2 * number)), PERIOD_S)
    assert len(line.orders) <= 2.0 / GRIPPER.min_period_s + 1


def test_a_server_that_is_away_moves_nothing_when_it_comes_back_later() -> None:
    line = Line()
    line.commander.reachable = False
    line.want(0.0, 1.5)
    assert "gripper_action is not there" in line.commander.problem
    line.commander.reachable = True
    line.run(1.0)
    assert line.orders == []
    line.want(0.0)
    assert line.commander.phase is Phase.REACHED


def test_a_silent_server_is_asked_again_a_few_times_for_the_same() -> None:
    commander = GripperCommander(GRIPPER)
    commander.reachable = True
    commander.want(0.02, 0.0)
    orders = [order for k in range(1000) if (order := commander.step(0.01 * k))]
    first = orders[:TRIES]
    assert len(first) == TRIES
    assert all(order.position == pytest.approx(0.01) for order in orders)
    assert commander.phase is Phase.FAILED
    assert "gripper_action does not answer" in commander.problem
    # The answer to a goal that was replaced changes nothing.
    commander.accepted(orders[0].number)
    assert commander.phase is Phase.FAILED


def test_a_rejected_goal_is_told_and_tried_anew_only_when_wanted_anew() -> None:
    commander = GripperCommander(GRIPPER)
    commander.reachable = True
    commander.want(0.02, 0.0)
    order = commander.step(0.0)
    assert order is not None
    commander.rejected(order.number)
    assert "rejected the goal of 0.02 m" in commander.problem
    assert not any(commander.step(0.01 * k) for k in range(2000))
    commander.want(0.03, 20.0)
    assert commander.step(20.0)


def test_a_motion_without_an_end_fails() -> None:
    commander = GripperCommander(GRIPPER)
    commander.reachable = True
    commander.want(0.02, 0.0)
    order = commander.step(0.0)
    assert order is not None
    commander.accepted(order.number)
    assert not any(commander.step(0.01 * k) for k in range(600))
    assert commander.phase is Phase.FAILED
    assert "no end of the motion to 0.02 m after 5 s" in commander.problem


def test_a_goal_that_somebody_cancels_is_no_grasp() -> None:
    line = Line()
    line.want(0.0, 0.2)
    result = line.driver.cancel()
    assert result is not None
    line.commander.finished(line.orders[-1].number, result.outcome, result.reached, result.stalled, line.now_s)
    assert line.commander.phase is Phase.FAILED
    assert "cancelled" in line.commander.problem


def test_by_topic_a_lost_command_is_told_again() -> None:
    commander = GripperCommander(replace(GRIPPER, kind="topic"))
    driver = StandInGripper(GRIPPER, "ros2_control")
    commander.want(0.0, 0.0)
    sent = 0
    for k in range(400):
        commander.measure(driver.position, 0.01 * k)
        order = commander.step(0.01 * k)
        if order is not None:
            sent += 1
            if sent == 2:
                driver.begin(order.position)
        driver.step(0.01)
    assert sent == 2
    assert commander.phase is Phase.REACHED


events = st.one_of(
    st.tuples(st.just("want"), st.floats(allow_nan=True, allow_infinity=True) | st.floats(-0.02, 0.1)),
    st.tuples(st.just("measure"), st.floats(allow_nan=True) | st.floats(0.0, 0.04)),
    st.tuples(st.sampled_from(["accepted", "rejected", "there", "away"]), st.integers(0, 3)),
    st.tuples(st.just("finished"), st.tuples(st.sampled_from(list(Outcome)), st.booleans(), st.booleans())),
    st.tuples(st.just("time"), st.floats(0.001, 3.0)),
)


@given(st.lists(events, max_size=60), st.sampled_from(["topic", "gripper_command"]))
def test_whatever_happens_only_a_wanted_width_moves_it(happens: list[tuple[str, object]], kind: str) -> None:
    commander = GripperCommander(replace(GRIPPER, kind=kind))
    now_s, wanted, number, sent_at_s = 0.0, None, 0, -math.inf
    for what, value in happens:
        if what == "want":
            commander.want(value, now_s)
            if math.isfinite(value) and -GRIPPER.tolerance_m <= value <= 0.08 + GRIPPER.tolerance_m:
                wanted = min(max(value, 0.0), 0.08)
        elif what == "measure":
            commander.measure(value, now_s)
        elif what in ("there", "away"):
            commander.reachable = what == "there"
        elif what == "finished":
            commander.finished(number, *value, now_s)
        elif what == "time":
            now_s += value
        else:
            getattr(commander, what)(number - value)
        order = commander.step(now_s)
        if order is None:
            continue
        assert wanted is not None
        # A trembling wish is not sent again, so the last order may differ from it by the deadband.
        assert abs(GRIPPER.width_m(order.position) - wanted) <= GRIPPER.deadband_m + 1e-9
        assert now_s - sent_at_s >= min(GRIPPER.min_period_s, GRIPPER.answer_timeout_s) - 1e-9
        number, sent_at_s = order.number, now_s
