"""Mean absolute differences of descriptors: one against a map, or all against all."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from touchloop.errors import InputError
from touchloop.events.places.descriptor import STEPS_A_DEVIATION


def differences(descriptor: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Mean absolute difference to each place.

    Args:
        descriptor: (n,) int8.
        places: (N, n) int8, contiguous.

    Returns:
        (N,) float32, in standard deviations of a patch.

    Raises:
        InputError: arrays of other types, or lengths that differ.
    """
    if descriptor.dtype != np.int8 or places.dtype != np.int8 or places.shape[1:] != descriptor.shape:
        raise InputError(
            f"places: descriptor is {descriptor.dtype} of shape {descriptor.shape}, map {places.dtype} of shape "
            f"{places.shape}; expected int8 (n,) and (N, n)"
        )
    out = np.empty(len(places), np.float32)
    _differences(np.ascontiguousarray(descriptor), np.ascontiguousarray(places), out)
    return out


def difference_matrix(queries: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(queries, places) float32: ``differences`` of every query."""
    rows = [differences(query, places) for query in queries]
    return np.stack(rows) if rows else np.empty((0, len(places)), np.float32)


@dataclass(frozen=True)
class Ordinary:
    """How much each place of a map differs from the map's other places.

    Places with many events look a little like everything, others like nothing. Differences relative to this leave what
    is special, as cohort normalisation does in the recognition of speakers.

    Attributes:
        mean: (N,) float32.
        deviation: (N,) float32, positive.
    """

    mean: np.ndarray
    deviation: np.ndarray

    @staticmethod
    def of(places: np.ndarray, positions_m: np.ndarray, apart_m: float) -> "Ordinary":
        """Over the places that are further than ``apart_m``; all of them where there are none.

        Args:
            places: (N, n) int8.
            positions_m: (N,).
            apart_m: what is nearer counts as the same place.
        """
        matrix = difference_matrix(places, places)
        far = np.abs(positions_m[:, None] - positions_m[None]) > apart_m
        far[:, ~far.any(axis=0)] = True
        count = far.sum(axis=0)
        mean = (matrix * far).sum(axis=0) / count
        variance = (((matrix - mean) ** 2) * far).sum(axis=0) / count
        return Ordinary(mean.astype(np.float32), np.sqrt(np.maximum(variance, 1e-6)).astype(np.float32))

    def relative(self, row: np.ndarray) -> np.ndarray:
        """(N,) differences in deviations from the mean of their place."""
        return (row - self.mean) / self.deviation


@njit(cache=True, error_model="numpy")
def _differences(descriptor: np.ndarray, places: np.ndarray, out: np.ndarray) -> None:
    scale = np.float32(1.0 / (STEPS_A_DEVIATION * descriptor.size))
    for row in range(places.shape[0]):
        place = places[row]
        total = np.int32(0)
        for i in range(descriptor.size):
            total += np.int32(abs(np.int16(descriptor[i]) - np.int16(place[i])))
        out[row] = np.float32(total) * scale
