import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.events.places.corridor_light import BRIGHTEST_LUX, DARKEST_LUX, KINDS, LEVELS_LUX, CorridorLight
from touchloop.events.places.corridor_scene import FRAMES_PER_S, CorridorScene
from touchloop.events.places.prefilter import LEVELS, prefiltered
from touchloop.events.places.surfaces import make_corridor
from touchloop.events.places.traverse import MOVING_M_S, Pose, Traverse

LENGTH_M = 20.0
FACES = ("left", "right", "floor", "ceiling", "end")


@pytest.fixture(scope="module")
def corridor():
    return make_corridor(5, 0, LENGTH_M)


@pytest.fixture(scope="module")
def scene(corridor):
    return CorridorScene(corridor, Traverse(5, 0, LENGTH_M), CorridorLight("medium", 5, LENGTH_M), 87, 65)


def test_same_seed_same_building_other_visit_few_things_moved(corridor):
    again, later, other = make_corridor(5, 0, LENGTH_M), make_corridor(5, 3, LENGTH_M), make_corridor(6, 0, LENGTH_M)
    for face in FACES:
        assert (getattr(corridor, face) == getattr(again, face)).all()
    changed = [np.mean(getattr(corridor, face) != getattr(later, face)) for face in FACES]
    assert 0.0 < max(changed) < 0.25
    assert np.mean(corridor.left != other.left) > 0.9


def test_light_comes_from_where_it_should(scene):
    picture = scene.seen_from(Pose(5.0, 0.0, 1.3, 0.0, 0.0)).copy()
    assert picture.shape == (65, 87)
    assert picture.dtype == np.float32
    assert np.isfinite(picture).all()
    assert picture.min() > 0.0
    assert scene.seen_from(Pose(5.0, 0.0, 1.3, 0.3, 0.0))[32, 0] != picture[32, 0]


def test_light_scales_with_the_lamps(corridor):
    traverse = Traverse(5, 0, LENGTH_M)
    means = [
        CorridorScene(corridor, traverse, CorridorLight(kind, 5, LENGTH_M), 43, 32).lux(2.0).mean()
        for kind in ("low", "medium", "high")
    ]
    assert means[0] < means[1] / 5.0 < means[2] / 25.0


def test_a_small_step_makes_a_small_change(scene):
    """No texture may jump: between two frames the picture changes by little, but where something near passes."""
    first = np.log(scene.seen_from(Pose(6.0, 0.0, 0.7, 0.0, 0.0)).copy())
    step_m = 3.0 / FRAMES_PER_S
    change = np.abs(np.log(scene.seen_from(Pose(6.0 + step_m, 0.0, 0.7, 0.0, 0.0))) - first)
    assert np.median(change) < 0.01
    assert np.quantile(change, 0.99) < 0.4


def test_far_details_are_blurred_and_keep_their_mean():
    rng = np.random.default_rng(0)
    sheet = rng.uniform(0.2, 0.8, (800, 120)).astype(np.float32)
    texels, size, scale = prefiltered(sheet, 0.02, 60.0, 1.2)
    assert len(size) == LEVELS
    starts = np.append(0, np.cumsum(size.prod(axis=1)))
    for level in range(LEVELS):
        part = texels[starts[level] : starts[level + 1]]
        assert part.mean() == pytest.approx(sheet.mean(), abs=0.03)
        assert np.allclose(size[level] / scale[level], (16.0, 2.4), rtol=1e-5)
    assert texels[starts[-2] :].std() < 0.1 * sheet.std()


@pytest.mark.parametrize("kind", KINDS)
def test_levels_and_changing_light(kind):
    light = CorridorLight(kind, 9, 100.0, 60.0)
    lux = np.stack([light.lux(t_s).copy() for t_s in np.arange(0.0, 60.0, 0.5)])
    seen = lux[:, :4]
    if kind != "changing":
        assert (lux == lux[0]).all()
        assert seen.mean() == pytest.approx(LEVELS_LUX[kind], rel=0.5)
        return
    assert seen.min() >= DARKEST_LUX * 0.999
    assert seen.max() <= BRIGHTEST_LUX * 1.001
    assert seen.max() / seen.min() > 300.0
    assert light.switchings
    assert np.abs(np.diff(np.log(seen), axis=0)).max() > 1.0


def test_drives_cover_the_way_stop_and_rest():
    for seed in range(6):
        traverse = Traverse(seed, 1, 60.0)
        t_s = np.arange(0.0, traverse.duration_s, 0.05)
        x_m = np.array([traverse.x_m(t) for t in t_s])
        speed = np.array([traverse.speed_m_s(t) for t in t_s])
        assert x_m[0] == 0.0
        assert traverse.x_m(traverse.duration_s) == pytest.approx(60.0, abs=0.1)
        assert (np.diff(x_m) >= 0.0).all()
        assert np.abs(np.diff(speed)).max() < 0.06
        standing = (speed < MOVING_M_S) & (x_m > 1.0) & (x_m < 59.0)
        assert 2.0 < standing.sum() * 0.05 < 15.0
        at = np.flatnonzero((speed == 0.0) & (x_m > 1.0))
        assert traverse.pose(t_s[at[3]]) == traverse.pose(t_s[at[4]])


def test_drives_of_other_visits_differ():
    assert Traverse(1, 0).pose(9.0) != Traverse(1, 1).pose(9.0)
    assert Traverse(1, 0).pose(9.0) == Traverse(1, 0).pose(9.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_corridor(-1),
        lambda: make_corridor(1, 0, 3.0),
        lambda: Traverse(1, -1),
        lambda: CorridorLight("dim", 1, 100.0),
        lambda: CorridorScene(make_corridor(1, 0, 10.0), Traverse(1, 0, 10.0), CorridorLight("low", 1, 10.0), 4, 4),
    ],
)
def test_wrong_values_are_refused(make):
    with pytest.raises(InputError, match="expected"):
        make()
