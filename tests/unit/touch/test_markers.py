import numpy as np
import pytest

from touchloop.touch.markers import MarkerPca


@pytest.fixture
def fields() -> np.ndarray:
    """500 fields that vary along three hidden directions, the first the most, and a little everywhere."""
    rng = np.random.default_rng(3)
    directions = np.linalg.qr(rng.standard_normal((126, 3)))[0].T
    hidden = rng.standard_normal((500, 3)) * [3e-4, 2e-4, 1e-4]
    return (1e-5 + hidden @ directions + 1e-7 * rng.standard_normal((500, 126))).reshape(500, 63, 2)


def test_components_are_orthonormal_and_sorted_by_strength(fields: np.ndarray) -> None:
    pca = MarkerPca.fit(fields, 5)
    np.testing.assert_allclose(pca.components @ pca.components.T, np.eye(5), atol=1e-5)
    spread = pca(fields.reshape(500, -1)).std(axis=0)
    assert (np.diff(spread) < 0.0).all()
    np.testing.assert_allclose(spread[:3], [3e-4, 2e-4, 1e-4], rtol=0.15)


def test_the_leading_components_hold_all_that_varies(fields: np.ndarray) -> None:
    pca = MarkerPca.fit(fields, 3)
    flat = fields.reshape(500, -1)
    back = pca(flat) @ pca.components + pca.mean
    assert np.abs(back - flat).max() < 2e-6


def test_coordinates_are_centred_and_any_batch_shape_works(fields: np.ndarray) -> None:
    pca = MarkerPca.fit(fields, 3)
    flat = fields.reshape(500, -1)
    np.testing.assert_allclose(pca(flat).mean(axis=0), 0.0, atol=1e-8)
    np.testing.assert_allclose(pca(flat.reshape(5, 100, -1)).reshape(500, -1), pca(flat))
    np.testing.assert_allclose(pca(flat[7]), pca(flat)[7], atol=1e-12)
