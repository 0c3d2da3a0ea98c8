"""The bias benchmark's report: one HTML page that needs nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files

import jinja2

from touchloop import __version__
from touchloop.bench.event_bench import AIM_CHANGES, AIM_IN_BAND, ALL, EventRow, aims_of
from touchloop.bench.event_loop import FRAME_HZ, PATCH, LoopResult
from touchloop.bench.event_overload import Overload
from touchloop.bench.event_scenarios import scenario_of
from touchloop.events.biasing.controller import CONTROLLERS, band_of
from touchloop.events.sensors.camera import checked_camera
from touchloop.report.event_figures import bars_figure, traces_figure
from touchloop.report.plots import svg_of


def render_event_page(
    rows: Sequence[EventRow],
    results: Sequence[LoopResult],
    streams: Mapping[str, Overload],
    about: Mapping[str, object],
) -> str:
    """The page's text.

    Args:
        rows: of the benchmark.
        results: its runs; those with traces are drawn.
        streams: ``CAMERA cost`` and ``CAMERA overload`` -> what came of them; may be empty.
        about: seeds, wall time and the command.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    cameras = list(dict.fromkeys(row.camera for row in rows))
    return environment.from_string(_text("event_bench.html")).render(
        styles=_text("bench.css"),
        about=about,
        aims=aims_of(rows),
        aim_in_band=AIM_IN_BAND,
        aim_changes=AIM_CHANGES,
        cameras=cameras,
        bands={camera: band_of(checked_camera(camera)) for camera in cameras},
        sizes={camera: (checked_camera(camera).width, checked_camera(camera).height) for camera in cameras},
        controllers={name: CONTROLLERS[name] for name in dict.fromkeys(row.controller for row in rows)},
        rows=rows,
        all=ALL,
        bars={camera: svg_of(bars_figure(rows, camera, AIM_IN_BAND), f"in-band-{camera}") for camera in cameras},
        traces=_traces(results),
        streams=streams,
        patch=PATCH,
        frame_hz=FRAME_HZ,
        version=__version__,
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
    )


def _traces(results: Sequence[LoopResult]) -> list[tuple[str, str]]:
    """Title and figure of each camera and scenario that was traced."""
    figures = []
    traced = [result for result in results if result.trace is not None]
    for camera in dict.fromkeys(r.job.camera for r in traced):
        for name in dict.fromkeys(r.job.scenario for r in traced if r.job.camera == camera):
            own = [r for r in traced if (r.job.camera, r.job.scenario) == (camera, name)]
            seed = own[0].job.seed
            figure = traces_figure(own, scenario_of(name, seed), band_of(checked_camera(camera)))
            figures.append((f"{camera}, {name}, seed {seed}", svg_of(figure, f"{camera}-{name}")))
    return figures


def _text(name: str) -> str:
    return (files("touchloop.report") / "templates" / name).read_text()
