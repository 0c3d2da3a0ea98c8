"""Speed and error of the marker tracker on one core, beside OpenCV's pyramidal Lucas-Kanade flow.

    .venv/bin/python benchmarks/marker_tracking.py [--width 640] [--height 480] [--json-file FILE]

Both follow the 63 markers of a rendered gel that is pressed and sheared; the truth is known. Lucas-Kanade begins at the
markers' places on the picture before, as a program that uses it for this does, and is told the places at rest. Both
sides take turns; times are those on the processor, the median of the turns. Ours also has the picture at rest to read.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from touchloop.touch.marker_detection import to_grey
from touchloop.touch.marker_tracking import MarkerTracker

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "touch"))
from gel_pictures import Gel, pressed

LOST_FROM, LOST = 6, (12, 40)
"""From this picture on two markers are not seen."""


@dataclass(frozen=True)
class Options:
    """What to measure."""

    width: int = 640
    height: int = 480
    turns: int = 15
    json_file: Path | None = None


def seconds(function: Callable[[], object]) -> float:
    """Of one call, on the processor."""
    begin = time.process_time()
    function()
    return time.process_time() - begin


def main(options: Options) -> int:
    """Print the table."""
    cv2.setNumThreads(1)
    gel = Gel(options.width, options.height, radius_px=6.0 * options.width / 640)
    scale = options.width / 640
    fields = [
        pressed((300 * scale, 200 * scale), 2.0 * k * scale, (1.5 * k * scale, -k * scale), 90.0 * scale)
        for k in range(1, 11)
    ]
    rest = gel.picture(seed=0)
    pictures = [gel.picture(field, seed=k + 1, lost=LOST if k >= LOST_FROM else ()) for k, field in enumerate(fields)]
    truth = [field(gel.rest) for field in fields]
    errors: dict[str, list[np.ndarray]] = {"touchloop": [], "calcOpticalFlowPyrLK": []}

    def ours() -> None:
        tracker = MarkerTracker(rest, gel.rows, gel.columns)
        errors["touchloop"] = [tracker(picture).displacement for picture in pictures]

    def theirs() -> None:
        before, at = to_grey(rest), gel.rest.astype(np.float32)[:, None]
        found = []
        for picture in pictures:
            grey = to_grey(picture)
            at, _, _ = cv2.calcOpticalFlowPyrLK(before, grey, at, None, winSize=(21, 21), maxLevel=3)
            before = grey
            found.append(at[:, 0] - gel.rest)
        errors["calcOpticalFlowPyrLK"] = found

    ours()
    theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(options.turns)]
    rates = [len(pictures) / statistics.median(side) for side in zip(*pairs, strict=True)]
    ratio = statistics.median(b / a for a, b in pairs)
    figures = {}
    table = Table("", "pictures/s", "rms error px", "worst px")
    for (name, found), rate in zip(errors.items(), rates, strict=True):
        error = np.linalg.norm(np.array(found) - np.array(truth), axis=2)
        figures[name] = {
            "pictures_s": rate,
            "rms_px": float(np.sqrt((error**2).mean())),
            "worst_px": float(error.max()),
        }
        table.add_row(name, f"{rate:.0f}", f"{figures[name]['rms_px']:.2f}", f"{error.max():.2f}")
    Console().print(table)
    print(f"speed over calcOpticalFlowPyrLK: {ratio:.2f}")
    if options.json_file is not None:
        options.json_file.write_text(json.dumps({**figures, "ratio": ratio}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Options)))
