"""The report of a watched run: one HTML page of steps in time, verdicts with pictures, and the program's edits."""

import base64
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import cv2
import jinja2
import numpy as np
from matplotlib.figure import Figure

from touchloop import __version__
from touchloop.bench.monitor_film import RunFilm
from touchloop.bench.monitor_repair import RunOutcome
from touchloop.monitor.program import model
from touchloop.monitor.program.printer import print_program
from touchloop.monitor.run.run_events import RunEvent
from touchloop.report.plots import svg_of

INK, FAILED, REPAIRED = "#3b6ea5", "#b3402a", "#c98a1b"


def write_monitor_page(
    folder: Path, instruction: str, program: model.Program, outcome: RunOutcome, film: RunFilm
) -> Path:
    """Writes ``report.html`` and returns its path.

    Args:
        folder: made if it does not exist.
        instruction: what was said.
        program: as it was at first.
        outcome: of the run.
        film: its pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    text = environment.from_string(_text("monitor_run.html")).render(
        styles=_text("bench.css"),
        instruction=instruction,
        outcome=outcome,
        first=print_program(program),
        timeline=svg_of(timeline_figure(outcome.events, outcome.time_s), "timeline"),
        rows=_rows(outcome.events, film),
        version=__version__,
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
    )
    path.write_text(text, encoding="utf-8")
    return path


def timeline_figure(events: tuple[RunEvent, ...], end_s: float) -> Figure:
    """Steps as bars, verdicts of failures and repairs as marks."""
    steps = [event for event in events if event.kind == "step"]
    figure = Figure(figsize=(10.0, 0.8 + 0.28 * max(len(steps), 1)), layout="constrained")
    axes = figure.subplots()
    stops = [event.time_s for event in events if _ends_a_step(event)]
    for row, step in enumerate(steps):
        until = min((t for t in stops if t > step.time_s), default=end_s)
        axes.barh(row, until - step.time_s, left=step.time_s, color=INK, height=0.6)
        axes.text(
            step.time_s,
            row,
            f" {step.text}",
            va="center",
            fontsize=8,
            color="white" if until - step.time_s > 6 else "black",
        )
    for event in events:
        if event.kind == "verdict":
            colour = FAILED if event.verdict is None or event.verdict.status == "failed" else REPAIRED
            axes.axvline(event.time_s, color=colour, linewidth=1.2)
            axes.text(event.time_s, -0.9, _cause(event), color=colour, fontsize=8, ha="center")
        elif event.kind == "ask":
            axes.axvline(event.time_s, color=REPAIRED, linewidth=1.2, linestyle=":")
    axes.set(xlabel="time [s]", yticks=[], xlim=(0.0, max(end_s, 0.1)))
    axes.set_ylim(max(len(steps), 1) - 0.4, -1.3)
    return figure


def _rows(events: tuple[RunEvent, ...], film: RunFilm) -> list[dict[str, object]]:
    rows = []
    for number, event in enumerate(events):
        row: dict[str, object] = {"time": f"{event.time_s:.2f}", "kind": event.kind, "text": event.text}
        row["picture"] = (
            _picture(film.pictures.get(number)) if event.kind in ("verdict", "repair", "ask", "end") else ""
        )
        row["program"] = "" if event.repair is None else print_program(event.repair.program)
        row["cause"] = _cause(event)
        row["confidence"] = "" if event.verdict is None else f"{event.verdict.confidence:.2f}"
        row["evidence"] = () if event.verdict is None else event.verdict.evidence
        rows.append(row)
    return rows


def _ends_a_step(event: RunEvent) -> bool:
    failed = event.verdict is not None and event.verdict.status == "failed"
    return event.kind in ("step", "end") or (event.kind == "verdict" and failed)


def _cause(event: RunEvent) -> str:
    if event.verdict is None:
        return ""
    return (event.verdict.cause or event.verdict.status).replace("_", " ")


def _picture(picture: np.ndarray | None) -> str:
    if picture is None:
        return ""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return base64.b64encode(data.tobytes()).decode()


def _text(name: str) -> str:
    return (files("touchloop.report") / "templates" / name).read_text(encoding="utf-8")
