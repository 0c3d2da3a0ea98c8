"""Puts the dots of a gel at rest into rows and columns."""

import numpy as np
from scipy.spatial import KDTree

from touchloop.errors import InputError

LOST_SHARE = 0.15
"""Share of the dots that may be missing on the picture at rest; their places follow from the others."""


def order_dots(dots: np.ndarray, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of all markers at rest, row by row from the top left, and which of them were seen.

    Dots are followed from neighbour to neighbour, so the grid may be turned by up to 30 degrees and bent as a lens
    bends it. Dots that belong to no cell are left out.

    Args:
        dots: (N, 2) [px].
        rows, columns: of the grid.

    Returns:
        Places (rows * columns, 2) [px] and flags (rows * columns,).

    Raises:
        InputError: the grid is not there.
    """
    if rows < 2 or columns < 2:
        raise InputError(f"a grid of {rows} x {columns} markers; expected at least 2 x 2")
    wanted = rows * columns
    if len(dots) < (1.0 - LOST_SHARE) * wanted:
        raise InputError(f"{len(dots)} markers seen at rest; expected {wanted} ({rows} x {columns})")
    cells = _walk(dots)
    origin, kept = _best_window(cells, rows, columns)
    if kept < (1.0 - LOST_SHARE) * wanted:
        raise InputError(f"{kept} markers form a grid of {rows} x {columns}; expected {wanted}")
    places, seen = np.full((wanted, 2), np.nan), np.zeros(wanted, bool)
    for number, (column, row) in cells.items():
        column, row = column - origin[0], row - origin[1]
        if 0 <= column < columns and 0 <= row < rows:
            places[row * columns + column], seen[row * columns + column] = dots[number], True
    fitted = _fitted(places, seen, columns)
    places[~seen] = fitted[~seen]
    # A dot whose neighbours are all missing could not be walked to.
    distance, dot = KDTree(dots).query(fitted)
    late = ~seen & (distance < 0.25 * float(np.median(np.linalg.norm(np.diff(places[:columns], axis=0), axis=1))))
    places[late] = dots[np.asarray(dot)[late]]
    return places, seen | late


def _walk(dots: np.ndarray) -> dict[int, tuple[int, int]]:
    """Dot to (column, row), counted from wherever the walk begins."""
    right, down = _steps(dots)
    tree = KDTree(dots)
    reach = 0.35 * min(np.linalg.norm(right), np.linalg.norm(down))
    _, start = tree.query(np.median(dots, axis=0))
    start = int(start)
    cells, taken, front = {start: (0, 0)}, {(0, 0)}, [start]
    steps = {start: (right, down)}
    while front:
        number = front.pop(0)
        column, row = cells[number]
        right, down = steps[number]
        for dc, dr in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            step = dc * right + dr * down
            distance, other = tree.query(dots[number] + step)
            cell, other = (column + dc, row + dr), int(other)
            if distance > reach or other in cells or cell in taken:
                continue
            # The steps follow a bent grid.
            found = (dots[other] - dots[number]) * (dc + dr)
            steps[other] = (0.5 * (right + found), down) if dc else (right, 0.5 * (down + found))
            cells[other] = cell
            taken.add(cell)
            front.append(other)
    return cells


def _steps(dots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The steps to the next column and to the next row (2,): medians over the pairs of neighbours."""
    near = np.asarray(KDTree(dots).query(dots, k=5)[1])
    pairs = (dots[near[:, 1:]] - dots[:, None]).reshape(-1, 2)
    angle = np.arctan2(pairs[:, 1], pairs[:, 0])
    found = []
    for wanted in (0.0, 0.5 * np.pi):
        turn = np.abs((angle - wanted + np.pi) % (2.0 * np.pi) - np.pi)
        close = pairs[turn < np.pi / 5]
        if len(close) < 2:
            raise InputError("the markers form no grid along the picture's axes")
        found.append(np.median(close, axis=0))
    return found[0], found[1]


def _best_window(cells: dict[int, tuple[int, int]], rows: int, columns: int) -> tuple[tuple[int, int], int]:
    """Where a window of the grid's size holds the most cells, and how many."""
    there = np.array(list(cells.values()))
    low = there.min(axis=0)
    held = np.zeros(there.max(axis=0) - low + 1, int)
    held[tuple((there - low).T)] = 1
    held = np.pad(held, ((columns - 1, columns - 1), (rows - 1, rows - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(held, (columns, rows)).sum(axis=(2, 3))
    at = np.unravel_index(int(windows.argmax()), windows.shape)
    return (int(at[0] + low[0] - columns + 1), int(at[1] + low[1] - rows + 1)), int(windows.max())


def _fitted(places: np.ndarray, seen: np.ndarray, columns: int) -> np.ndarray:
    """Places of all cells by a cubic fit over those that were seen; of a small grid, a plane."""
    row, column = (0.1 * number for number in np.divmod(np.arange(len(places)), columns))
    degree = 3 if seen.sum() >= 30 else 1
    terms = np.stack([row**i * column**j for i in range(degree + 1) for j in range(degree + 1 - i)], axis=1)
    return terms @ np.linalg.lstsq(terms[seen], places[seen], rcond=None)[0]
