import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.places.descriptor import PATCH, STEPS_A_DEVIATION, describe, descriptor_size
from touchloop.events.places.difference import Ordinary, difference_matrix, differences


@given(st.integers(0, 1000), st.sampled_from([(64, 64), (173, 130), (116, 87)]))
@settings(deadline=None, max_examples=20)
def test_patches_have_no_mean_and_unit_deviation(seed, size):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(0.7, (2, size[1], size[0])).astype(np.uint16)
    sensor = (346, 260)
    columns, rows = descriptor_size(*sensor)
    picture = describe(counts, sensor).reshape(rows, columns).astype(float) / STEPS_A_DEVIATION
    patches = picture.reshape(rows // PATCH, PATCH, columns // PATCH, PATCH).swapaxes(1, 2).reshape(-1, PATCH * PATCH)
    assert np.abs(patches.mean(axis=1)).max() < 0.1
    assert np.abs(patches.std(axis=1) - 1.0).max() < 0.1


def test_nothing_seen_gives_zeros():
    assert not describe(np.zeros((2, 64, 64), np.uint16)).any()


def test_brighter_by_the_same_factor_looks_the_same():
    rng = np.random.default_rng(3)
    counts = rng.poisson(0.5, (2, 64, 64)).astype(np.uint16)
    assert (describe(counts) == describe(counts * 3)).all()


@pytest.mark.parametrize(
    "counts", [np.zeros((64, 64), np.uint16), np.zeros((2, 64, 64)), np.zeros((2, 8, 8), np.uint8)]
)
def test_wrong_counts_are_refused(counts):
    with pytest.raises(InputError, match="places"):
        describe(counts)


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_differences_are_mean_absolute_differences(seed):
    rng = np.random.default_rng(seed)
    places = rng.integers(-127, 128, (7, 100)).astype(np.int8)
    query = rng.integers(-127, 128, 100).astype(np.int8)
    plain = np.abs(places.astype(float) - query).mean(axis=1) / STEPS_A_DEVIATION
    assert np.allclose(differences(query, places), plain, rtol=1e-5)
    matrix = difference_matrix(places, places)
    assert np.allclose(np.diag(matrix), 0.0)
    assert np.allclose(matrix, matrix.T)


def test_differences_of_other_types_are_refused():
    with pytest.raises(InputError, match="int8"):
        differences(np.zeros(10, np.int8), np.zeros((3, 11), np.int8))


def test_a_place_like_everything_is_no_better_than_others_relative_to_the_map():
    rng = np.random.default_rng(5)
    places = rng.integers(-60, 60, (50, 400)).astype(np.int8)
    places[7] = 0
    query = rng.integers(-60, 60, 400).astype(np.int8)
    row = differences(query, places)
    assert row.argmin() == 7
    relative = Ordinary.of(places, np.arange(50.0), 2.0).relative(row)
    assert relative.argmin() != 7 or relative[7] > -3.0
    assert abs(relative[7]) < 3.0 < abs(row[7] - row.mean()) / row.std()
