"""Speed of event decoding and counting on one core, beside eventcv where it is installed.

    .venv/bin/python benchmarks/event_codecs.py [--raw FILE] [--json-file FILE]

evt3 is a .raw file as a stream: decoded piece by piece, each piece's columns given back before the next, as a program
does that works on the events. evt3_whole is all of it to columns in memory. eventcv's loader reads the same file for
both. libcaer, libcaer_cmp and mono decode packets of 16,384 of the same events. Counting adds events all over a sensor
of 346x260 to a frame of OFF and ON; eventcv's count gives one of both together. Both sides take turns; each figure is a
median, and the ratio is the median of the ratios turn by turn. Times are those on the processor, so that what else runs
on the machine disturbs less.
"""

import importlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from touchloop.errors import InputError
from touchloop.events.codecs import make_decoder, make_encoder
from touchloop.events.codecs.files import open_events, split
from touchloop.events.codecs.raw_file import write_raw
from touchloop.events.frames import count_frames
from touchloop.events.stream import Events

SENSOR = (346, 260)
COUNTED = 2_000_000
PACKET_EVENTS = 16_384
BOUNDS_MEV_S = {"evt3": 100.0, "libcaer": 150.0, "count": 500.0}
RATIO_BOUNDS = {"evt3": 5.0, "count": 1.5}
PEER = "eventcv"


def seconds(function: Callable[[], object]) -> float:
    """Of one call, on the processor."""
    begin = time.process_time()
    function()
    return time.process_time() - begin


def measure(count: int, ours: Callable[[], object], peer: Callable[[], object] | None, turns: int) -> dict[str, float]:
    """Millions of events a second of both, and how many times faster ours is."""
    ours()
    if peer is not None:
        peer()
    pairs = [(seconds(ours), seconds(peer) if peer is not None else None) for _ in range(turns)]
    figures = {"ours_mev_s": count / statistics.median(a for a, _ in pairs) / 1e6}
    theirs = [(a, b) for a, b in pairs if b is not None]
    if theirs:
        figures["peer_mev_s"] = count / statistics.median(b for _, b in theirs) / 1e6
        figures["ratio"] = statistics.median(b / a for a, b in theirs)
    return figures


def decoding(encoding: str, events: Events, width: int, height: int, turns: int) -> dict[str, float]:
    """Packets of an encoding, one after another."""
    encoder, decoder = make_encoder(encoding, width, height), make_decoder(encoding, width, height)
    packets = [encoder.encode(events[i : i + PACKET_EVENTS]) for i in range(0, len(events), PACKET_EVENTS)]

    def decode() -> None:
        decoder.reset()
        for payload, time_base_ns in packets:
            decoder.decode(payload, time_base_ns)

    return measure(len(events), decode, None, turns)


def counting(peer: Any, turns: int) -> dict[str, float]:
    """Events all over the sensor."""
    rng = np.random.default_rng(0)
    events = Events(
        rng.integers(0, SENSOR[0], COUNTED).astype(np.uint16),
        rng.integers(0, SENSOR[1], COUNTED).astype(np.uint16),
        rng.integers(0, 2, COUNTED).astype(np.uint8),
        np.arange(COUNTED, dtype=np.int64) * 1000,
    )
    theirs = None
    if peer is not None:
        columns = np.stack([events.x, events.y, events.t_ns // 1000, events.polarity], axis=1).astype(np.int64)
        stream = peer.from_numpy(columns, sensor_size=SENSOR, time_unit="us")
        theirs = stream.count
    return measure(COUNTED, lambda: count_frames(events, *SENSOR), theirs, turns)


def made_up(path: Path) -> Path:
    """A .raw file of a moving edge, where none is given."""
    rng = np.random.default_rng(0)
    count = 1_000_000
    time_us = np.sort(rng.integers(0, 5_000_000, count))
    events = Events(
        ((time_us // 4_000 + rng.integers(0, 6, count)) % 1280).astype(np.uint16),
        rng.integers(0, 720, count).astype(np.uint16),
        rng.integers(0, 2, count).astype(np.uint8),
        time_us * 1000,
    )
    write_raw(path, split([events]), 1280, 720)
    return path


def main(raw: Path | None = None, turns: int = 31, json_file: Path | None = None) -> None:
    """Time decoding and counting.

    Args:
        raw: a Prophesee .raw file (EVT3); default that of the test data, or a made-up one.
        turns: how often both sides take turns.
        json_file: write the figures here.
    """
    if turns < 1:
        raise InputError(f"--turns {turns}: expected 1 or more")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        peer = importlib.import_module(PEER)
    except ImportError:
        peer = None
    with tempfile.TemporaryDirectory() as folder:
        known = Path(os.environ.get("TOUCHLOOP_DATA", "../shared/data")) / "evt3.raw"
        raw = raw or (known if known.exists() else made_up(Path(folder) / "made_up.raw"))
        reader = open_events(raw)
        events = reader.read_all()
        loader = (lambda: peer.load(str(raw))) if peer is not None else None
        figures = {
            "evt3": measure(len(events), lambda: sum(len(piece) for piece in open_events(raw)), loader, turns),
            "evt3_whole": measure(len(events), lambda: open_events(raw).read_all(), loader, turns),
        }
    for encoding in ("libcaer", "libcaer_cmp", "mono"):
        figures[encoding] = decoding(encoding, events, reader.width, reader.height, turns)
    figures["count"] = counting(peer, turns)
    show(figures, raw, peer is not None)
    if json_file is not None:
        json_file.write_text(json.dumps({"file": raw.name, **figures}, indent=2) + "\n")


def show(figures: dict[str, dict[str, float]], raw: Path, has_peer: bool) -> None:
    """The table on the terminal."""
    table = Table(title=f"one core, medians, {raw.name}")
    for column in ("", "touchloop Mev/s", "asked", f"{PEER} Mev/s", f"touchloop / {PEER}", "asked"):
        table.add_column(column, justify="right")
    for name, row in figures.items():
        cells = [f"{row['ours_mev_s']:.0f}", f">= {BOUNDS_MEV_S[name]:.0f}" if name in BOUNDS_MEV_S else ""]
        if "ratio" in row:
            cells += [
                f"{row['peer_mev_s']:.0f}",
                f"{row['ratio']:.2f}",
                f">= {RATIO_BOUNDS[name]:g}" if name in RATIO_BOUNDS else "",
            ]
        elif name in RATIO_BOUNDS:
            cells += ["not installed", "", f">= {RATIO_BOUNDS[name]:g}"]
        table.add_row(name, *cells)
    console = Console()
    console.print(table)
    if not has_peer:
        console.print(f"{PEER} is not installed; `.venv/bin/pip install {PEER}` puts it beside ours", highlight=False)


if __name__ == "__main__":
    tyro.cli(main)
