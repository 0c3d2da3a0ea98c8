import numpy as np
import pytest

from touchloop.geometry.pose import compose, relative
from touchloop.sim.cameras import OVERVIEW_CAMERA, WRIST_CAMERA
from touchloop.sim.workbench.layout import ARMS, HOLES, TOOLS, bases_in_world
from touchloop.tasks.workbench.bench import Workbench

PERIOD_S = 0.004


@pytest.fixture(scope="module")
def bench():
    with Workbench() as made:
        yield made


def run(bench, ticks, grips=(None, None)):
    for _ in range(ticks):
        bench.step([None, None], grips)


def hold(bench, arm, name):
    """Puts a tool into an arm's coupler without a motion."""
    bench.scene.tools[name].pose = bench.world.arms[arm].tcp_in_world()
    bench.scene.tools[name].state = "resting"
    grips = [None, None]
    grips[arm] = "close"
    run(bench, 40, grips)
    assert bench.scene.couplers[arm].holds == name


def test_nothing_moves_by_itself(bench):
    bench.reset(3)
    before = bench.truth()
    run(bench, 250)
    after = bench.truth()
    assert {name: after.at[name] for name in TOOLS} == dict.fromkeys(TOOLS, "rack")
    assert after.poses["box"][:3] == pytest.approx(before.poses["box"][:3], abs=2e-3)
    for arm in range(len(ARMS)):
        assert after.tcp[arm] == pytest.approx(before.tcp[arm], abs=1e-3)


def test_a_held_tool_moves_with_the_arm_and_weighs(bench):
    bench.reset(3)
    run(bench, 100)
    light = bench.observations[0].wrench_at_sensor
    hold(bench, 0, "square_peg")
    run(bench, 100)
    heavy = np.mean([bench.step([None, None])[0].wrench_at_sensor for _ in range(50)], axis=0)
    assert heavy[2] - light[2] == pytest.approx(0.15 * 9.81, abs=0.5)
    assert bench.truth().poses["square_peg"] == pytest.approx(bench.world.arms[0].tcp_in_world(), abs=1e-4)


def test_what_is_dropped_falls_on_what_is_below(bench):
    bench.reset(3)
    hold(bench, 1, "wiper")
    assert bench.scene.drop(1) == "wiper"
    run(bench, 150)
    tool = bench.scene.tools["wiper"]
    assert tool.state == "resting"
    assert tool.pose[2] < 0.25
    assert bench.truth().holds == (None, None)


def test_the_obstacle_keeps_tools_out(bench):
    bench.reset(3)
    centre = bench.world.arms[0].tcp_in_world()[:3] - [0.0, 0.0, 0.08]
    bench.scene.obstacle = centre
    base = bases_in_world()[0]
    goal = relative(base, np.array([*centre, *bench.world.arms[0].tcp_in_world()[3:]]))
    for _ in range(200):
        bench.step([goal, None])
    assert np.linalg.norm(bench.world.arms[0].tcp_in_world()[:3] - centre) > 0.03
    assert bench.world.contacts[0].force_n > 5.0


def test_a_peg_of_the_wrong_form_does_not_fit(bench):
    bench.reset(3)
    depth = {}
    for form in ("round", "square"):
        bench.reset(3)
        hold(bench, 0, "square_peg")
        (hole,) = (plate for plate in bench.scene.holes.values() if plate.config.form == form)
        base, tip = bases_in_world()[0], np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
        for height in np.concatenate([np.linspace(0.12, 0.0, 300), np.linspace(0.0, -0.035, 250)]):
            tip[2] = height
            bench.step([relative(base, compose(hole.pose_in_base, tip)), None])
        depth[form] = -hole.on_plate(bench.world.arms[0].tcp_in_world()[:3])[2]
    assert depth["square"] > 0.015
    assert depth["round"] < 0.006


def test_every_object_shows_in_some_picture_and_darkness_hides_all(bench):
    bench.reset(5)
    run(bench, 1)
    picture = bench.render("overview")
    assert picture.shape == (OVERVIEW_CAMERA.height, OVERVIEW_CAMERA.width, 3)
    for part in (*HOLES, *TOOLS, "board", "switch", "box"):
        changed = _recoloured(bench, part)
        assert (np.abs(changed.astype(int) - picture).max(axis=2) > 8).sum() >= 6, part
    assert bench.render("left").shape == (WRIST_CAMERA.height, WRIST_CAMERA.width, 3)
    bench.light(False)
    assert bench.render("overview").mean() < 12
    assert not bench.truth().lit
    bench.light(True)


def _recoloured(bench, part):
    """The overview with one part gone."""
    scene = bench.scene
    if part in TOOLS:
        kept = scene.tools[part].pose.copy()
        scene.tools[part].pose[2] = -3.0
        picture = bench.render("overview")
        scene.tools[part].pose = kept
        return picture
    owner = {"board": scene.board, "switch": scene.panel, "box": scene.box}.get(part) or scene.holes[part]
    name = "_box" if part == "box" else "pose_in_base"
    kept = getattr(owner, name).copy()
    getattr(owner, name)[2] = -3.0
    picture = bench.render("overview")
    setattr(owner, name, kept)
    return picture


@pytest.mark.parametrize("aside_m", [0.03, 0.065, 0.08])
def test_a_peg_that_is_taken_up_beside_a_plate_is_not_thrown_out_of_it(bench, aside_m):
    bench.reset(3)
    plate = bench.scene.holes[HOLES[0]]
    tip = bench.world.arms[0].tcp_in_world()
    plate.pose_in_base[:3] = tip[:3] + np.array([aside_m, 0.0, 0.02])
    hold(bench, 0, "round_peg")
    run(bench, 50)
    assert bench.world.arms[0].tcp_in_world()[:3] == pytest.approx(tip[:3], abs=3e-3)
    bench.reset(3)


def test_warming_up_leaves_no_trace(bench):
    bench.reset(0)
    before = bench.truth()
    bench.warm_up()
    bench.reset(0)
    after = bench.truth()
    assert (after.at, after.holds) == (before.at, before.holds)
    for name, pose in before.poses.items():
        assert after.poses[name] == pytest.approx(pose, abs=1e-9)
