import numpy as np
from robot_samples import HOME_POSE, URDF, measured, moved, robot

from touchloop.robots.adapters.adapter import ArmState
from touchloop.robots.adapters.crisp import CrispAdapter
from touchloop.robots.stand_ins.crisp import CrispStandIn
from touchloop.robots.wire import Numbers, PoseSample, WrenchSample

AHEAD = moved(0.02)


def stand_in() -> CrispStandIn:
    made = CrispStandIn(robot(), URDF)
    made.start(measured())
    return made


def test_without_a_command_it_stays_where_it_was_switched_on() -> None:
    np.testing.assert_allclose(stand_in().step(measured(), 0.004), HOME_POSE)


def test_the_target_is_approached_through_a_filter_and_kept_for_ever() -> None:
    made = stand_in()
    made.receive(0, "target_pose", PoseSample(0, "any frame", AHEAD))
    first = made.step(measured(), 0.004)
    assert 0.006 < first[0] - HOME_POSE[0] < 0.0075
    for _ in range(500):
        last = made.step(measured(), 0.004)
    np.testing.assert_allclose(last, AHEAD, atol=1e-9)


def test_a_nan_never_leaves_its_filter() -> None:
    made = stand_in()
    made.receive(0, "target_pose", PoseSample(0, "", np.full(7, np.nan)))
    np.testing.assert_array_equal(made.step(measured(), 0.004), HOME_POSE)
    made.receive(0, "target_pose", PoseSample(0, "", AHEAD))
    np.testing.assert_array_equal(made.step(measured(), 0.004), HOME_POSE)
    assert "NaN" in made.problem
    made.start(measured())
    assert made.problem == ""


def test_the_error_is_clipped() -> None:
    made = stand_in()
    made.receive(0, "target_pose", PoseSample(0, "", moved(1.0)))
    for _ in range(500):
        last = made.step(measured(), 0.004)
    np.testing.assert_allclose(last[0] - HOME_POSE[0], 0.1)


def test_stiffness_and_wrench_stretch_the_spring() -> None:
    made = stand_in()
    made.receive(0, "target_stiffness", Numbers(np.array([400.0, 400, 400, 40, 40, 40])))
    made.receive(0, "target_wrench", WrenchSample(0, "base_link", np.array([0, 8.0, 0, 0, 0, 0])))
    made.receive(0, "target_pose", PoseSample(0, "", AHEAD))
    for _ in range(500):
        last = made.step(measured(), 0.004)
    np.testing.assert_allclose(last[:3] - HOME_POSE[:3], [0.01, 0.01, 0.0], atol=1e-9)


def test_a_planned_wrench_goes_out_as_what_the_arm_shall_do() -> None:
    adapter = CrispAdapter(robot(options={"wrench_share": 0.5}), URDF)
    pressing = np.array([0.0, 0, -6.0, 0, 0, 0])
    sent = dict(adapter.step(0, HOME_POSE, pressing, ArmState()))
    # The tool points down: 6 N on the tool along -z of tcp come from pressing down, that is along -z of the base.
    np.testing.assert_allclose(sent["target_wrench"].wrench, [0, 0, -3.0, 0, 0, 0], atol=1e-12)
