"""ChArUco boards: what they are, a picture of one to print at true size, and where their corners are in a picture."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from touchloop.errors import InputError

MM_PER_INCH = 25.4
DICTIONARIES = {
    name: getattr(cv2.aruco, name)
    for name in sorted(dir(cv2.aruco))
    if name.startswith("DICT_") and "APRIL" not in name
}
PAPERS_MM = {"a4": (297.0, 210.0), "a3": (420.0, 297.0), "letter": (279.4, 215.9)}
"""Width and height of a sheet that lies."""
MARGIN_MM = 10.0
RULER_MM = 100.0
LEAST_CORNERS = 6
"""Of one view; four would do, but then nothing shows a wrong one."""


@dataclass(frozen=True, slots=True)
class Corners:
    """What was found of a board in one picture.

    Attributes:
        on_board: (n, 3) [m] in the board's frame: x along the rows, y down the columns, z into the board.
        in_picture: (n, 2) [px].
    """

    on_board: np.ndarray
    in_picture: np.ndarray


@dataclass(frozen=True)
class BoardSpec:
    """A ChArUco board (Garrido-Jurado et al. 2014; OpenCV's pattern since 4.6)."""

    columns: int = 7
    rows: int = 5
    square_mm: float = 36.0
    marker_mm: float = 27.0
    dictionary: str = "DICT_4X4_100"

    def __post_init__(self) -> None:
        if self.dictionary not in DICTIONARIES:
            raise InputError(f"dictionary '{self.dictionary}': expected one of {', '.join(DICTIONARIES)}")
        if self.columns < 3 or self.rows < 3:
            raise InputError(f"{self.columns} columns and {self.rows} rows of squares: expected 3 or more of each")
        if not 0.0 < self.marker_mm < self.square_mm <= 1000.0:
            raise InputError(
                f"marker_mm is {self.marker_mm:g}, square_mm {self.square_mm:g}: expected 0 < marker_mm < square_mm"
            )
        markers, there = self.columns * self.rows // 2, len(self._dictionary().bytesList)
        if markers > there:
            raise InputError(f"{markers} markers are needed; {self.dictionary} has {there}")

    def _dictionary(self) -> cv2.aruco.Dictionary:
        return cv2.aruco.getPredefinedDictionary(DICTIONARIES[self.dictionary])

    def board(self) -> cv2.aruco.CharucoBoard:
        """OpenCV's, in metres."""
        size = (self.columns, self.rows)
        return cv2.aruco.CharucoBoard(size, self.square_mm * 1e-3, self.marker_mm * 1e-3, self._dictionary())

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the printed pattern."""
        return self.columns * self.square_mm, self.rows * self.square_mm


def find_corners(picture: np.ndarray, spec: BoardSpec) -> Corners | None:
    """The board's corners in a picture (h, w) or (h, w, 3); None where too few are seen."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    board = spec.board()
    in_picture, ids, _, _ = cv2.aruco.CharucoDetector(board).detectBoard(np.ascontiguousarray(grey))
    if ids is None or len(ids) < LEAST_CORNERS:
        return None
    numbers: Any = np.asarray(ids).ravel()
    all_on_board: Any = board.getChessboardCorners()
    on_board: np.ndarray = np.asarray(all_on_board, float)
    on_board = on_board[numbers]
    if np.linalg.matrix_rank(on_board[:, :2] - on_board[0, :2]) < 2:
        return None
    return Corners(on_board, np.asarray(in_picture, float).reshape(-1, 2))


def write_board(path: Path, spec: BoardSpec, paper: str = "a4", dpi: int = 300) -> None:
    """Writes a sheet to print at 100 %: the board, what it is, and a line to measure with a ruler.

    Args:
        path: ends in .pdf or .png.
        spec: the board.
        paper: one of ``PAPERS_MM``.
        dpi: dots an inch.

    Raises:
        InputError: another ending or paper, a board that does not fit, a file that cannot be written.
    """
    if path.suffix.lower() not in (".pdf", ".png"):
        raise InputError(f"{path}: expected a name that ends in .pdf or .png")
    if paper not in PAPERS_MM:
        raise InputError(f"paper '{paper}': expected one of {', '.join(PAPERS_MM)}")
    if not 72 <= dpi <= 1200:
        raise InputError(f"dpi is {dpi}: expected 72 to 1200")
    wide_mm, high_mm = PAPERS_MM[paper]
    width_mm, height_mm = spec.size_mm
    # Below the board is room for the line and the text.
    if width_mm > wide_mm - 2 * MARGIN_MM or height_mm > high_mm - 1.6 * MARGIN_MM:
        fits = min((wide_mm - 2 * MARGIN_MM) / spec.columns, (high_mm - 1.6 * MARGIN_MM) / spec.rows)
        raise InputError(
            f"the board is {width_mm:g} x {height_mm:g} mm and does not fit on {paper}; squares of at most "
            f"{math.floor(fits)} mm do"
        )
    px_per_mm = dpi / MM_PER_INCH
    pattern = _pattern(spec, px_per_mm)
    sheet = Image.new("L", (round(wide_mm * px_per_mm), round(high_mm * px_per_mm)), 255)
    top_mm = min(MARGIN_MM, (high_mm - height_mm) / 2 - 0.3 * MARGIN_MM)
    left = round((wide_mm - width_mm) / 2 * px_per_mm)
    sheet.paste(Image.fromarray(pattern), (left, round(top_mm * px_per_mm)))
    _caption(sheet, spec, left, (top_mm + height_mm + 0.3 * MARGIN_MM) * px_per_mm, px_per_mm)
    try:
        sheet.save(path, dpi=(dpi, dpi), resolution=dpi)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}") from error


def _pattern(spec: BoardSpec, px_per_mm: float) -> np.ndarray:
    # Drawn with a whole number of dots a square, then stretched to the true size.
    dots = max(1, round(spec.square_mm * px_per_mm))
    drawn = spec.board().generateImage((spec.columns * dots, spec.rows * dots), marginSize=0)
    width, height = (round(mm * px_per_mm) for mm in spec.size_mm)
    return cv2.resize(drawn, (width, height), interpolation=cv2.INTER_NEAREST)


def _caption(sheet: Image.Image, spec: BoardSpec, left: int, top: float, px_per_mm: float) -> None:
    draw = ImageDraw.Draw(sheet)
    thick = max(1, round(0.3 * px_per_mm))
    right, tick = left + RULER_MM * px_per_mm, 1.5 * px_per_mm
    draw.line([(left, top + tick), (right, top + tick)], fill=0, width=thick)
    for x in (left, right):
        draw.line([(x, top), (x, top + 2 * tick)], fill=0, width=thick)
    squares = f"{spec.columns} x {spec.rows} squares of {spec.square_mm:g} mm"
    text = (
        f"{RULER_MM:g} mm: print at 100 %, then measure.   {squares}, markers {spec.marker_mm:g} mm, {spec.dictionary}"
    )
    draw.text((right + 3 * tick, top), text, fill=0, font_size=3.0 * px_per_mm)
