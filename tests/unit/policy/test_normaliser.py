import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from touchloop.policy.normaliser import Normaliser

samples = arrays(np.float32, st.tuples(st.integers(2, 20), st.just(4)), elements=st.floats(-100.0, 100.0, width=32))


@given(samples, st.floats(0.01, 1.0))
def test_there_and_back_is_the_same(values: np.ndarray, floor: float) -> None:
    scale = Normaliser.fit(values, floor)
    np.testing.assert_allclose(scale.denormalise(scale.normalise(values)), values, atol=1e-3)
    assert scale.normalise(values).dtype == np.float32


@given(samples, st.floats(0.01, 1.0))
def test_deviation_is_at_most_one_and_constants_stay_harmless(values: np.ndarray, floor: float) -> None:
    values[:, 2] = 7.0
    scale = Normaliser.fit(values, floor)
    assert (scale.scale >= np.float32(floor)).all()
    normal = scale.normalise(values)
    np.testing.assert_allclose(normal[:, 2], 0.0, atol=1e-5)
    assert (normal.std(axis=0) <= 1.0 + 1e-3).all()


def test_each_dimension_has_its_own_floor_and_batches_flatten() -> None:
    values = np.random.default_rng(0).standard_normal((6, 50, 2))
    scale = Normaliser.fit(values, np.array([0.1, 5.0]))
    np.testing.assert_allclose(scale.scale, [values[..., 0].std(), 5.0], rtol=1e-5)
