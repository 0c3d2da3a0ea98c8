"""A chaos run's report: one HTML page that needs nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

import jinja2

from touchloop import __version__
from touchloop.chaos.catalogue import SHARES
from touchloop.chaos.show import by_kind, sentence
from touchloop.report.chaos_figures import force_figure, holds_figure
from touchloop.report.plots import svg_of

SHOWN_ENTRIES = 100


def render_chaos_page(content: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """The page's text.

    Args:
        content: of ``chaos.json``.
        rows: one a fault, of ``faults.jsonl``.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    entries = {
        title: [(entry["at_s"], sentence(entry)) for entry in content[f"{title}_entries"][:SHOWN_ENTRIES]]
        for title in ("unsafe", "unexplained")
    }
    return environment.from_string(_text("chaos.html")).render(
        styles=_text("bench.css"),
        content=content,
        safe=not content["unsafe"] and not content["unexplained"],
        kinds=by_kind(content),
        entries=entries,
        shares={group: count / sum(SHARES.values()) for group, count in SHARES.items()},
        holds=svg_of(holds_figure(content, rows), "holds") if any(row["hold_s"] is not None for row in rows) else "",
        forces=svg_of(force_figure(content, rows), "forces") if rows else "",
        version=__version__,
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
    )


def _text(name: str) -> str:
    return (files("touchloop.report") / "templates" / name).read_text()
