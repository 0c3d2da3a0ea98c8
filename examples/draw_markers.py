"""Draws the marker field of a gel's picture over it: dots as found, arrows as displaced (enlarged), lost ones in red.

.venv/bin/python examples/draw_markers.py rest.png pressed.png field.png --rows 7 --columns 9
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import tyro

from touchloop.errors import InputError
from touchloop.touch.marker_detection import DotShape
from touchloop.touch.marker_tracking import MarkerFrame, MarkerTracker


@dataclass(frozen=True)
class Options:
    """What to draw."""

    rest: Annotated[Path, tyro.conf.Positional]
    """Picture of the gel without contact."""
    picture: Annotated[Path, tyro.conf.Positional]
    """Picture with contact."""
    out: Annotated[Path, tyro.conf.Positional]
    """Where the drawing goes."""
    rows: int = 7
    columns: int = 9
    dot_diameter_px: float = 12.0
    dot_contrast: float = 18.0
    enlarge: float = 3.0
    """Arrows are so many times longer than the displacements."""


def read(path: Path) -> np.ndarray:
    """A picture (H, W, 3) rgb."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise InputError(f"{path} is no picture that can be read")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def drawn(rgb: np.ndarray, frame: MarkerFrame, enlarge: float) -> np.ndarray:
    """The picture with its field, (H, W, 3) rgb."""
    out = rgb.copy()
    for place, moved, seen in zip(frame.rest, frame.displacement, frame.seen, strict=True):
        now, tip = place + moved, place + moved * enlarge
        cv2.circle(out, tuple(int(v) for v in np.round(now)), 3, (0, 255, 0) if seen else (255, 0, 0), -1, cv2.LINE_AA)
        begin, end = (tuple(int(v) for v in np.round(p)) for p in (place, tip))
        cv2.arrowedLine(out, begin, end, (255, 255, 0) if seen else (255, 0, 0), 2, cv2.LINE_AA, tipLength=0.3)
    return out


def main(options: Options) -> int:
    """Draw it."""
    try:
        shape = DotShape(options.dot_diameter_px, options.dot_contrast)
        tracker = MarkerTracker(read(options.rest), options.rows, options.columns, shape)
        rgb = read(options.picture)
        frame = tracker(rgb)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    cv2.imwrite(str(options.out), cv2.cvtColor(drawn(rgb, frame, options.enlarge), cv2.COLOR_RGB2BGR))
    print(f"{options.out}: {int(frame.seen.sum())} of {len(frame.seen)} markers seen")
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Options)))
