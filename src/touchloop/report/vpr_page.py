"""The place recognition benchmark's report: one HTML page that needs nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files

import jinja2

from touchloop import __version__
from touchloop.bench.vpr_bench import AIM_POINTS, CHANGING, OURS, SeedResult, gains_of, rows_of
from touchloop.bench.vpr_drive import CAMERA, EXAMPLES_M
from touchloop.bench.vpr_score import MODES
from touchloop.events.places.corridor_light import BRIGHTEST_LUX, DARKEST_LUX, LEVELS_LUX
from touchloop.events.places.corridor_scene import FRAMES_PER_S
from touchloop.events.places.recall import TRUTH_RADIUS_M
from touchloop.events.sensors.camera import checked_camera
from touchloop.report.plots import svg_of
from touchloop.report.vpr_figures import (
    curves_figure,
    drive_figure,
    frames_figure,
    light_figure,
    matrices_figure,
    recall_figure,
)


def render_vpr_page(results: Sequence[SeedResult], about: Mapping[str, object]) -> str:
    """The page's text.

    Args:
        results: of the benchmark, one at least; the first one's example is drawn.
        about: seeds, arms, size, length, wall time and the command.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    rows = rows_of(results)
    return environment.from_string(_text("vpr_bench.html")).render(
        styles=_text("bench.css"),
        about=about,
        rows=rows,
        best=_best(rows),
        modes=MODES,
        arms=list(dict.fromkeys(row.arm for row in rows)),
        gains=gains_of(results),
        ours=OURS,
        changing=CHANGING,
        aim_points=AIM_POINTS,
        levels=LEVELS_LUX,
        range_lux=(DARKEST_LUX, BRIGHTEST_LUX),
        radius_m=TRUTH_RADIUS_M,
        frames_per_s=FRAMES_PER_S,
        sensor=checked_camera(CAMERA),
        bars={mode: svg_of(recall_figure(rows, mode), f"recall-{mode}") for mode in MODES},
        curves=svg_of(curves_figure(results), "precision-recall"),
        **_drawn(results),
        version=__version__,
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
    )


def _drawn(results: Sequence[SeedResult]) -> dict[str, object]:
    """Figures of the seed that has an example; empty without one."""
    example = next((result.example for result in results if result.example is not None), None)
    if example is None:
        return {"example_seed": None, "light": "", "drive": "", "frames": [], "matrices": ""}
    record = example.drives[CHANGING]
    places = [at_m for at_m in EXAMPLES_M if any(at_m in arm.examples for arm in record.arms.values())]
    return {
        "example_seed": example.seed,
        "light": svg_of(light_figure(example), "light"),
        "drive": svg_of(drive_figure(example), "drive"),
        "frames": [(at_m, svg_of(frames_figure(example, at_m), f"frames-{at_m:.0f}")) for at_m in places],
        "matrices": svg_of(matrices_figure(example), "differences"),
    }


def _best(rows: Sequence) -> set[tuple[str, str, str]]:
    """(arm, drive, mode) of the highest recall@1 of each drive and mode."""
    best = set()
    for key in dict.fromkeys((row.drive, row.mode) for row in rows):
        own = [row for row in rows if (row.drive, row.mode) == key]
        most = max(row.recall[1].mean for row in own)
        best |= {(row.arm, *key) for row in own if row.recall[1].mean == most}
    return best


def _text(name: str) -> str:
    return (files("touchloop.report") / "templates" / name).read_text()
