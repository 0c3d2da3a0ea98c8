"""Mean absolute differences of descriptors: one against a map, or all against all."""

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


@njit(cache=True, error_model="numpy")
def _differences(descriptor: np.ndarray, places: np.ndarray, out: np.ndarray) -> None:
    scale = np.float32(1.0 / (STEPS_A_DEVIATION * descriptor.size))
    for row in range(places.shape[0]):
        place = places[row]
        total = np.int32(0)
        for i in range(descriptor.size):
            total += np.int32(abs(np.int16(descriptor[i]) - np.int16(place[i])))
        out[row] = np.float32(total) * scale
