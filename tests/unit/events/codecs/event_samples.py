"""Events for codec tests, and comparing them."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from touchloop.events.stream import Events

WIDTH, HEIGHT = 1280, 720
WRAP_NS = (1 << 24) * 1000


def data_folder() -> Path:
    """Where the recordings are; skips the test where they are not."""
    folder = Path(os.environ.get("TOUCHLOOP_DATA", Path(__file__).parents[5] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}; set TOUCHLOOP_DATA")
    return folder


def equal(a: Events, b: Events) -> bool:
    return len(a) == len(b) and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("x", "y", "polarity", "t_ns")
    )


def events_of(rows: list[tuple[int, int, int, int]]) -> Events:
    """From (x, y, polarity, t_ns)."""
    columns = zip(*rows, strict=True) if rows else ([], [], [], [])
    return Events(*(np.array(c, d) for c, d in zip(columns, (np.uint16, np.uint16, np.uint8, np.int64), strict=True)))


def random_events(seed: int, count: int, span_us: int, start_ns: int = 0) -> Events:
    """Some all over the sensor, some close together in a row or a column."""
    rng = np.random.default_rng(seed)
    times_us = np.sort(rng.integers(0, max(span_us, 1), count))
    x, y = rng.integers(0, WIDTH, count), rng.integers(0, HEIGHT, count)
    rows = np.sort(rng.integers(0, count, 4)).tolist() if count else [0] * 4
    times_us[rows[0] : rows[1]] = times_us[rows[0]] if rows[0] < rows[1] else 0
    times_us.sort()
    y[rows[0] : rows[1]] = 5
    x[rows[0] : rows[1]] = np.arange(rows[1] - rows[0]) * 2 % WIDTH
    x[rows[2] : rows[3]] = 7
    y[rows[2] : rows[3]] = np.arange(rows[3] - rows[2]) % HEIGHT
    polarity = rng.integers(0, 2, count)
    polarity[rows[0] : rows[3]] = 1
    return Events(
        x.astype(np.uint16), y.astype(np.uint16), polarity.astype(np.uint8), start_ns + times_us.astype(np.int64) * 1000
    )


@st.composite
def streams(draw: st.DrawFn) -> list[Events]:
    """Packets of one stream, with silences between them that are longer than clocks of 24 bits."""
    start_ns = draw(st.integers(0, 1 << 61))
    packets = []
    for seed in draw(st.lists(st.integers(0, 1 << 32), min_size=1, max_size=6)):
        packets.append(random_events(seed, draw(st.integers(0, 300)), draw(st.integers(0, 4_000_000)), start_ns))
        start_ns += 4_000_000_000 + draw(st.integers(0, 100_000_000)) * 1000
    return packets
