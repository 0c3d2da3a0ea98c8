import numpy as np

from touchloop.events.places.cohort import MEMORY, PRIOR, Cohort
from touchloop.events.places.difference import Ordinary

PLACES = 40


def rows(count, seed=0):
    """A camera that sees no place of the map, all of which differ alike, but for 7, which looks like everything."""
    made = 1.0 + 0.02 * np.random.default_rng(seed).standard_normal((count, PLACES))
    made[:, 7] -= 0.2
    return made.astype(np.float32)


def prior():
    return Cohort.of(Ordinary(np.ones(PLACES, np.float32), np.full(PLACES, 0.02, np.float32)))


def test_a_place_that_draws_all_matches_to_itself_loses_its_pull():
    cohort = prior()
    assert cohort.relative(rows(1)[0]).argmin() == 7
    for row in rows(200, 1):
        cohort = cohort.seen(row)
    later = [cohort.relative(row) for row in rows(50, 2)]
    assert np.mean([row.argmin() == 7 for row in later]) < 0.2


def test_what_truly_fits_still_wins():
    cohort = prior()
    for row in rows(200, 1):
        cohort = cohort.seen(row)
    seen = rows(1, 3)[0]
    seen[21] -= 0.2
    assert cohort.relative(seen).argmin() == 21


def test_moments_are_those_of_what_was_seen():
    cohort = Cohort(np.zeros(PLACES, np.float32), np.ones(PLACES, np.float32), 0.0)
    seen = rows(MEMORY)
    for row in seen:
        cohort = cohort.seen(row)
    centred = seen - seen.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(cohort.mean, centred.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(cohort.variance, centred.var(axis=0), rtol=1e-3)


def test_memory_fades():
    cohort = prior()
    assert cohort.frames == PRIOR
    for row in rows(3 * MEMORY):
        cohort = cohort.seen(row)
    assert cohort.frames == MEMORY
