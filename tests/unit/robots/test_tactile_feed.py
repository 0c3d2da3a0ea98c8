import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.robots.config_sensors import TURNS, Tactile
from touchloop.robots.tactile_feed import TactileFeed
from touchloop.sim.tactile import rest_positions

sys.path.insert(0, str(Path(__file__).parents[1] / "touch"))
from gel_pictures import Gel, pressed

VIEW_M = (0.020, 0.015)
SENSOR = Tactile(kind="markers", topic="markers", field_of_view_m=VIEW_M)


def shares(rows: int, columns: int) -> np.ndarray:
    y, x = np.meshgrid(np.linspace(0.02, 0.98, rows), np.linspace(0.02, 0.98, columns), indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


@given(
    size=st.tuples(st.integers(5, 12), st.integers(5, 14)),
    shift_m=st.tuples(st.floats(-1e-3, 1e-3), st.floats(-1e-3, 1e-3)),
    seed=st.integers(0, 100),
)
def test_a_shift_comes_out_whatever_the_sensors_grid_and_order(
    size: tuple[int, int], shift_m: tuple[float, float], seed: int
) -> None:
    places = np.random.default_rng(seed).permutation(shares(*size))
    field = np.concatenate([places, np.broadcast_to(np.array(shift_m) / VIEW_M, places.shape)], axis=1)
    moved = TactileFeed(SENSOR).of_field(field)
    assert moved.shape == (63, 2)
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, np.broadcast_to(shift_m, (63, 2)), atol=1e-8)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("turn_deg", TURNS)
def test_a_sensor_that_is_mounted_turned_gives_the_same(turn_deg: int, flip: bool) -> None:
    view_m = (0.016, 0.016)
    field = np.concatenate([shares(9, 9), 1e-2 * (shares(9, 9) - 0.5) + [0.02, 0.0]], axis=1)
    plain = TactileFeed(replace(SENSOR, field_of_view_m=view_m))
    x, y = (field[:, [0, 2]] - [0.5, 0.0]).T, (field[:, [1, 3]] - [0.5, 0.0]).T
    # What a picture shows that is turned back and flipped back before.
    if flip:
        x = -x
    for _ in range(turn_deg // 90):
        x, y = y, -x
    mounted = np.stack([x[0] + 0.5, y[0] + 0.5, x[1], y[1]], axis=1)
    feed = TactileFeed(replace(SENSOR, field_of_view_m=view_m, turn_deg=turn_deg, flip=flip))
    np.testing.assert_allclose(feed.of_field(mounted), plain.of_field(field), atol=1e-9)


def test_metres_are_taken_as_they_are() -> None:
    field = np.concatenate([rest_positions(), np.full((63, 2), 2e-4)], axis=1)
    moved = TactileFeed(replace(SENSOR, in_metres=True)).of_field(field)
    np.testing.assert_allclose(moved, 2e-4, atol=1e-9)


def test_another_unit_is_told() -> None:
    pixels = np.concatenate([shares(7, 9) * 400.0, np.ones((63, 2))], axis=1)
    with pytest.raises(InputError, match="not shares of the picture"):
        TactileFeed(SENSOR).of_field(pixels)
    far = np.concatenate([shares(7, 9), np.ones((63, 2))], axis=1)
    with pytest.raises(InputError, match="markers moved by"):
        TactileFeed(SENSOR).of_field(far)


def test_pictures_become_metres_on_the_policys_grid() -> None:
    gel = Gel()
    view_m = (0.020, 0.015)
    feed = TactileFeed(replace(SENSOR, kind="pictures", field_of_view_m=view_m))
    with pytest.raises(InputError, match="picture at rest is not known yet; tare in free air"):
        feed.of_picture(gel.picture(seed=0))
    feed.rest()
    metre_px = gel.width / view_m[0]
    assert np.abs(feed.of_picture(gel.picture(seed=0))).max() < 0.1 / metre_px
    field = pressed((320.0, 240.0), 8.0, (6.0, -4.0), 120.0)
    moved = feed.of_picture(gel.picture(field, seed=1))
    true_m = field(rest_positions() * metre_px + [319.5, 239.5]) / metre_px
    # Resampling smooths: a tenth of the greatest displacement.
    assert np.abs(moved - true_m).max() < 0.1 * np.linalg.norm(true_m, axis=1).max()
