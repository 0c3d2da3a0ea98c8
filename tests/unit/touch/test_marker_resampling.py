import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchloop.sim.tactile import rest_positions
from touchloop.touch.marker_resampling import resampling_weights


def mesh(rows: int, columns: int, width: float, height: float) -> np.ndarray:
    y, x = np.meshgrid(
        np.linspace(-height / 2, height / 2, rows), np.linspace(-width / 2, width / 2, columns), indexing="ij"
    )
    return np.stack([x.ravel(), y.ravel()], axis=1)


@given(
    size=st.tuples(st.integers(4, 14), st.integers(4, 14)),
    numbers=st.lists(st.floats(-1.0, 1.0), min_size=6, max_size=6),
)
def test_shift_turn_and_stretch_come_out_exactly(size: tuple[int, int], numbers: list[float]) -> None:
    markers = mesh(*size, 0.018, 0.014)
    shift, linear = np.array(numbers[:2]) * 1e-3, np.array(numbers[2:]).reshape(2, 2) * 0.05
    weights = resampling_weights(markers, rest_positions())
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-9)
    inside = (np.abs(rest_positions()) <= [0.009, 0.007]).all(axis=1)
    moved = weights @ (markers @ linear + shift)
    np.testing.assert_allclose(moved[inside], (rest_positions() @ linear + shift)[inside], atol=1e-8)


def test_a_press_keeps_its_shape_on_another_grid() -> None:
    markers, points = mesh(12, 16, 0.018, 0.014), rest_positions()

    def press(places: np.ndarray) -> np.ndarray:
        return 2e-4 * places / 0.005 * np.exp(-0.5 * (places**2).sum(axis=1, keepdims=True) / 0.005**2)

    error = resampling_weights(markers, points) @ press(markers) - press(points)
    assert np.abs(error).max() < 0.1 * np.abs(press(points)).max()


def test_beyond_the_sensor_nothing_is_made_up() -> None:
    markers = mesh(5, 5, 0.004, 0.004)
    far = np.array([[0.02, 0.0]])
    weights = resampling_weights(markers, far)
    assert weights.max() == 1.0
    assert np.count_nonzero(weights) == 1
