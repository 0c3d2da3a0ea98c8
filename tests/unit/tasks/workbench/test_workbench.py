import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.tasks.workbench.bench import Workbench


@pytest.fixture(scope="module")
def bench():
    with Workbench() as made:
        yield made


def summary(bench, seed):
    bench.reset(seed)
    target = bench.observations[0].tcp_in_base.copy()
    target[2] += 0.03
    for _ in range(60):
        observations = bench.step([target, None], ("close", None))
    return np.concatenate([o.wrench_at_sensor for o in observations] + [o.tcp_in_base for o in observations])


def test_the_same_seed_is_the_same_bench(bench):
    assert np.array_equal(summary(bench, 11), summary(bench, 11))
    assert not np.array_equal(summary(bench, 11), summary(bench, 12))


def test_seeds_differ_in_holes_places_and_colours(bench):
    forms, racks, colours = set(), set(), set()
    for seed in range(12):
        bench.reset(seed)
        config = bench.scene.config
        forms.add(config.holes["left_hole"].form)
        assert {plate.form for plate in config.holes.values()} == {"round", "square"}
        racks.add(tuple(sorted(config.slots, key=lambda name: config.slots[name][0])))
        colours.add(config.tool_rgb["wiper"])
    assert forms == {"round", "square"}
    assert len(racks) > 2
    assert len(colours) == 12


def test_seen_is_near_the_truth_but_not_it(bench):
    bench.reset(2)
    view, truth = bench.view(), bench.truth()
    for name in ("wiper", "round_peg", "square_peg"):
        error = np.linalg.norm(view.tools[name][:3] - truth.poses[name][:3])
        assert 0.0 < error < 0.0025
    assert view.board.stiffness != bench.scene.config.board.stiffness


def test_in_the_dark_nothing_new_is_seen(bench):
    bench.reset(2)
    before = bench.view()
    bench.light(False)
    pose = bench.scene.tools["wiper"].pose.copy()
    pose[0] += 0.05
    bench.scene.put("wiper", pose)
    for _ in range(50):
        bench.step([None, None])
    after = bench.view()
    assert not after.lit
    assert after.time_s == before.time_s
    assert np.array_equal(after.tools["wiper"], before.tools["wiper"])


def test_pictures_come_when_asked_for():
    with Workbench(pictures=True) as bench:
        observations = bench.reset(1)
        assert observations[1].wrist_rgb is not None
        assert observations[0].scene_rgb is not None
        assert bench.step([None, None])[0].wrist_rgb is None


def test_bad_input_is_told(bench):
    with pytest.raises(InputError, match="seed -1"):
        bench.reset(-1)
    bench.reset(0)
    with pytest.raises(InputError, match="expected open, close or None"):
        bench.step([None, None], ("shut", None))
    with pytest.raises(InputError, match="left, right, overview, back, scene"):
        bench.render("ceiling")
    with pytest.raises(InputError, match="times 0"):
        bench.render("overview", 0)


def test_a_picture_can_be_larger(bench):
    bench.reset(0)
    small, large = bench.render("overview"), bench.render("overview", 2)
    assert large.shape == (480, 640, 3)
    assert np.abs(small.astype(int) - large[::2, ::2]).mean() < 8.0


@pytest.mark.parametrize(
    ("condition", "args", "message"),
    [
        ("held", {}, "expected one of holding, free, at"),
        ("holding", {"arm": "middle", "object": "wiper"}, "expected one of left, right"),
        ("at", {"object": "wiper"}, "argument 'target' is missing"),
        ("lit", {"arm": "left"}, "expected no arguments"),
    ],
)
def test_wrong_conditions_are_told(bench, condition, args, message):
    bench.reset(0)
    with pytest.raises(InputError, match=message):
        bench.truth().holds_true(condition, **args)
