import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.touch.marker_lattice import order_dots


def grid(rows: int, columns: int, turn_rad: float = 0.0, bend: float = 0.0) -> np.ndarray:
    """Places of a grid with a pitch of 40 px, turned, and bent as by a lens."""
    y, x = np.meshgrid(np.arange(rows) - 0.5 * (rows - 1), np.arange(columns) - 0.5 * (columns - 1), indexing="ij")
    places = 40.0 * np.stack([x.ravel(), y.ravel()], axis=1)
    places *= 1.0 + bend * ((places / 160.0) ** 2).sum(axis=1, keepdims=True)
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    return places @ np.array([[cos, sin], [-sin, cos]]) + 300.0


@given(
    size=st.tuples(st.integers(3, 12), st.integers(3, 14)),
    turn_rad=st.floats(-0.4, 0.4),
    bend=st.floats(-0.04, 0.04),
    seed=st.integers(0, 1000),
)
def test_a_turned_and_bent_grid_is_put_in_order(size: tuple[int, int], turn_rad: float, bend: float, seed: int) -> None:
    places = grid(*size, turn_rad, bend)
    dots = np.random.default_rng(seed).permutation(places)
    ordered, seen = order_dots(dots, *size)
    np.testing.assert_allclose(ordered, places)
    assert seen.all()


@given(missing=st.sets(st.integers(7, 55), max_size=5), seed=st.integers(0, 1000))
def test_missing_dots_are_put_where_the_others_say(missing: set[int], seed: int) -> None:
    places = grid(7, 9, 0.1, 0.02)
    kept = np.delete(places, list(missing), axis=0)
    ordered, seen = order_dots(np.random.default_rng(seed).permutation(kept), 7, 9)
    assert set(np.flatnonzero(~seen)) == missing
    assert np.abs(ordered - places).max() < 2.0


def test_dirt_beside_the_grid_is_left_out() -> None:
    places = grid(7, 9)
    dirt = np.array([[10.0, 10.0], [318.0, 322.0], [700.0, 20.0]])
    ordered, _ = order_dots(np.concatenate([dirt, places]), 7, 9)
    np.testing.assert_allclose(ordered, places)


@pytest.mark.parametrize(
    ("dots", "size", "message"),
    [
        (np.empty((0, 2)), (7, 9), "0 markers seen at rest; expected 63"),
        (grid(5, 5), (7, 9), "25 markers seen"),
        (grid(7, 9), (1, 9), "at least 2 x 2"),
        (np.random.default_rng(0).uniform(0, 600, (63, 2)), (7, 9), "markers form a grid of 7 x 9"),
    ],
)
def test_no_grid_is_told(dots: np.ndarray, size: tuple[int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        order_dots(dots, *size)
