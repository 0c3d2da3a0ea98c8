"""``touchloop calibrate board``: a ChArUco board to print."""

from dataclasses import dataclass
from pathlib import Path

from touchloop.calibration.board import BoardSpec, write_board


@dataclass(frozen=True, kw_only=True)
class Board:
    """Write a ChArUco board to print at 100 %. Glue it on something stiff and measure the 100 mm line.

    hand-eye takes the same board by default; tell it others with the same options.
    """

    out: Path = Path("board.pdf")
    """A .pdf or .png."""
    paper: str = "a4"
    """a4, a3 or letter, lying."""
    dpi: int = 300
    """Dots an inch."""
    board: BoardSpec = BoardSpec()  # noqa: RUF009 frozen
    """Columns, rows and sizes."""

    def run(self) -> int:
        """Write it."""
        write_board(self.out, self.board, self.paper, self.dpi)
        width, height = self.board.size_mm
        print(f"{self.out}: {width:g} x {height:g} mm on {self.paper}; print at 100 %")
        return 0
