"""Small charts as inline SVG whose colours come from the page's style sheet, so that they follow light and dark."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

GAP_FACTOR = 6.0
"""A line is broken where two samples lie further apart than this many median intervals."""


class Span(NamedTuple):
    """A labelled part of the x axis; ``style`` is a CSS class."""

    start: float
    stop: float
    label: str
    style: str


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, at most about ``most``."""
    if not high > low:
        return [low]
    raw = (high - low) / max(most, 1)
    magnitude = 10.0 ** np.floor(np.log10(raw))
    step = next(factor * magnitude for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * magnitude >= raw)
    first = np.ceil(low / step - 1e-9) * step
    return [round(float(tick), 12) + 0.0 for tick in np.arange(first, high + 1e-9 * step, step)]


def thinned(x: np.ndarray, y: np.ndarray, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Keeps the least and the largest value of each of ``buckets`` parts, so that no peak is lost."""
    if len(x) <= 2 * buckets:
        return x, y
    kept = [0, len(x) - 1]
    for part in np.array_split(np.arange(len(x)), buckets):
        finite = part[np.isfinite(y[part])]
        # A part without any value keeps one sample, so that the hole in the line stays.
        kept += [int(finite[y[finite].argmin()]), int(finite[y[finite].argmax()])] if len(finite) else [int(part[0])]
    order = np.unique(kept)
    return x[order], y[order]


class Chart:
    """One chart in data coordinates. Add things from back to front, then take ``svg()``.

    Args:
        x_range, y_range: Data at the edges.
        x_label, y_label: With unit.
        width, height: Of the whole picture [px]; it scales with the page.
        equal: Same scale on both axes; the ranges are widened to fit.
        x_ticks: Positions and texts instead of round numbers.
    """

    def __init__(
        self,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        x_label: str = "",
        y_label: str = "",
        width: int = 960,
        height: int = 260,
        equal: bool = False,
        x_ticks: Sequence[tuple[float, str]] | None = None,
        y_ticks: Sequence[tuple[float, str]] | None = None,
        title: str = "",
    ) -> None:
        self._size = (width, height)
        self._left, self._right, self._top = 52, width - 12, 10
        self._bottom = height - (38 if x_label else 22)
        self._x, self._y = _widened(x_range), _widened(y_range)
        if equal:
            self._equalise()
        self._labels = (x_label, y_label)
        self._x_ticks, self._y_ticks = x_ticks, y_ticks
        self._title = title
        self._parts: list[str] = []
        self._series: list[str] = []

    def span(self, span: Span) -> None:
        """Shades a part of the x axis over the whole height."""
        x0, x1 = (self._px(min(max(edge, self._x[0]), self._x[1])) for edge in (span.start, span.stop))
        self._parts.append(
            f'<rect class="span {span.style}" x="{x0:.1f}" y="{self._top}" width="{max(x1 - x0, 1.0):.1f}" '
            f'height="{self._bottom - self._top}"><title>{escape(span.label)}</title></rect>'
        )

    def band(self, low: float, high: float, label: str) -> None:
        """Shades a part of the y axis over the whole width."""
        y0, y1 = self._py(min(high, self._y[1])), self._py(max(low, self._y[0]))
        self._parts.append(
            f'<rect class="band" x="{self._left}" y="{y0:.1f}" width="{self._right - self._left}" '
            f'height="{y1 - y0:.1f}"/><text class="note" x="{self._right - 6}" y="{y0 + 13:.1f}" '
            f'text-anchor="end">{escape(label)}</text>'
        )

    def line(self, x: np.ndarray, y: np.ndarray, style: str, label: str, unit: str = "", steps: bool = False) -> None:
        """A line, broken at values that are not finite and at gaps; its values show under the pointer."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        if not len(x):
            return
        gap = GAP_FACTOR * float(np.median(np.diff(x))) if len(x) > 2 else np.inf
        broken = np.concatenate([[True], (np.diff(x) > max(gap, 1e-12)) | ~np.isfinite(y[:-1])])
        starts = x[broken]
        x, y = thinned(x, y, self._right - self._left)
        words, pen_down = [], False
        for index, (px, py) in enumerate(zip(x, y, strict=True)):
            if not np.isfinite(py):
                pen_down = False
                continue
            if index and np.searchsorted(starts, px, side="right") != np.searchsorted(starts, x[index - 1], "right"):
                pen_down = False
            point = f"{self._px(px):.1f} {self._py(py):.1f}"
            if steps and pen_down:
                words.append(f"H{self._px(px):.1f}V{self._py(py):.1f}")
            else:
                words.append(("L" if pen_down else "M") + point)
            pen_down = True
        self._parts.append(f'<path class="line {style}" d="{"".join(words)}"/>')
        finite = np.isfinite(y)
        points = " ".join(f"{a:.4g},{b:.4g}" for a, b in zip(x[finite], y[finite], strict=True))
        self._series.append(
            f'<desc class="series" data-label="{escape(label)}" data-unit="{escape(unit)}" '
            f'data-style="{style}">{points}</desc>'
        )

    def path(self, x: np.ndarray, y: np.ndarray, style: str, label: str = "") -> None:
        """A curve in the plane, broken at values that are not finite."""
        words, pen_down = [], False
        every = max(1, len(x) // 2000)
        for px, py in zip(x[::every], y[::every], strict=True):
            if np.isfinite(px) and np.isfinite(py):
                words.append(f"{'L' if pen_down else 'M'}{self._px(px):.1f} {self._py(py):.1f}")
            pen_down = bool(np.isfinite(px) and np.isfinite(py))
        self._parts.append(f'<path class="line {style}" d="{"".join(words)}"><title>{escape(label)}</title></path>')

    def note(self, text: str) -> None:
        """A remark in the upper right corner."""
        self._parts.append(
            f'<text class="note" x="{self._right - 6}" y="{self._top + 13}" text-anchor="end">{escape(text)}</text>'
        )

    def marks(self, x: np.ndarray, style: str, label: str) -> None:
        """Short strokes at the foot of the chart."""
        for position in x:
            if self._x[0] <= position <= self._x[1]:
                self._parts.append(
                    f'<path class="mark {style}" d="M{self._px(position):.1f} {self._bottom}v-9">'
                    f"<title>{escape(label)} at {position:.2f} s</title></path>"
                )

    def level(self, y: float, style: str, label: str) -> None:
        """A horizontal line with a text."""
        if self._y[0] <= y <= self._y[1]:
            self._parts.append(
                f'<path class="level {style}" d="M{self._left} {self._py(y):.1f}H{self._right}"/>'
                f'<text class="note" x="{self._right - 6}" y="{self._py(y) - 4:.1f}" text-anchor="end">'
                f"{escape(label)}</text>"
            )

    def bars(self, edges: np.ndarray, heights: np.ndarray, style: str, labels: Sequence[str]) -> None:
        """Bars between edges (n + 1,)."""
        for index, height in enumerate(heights):
            if height <= 0:
                continue
            x0, x1 = self._px(edges[index]), self._px(edges[index + 1])
            y = self._py(height)
            self._parts.append(
                f'<rect class="bar {style}" x="{x0 + 0.5:.1f}" y="{y:.1f}" width="{max(x1 - x0 - 1, 0.5):.1f}" '
                f'height="{max(self._bottom - y, 1.0):.1f}"><title>{escape(labels[index])}</title></rect>'
            )

    def picture(self, data_uri: str, x_range: tuple[float, float], y_range: tuple[float, float]) -> None:
        """A picture between data coordinates."""
        x0, x1, y0, y1 = self._px(x_range[0]), self._px(x_range[1]), self._py(y_range[1]), self._py(y_range[0])
        self._parts.append(
            f'<image href="{data_uri}" x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0:.1f}" height="{y1 - y0:.1f}" '
            'preserveAspectRatio="none"/>'
        )

    def svg(self) -> str:
        """The whole picture as markup."""
        width, height = self._size
        scale = f'data-x="{self._x[0]:.9g},{self._x[1]:.9g}" data-px="{self._left},{self._right}"'
        name = f'role="img" aria-label="{escape(self._title or self._labels[1])}"'
        return (
            f'<svg class="chart" viewBox="0 0 {width} {height}" {scale} data-y="{self._top},{self._bottom}" {name}>'
            f"{self._grid()}<svg {self._window()}>{''.join(self._parts)}</svg>"
            f"{self._frame()}{''.join(self._series)}</svg>"
        )

    def _window(self) -> str:
        """Attributes of an inner picture in the same coordinates that clips at the plot's edges."""
        width, height = self._right - self._left, self._bottom - self._top
        box = f"{self._left} {self._top} {width} {height}"
        return f'x="{self._left}" y="{self._top}" width="{width}" height="{height}" viewBox="{box}"'

    def _grid(self) -> str:
        words = []
        for tick, text in self._y_ticks or _texts(nice_ticks(*self._y, most=(self._bottom - self._top) // 38)):
            y = self._py(tick)
            words.append(f'<path class="grid" d="M{self._left} {y:.1f}H{self._right}"/>')
            words.append(f'<text x="{self._left - 7}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>')
        for tick, text in self._x_ticks or _texts(nice_ticks(*self._x, most=(self._right - self._left) // 70)):
            x = self._px(tick)
            words.append(f'<path class="grid" d="M{x:.1f} {self._top}V{self._bottom}"/>')
            words.append(f'<text x="{x:.1f}" y="{self._bottom + 16}" text-anchor="middle">{escape(text)}</text>')
        return "".join(words)

    def _frame(self) -> str:
        middle_x, middle_y = 0.5 * (self._left + self._right), 0.5 * (self._top + self._bottom)
        x_label, y_label = (escape(label) for label in self._labels)
        return (
            f'<path class="axis" d="M{self._left} {self._top}V{self._bottom}H{self._right}"/>'
            f'<text class="label" x="{middle_x:.0f}" y="{self._size[1] - 5}" text-anchor="middle">{x_label}</text>'
            f'<text class="label" transform="translate(13 {middle_y:.0f}) rotate(-90)" text-anchor="middle">'
            f"{y_label}</text>"
        )

    def _px(self, x: float) -> float:
        return self._left + (x - self._x[0]) / (self._x[1] - self._x[0]) * (self._right - self._left)

    def _py(self, y: float) -> float:
        return self._bottom - (y - self._y[0]) / (self._y[1] - self._y[0]) * (self._bottom - self._top)

    def _equalise(self) -> None:
        per_px = max(
            (self._x[1] - self._x[0]) / (self._right - self._left),
            (self._y[1] - self._y[0]) / (self._bottom - self._top),
        )
        for name, pixels in (("_x", self._right - self._left), ("_y", self._bottom - self._top)):
            low, high = getattr(self, name)
            middle, half = 0.5 * (low + high), 0.5 * per_px * pixels
            setattr(self, name, (middle - half, middle + half))


def strip(spans: Sequence[Span], x_range: tuple[float, float], width: int = 960, height: int = 26) -> str:
    """A strip of coloured parts under a chart of the same width, with names where they fit."""
    left, right = 52, width - 12
    low, high = _widened(x_range)
    words = []
    for span in spans:
        x0, x1 = (
            left + (min(max(e, low), high) - low) / (high - low) * (right - left) for e in (span.start, span.stop)
        )
        tip = escape(f"{span.label}, {span.start:.2f} to {span.stop:.2f} s")
        words.append(
            f'<rect class="{span.style}" x="{x0:.1f}" y="2" width="{max(x1 - x0, 1.5):.1f}" height="{height - 4}">'
            f"<title>{tip}</title></rect>"
        )
        name = span.label.split(":")[0]
        if x1 - x0 > 8 * len(name) + 6:
            words.append(
                f'<text class="on-strip" x="{0.5 * (x0 + x1):.1f}" y="{height / 2 + 4:.1f}" text-anchor="middle">'
                f"{escape(name)}</text>"
            )
    return f'<svg class="strip" viewBox="0 0 {width} {height}">{"".join(words)}</svg>'


def _widened(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = (float(limit) if np.isfinite(limit) else float(index) for index, limit in enumerate(limits))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _texts(ticks: list[float]) -> list[tuple[float, str]]:
    return [(tick, f"{tick:.6g}") for tick in ticks]
