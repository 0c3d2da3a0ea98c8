"""How much each place of a map differs from what a camera sees lately, so that no place draws all matches to itself."""

from dataclasses import dataclass

import numpy as np

from touchloop.events.places.difference import Ordinary

MEMORY = 300
"""Frames: 20 s, in which a robot that drives has left where it was."""
PRIOR = 50
"""Frames that the map itself counts for at the start."""


@dataclass(frozen=True)
class Cohort:
    """Running mean and variance of each place's difference; a value object, ``seen`` gives the next one.

    Some frames of a map, made with other biases or in other light than the query, look a little like every query. Their
    differences are judged against their own habit, as cohort normalisation does in the recognition of speakers. The
    habit is that towards the map's other places until queries have been seen, for only those show what biases and light
    the camera has now.

    Attributes:
        mean: (places,) float32 of differences less their mean over the map.
        variance: (places,) float32.
        frames: how many are in them.
    """

    mean: np.ndarray
    variance: np.ndarray
    frames: float

    @staticmethod
    def of(ordinary: Ordinary) -> "Cohort":
        """What the map alone tells."""
        return Cohort(ordinary.mean - ordinary.mean.mean(), ordinary.deviation**2, float(PRIOR))

    def seen(self, row: np.ndarray) -> "Cohort":
        """With one more (places,) row of differences."""
        frames = min(self.frames + 1.0, float(MEMORY))
        change = row - row.mean() - self.mean
        mean = self.mean + change / np.float32(frames)
        variance = self.variance + (change * (row - row.mean() - mean) - self.variance) / np.float32(frames)
        return Cohort(mean, np.maximum(variance, np.float32(1e-6)), frames)

    def relative(self, row: np.ndarray) -> np.ndarray:
        """(places,) differences in deviations from each place's habit."""
        return (row - row.mean() - self.mean) / np.sqrt(self.variance)
