"""Frames of a stream, however it is cut into pieces."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.events.places.frame_builder import FRAME_NS, FrameBuilder
from touchloop.events.stream import Events


def stream(times_ns: list[int]) -> Events:
    t_ns = np.sort(np.array(times_ns, np.int64))
    return Events((t_ns % 8).astype(np.uint16), (t_ns % 6).astype(np.uint16), (t_ns % 2).astype(np.uint8), t_ns)


def frames_of(pieces: list[Events]) -> list[tuple[int, np.ndarray | None]]:
    builder = FrameBuilder(8, 6)
    found = []
    for piece in pieces:
        found += [(end_ns, None if counts is None else counts.copy()) for end_ns, counts in builder.add(piece)]
    return found


@given(times=st.lists(st.integers(0, 12 * FRAME_NS), min_size=1, max_size=200), cuts=st.lists(st.integers(0, 200)))
@settings(max_examples=60, deadline=None)
def test_pieces_do_not_matter_and_every_event_is_in_its_frame(times: list[int], cuts: list[int]) -> None:
    events = stream(times)
    edges = sorted({0, len(events), *(min(c, len(events)) for c in cuts)})
    whole = frames_of([events])
    pieces = frames_of([events[a:b] for a, b in itertools.pairwise(edges)])
    assert [(end_ns, None if c is None else c.tolist()) for end_ns, c in whole] == [
        (end_ns, None if c is None else c.tolist()) for end_ns, c in pieces
    ]
    for end_ns, counts in whole:
        inside = (events.t_ns >= end_ns - FRAME_NS) & (events.t_ns < end_ns)
        assert inside.sum() == (0 if counts is None else counts.sum())


def test_a_gap_is_a_lost_frame_and_a_clock_that_goes_back_begins_anew() -> None:
    builder = FrameBuilder(8, 6)
    assert list(builder.add(stream([0, 1000]))) == []
    found = [(end_ns, counts is None) for end_ns, counts in builder.add(stream([10 * FRAME_NS + 1]))]
    assert found == [(FRAME_NS, False), (10 * FRAME_NS, True)]
    assert list(builder.add(stream([5]))) == []
    ((end_ns, counts),) = [(e, c.copy()) for e, c in builder.add(stream([5 + FRAME_NS])) if c is not None]
    assert end_ns == FRAME_NS + 5
    assert counts.sum() == 1
