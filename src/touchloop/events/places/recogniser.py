"""Recognises live where a camera is: one frame of counts in, one match out."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from touchloop.errors import InputError
from touchloop.events.places.cohort import Cohort
from touchloop.events.places.descriptor import describe
from touchloop.events.places.difference import Ordinary, differences
from touchloop.events.places.frame_filter import FrameFilter, signal_share
from touchloop.events.places.place_map import PlaceMap
from touchloop.events.places.sequence import SequenceSettings, along_lines, contrast

RIVAL_M = 5.0
"""A second candidate nearer than this to the first is the same place: the truth radius of arXiv 2403.16425."""
FADE_S = 5.0
"""Without usable frames the confidence falls to 1/e in this time."""
NO_FRAME = "no frame"


@dataclass(frozen=True, slots=True)
class PlaceObservation:
    """What came in.

    Attributes:
        stamp_ns: end of the frame, sensor time.
        counts: (2, H, W) OFF and ON events; None where the frame was lost.
    """

    stamp_ns: int
    counts: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Match:
    """Where the camera is taken to be.

    Attributes:
        index: place in the map; -1 as long as nothing was recognised.
        position_m: of that place; NaN as long as nothing was recognised.
        confidence: 0 to 1.
        seen: whether this frame could be used; else index and position are the last known ones.
        reason: why it could not be used.
    """

    index: int
    position_m: float
    confidence: float
    seen: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RecogniserState:
    """Memory between two steps.

    Attributes:
        filter: of frames.
        rows: (frames, places) contrast of the newest usable frames' differences, oldest first.
        times_s: (frames,) when they were seen, on the clock that ``now_s`` counts.
        now_s: time since the start.
        match: the last one.
        scores: (places,) what the last match was chosen from, low where it fits; None before the first.
        cohort: how much each place differs from what is seen; None before the first usable frame.
        stamp_ns: of the last observation.
    """

    filter: FrameFilter
    rows: np.ndarray
    times_s: np.ndarray
    now_s: float
    match: Match
    scores: np.ndarray | None = None
    cohort: Cohort | None = None
    stamp_ns: int | None = None


@dataclass(frozen=True)
class PlaceRecogniser:
    """Matches frames against a map, alone or as sequences.

    It holds nothing between steps. Frames that are lost or cannot be used leave the last match with a confidence that
    falls; so does standing still, when there are no events. A clock that goes back starts anew.

    Attributes:
        map: the places.
        sequence: how sequences are matched; None: every frame by itself.
        relative: whether differences in sequences are taken relative to how much a place differs from everything, the
            rest of the map at first, what was seen lately then; without it they are SeqSLAM's.
    """

    map: PlaceMap
    sequence: SequenceSettings | None = field(default_factory=SequenceSettings)
    relative: bool = True

    @cached_property
    def _ordinary(self) -> Ordinary:
        return Ordinary.of(self.map.descriptors, self.map.positions_m, RIVAL_M)

    def start(self) -> RecogniserState:
        """Knows nothing yet."""
        nothing = Match(-1, math.nan, 0.0, False, NO_FRAME)
        return RecogniserState(FrameFilter(), np.empty((0, len(self.map)), np.float32), np.empty(0), 0.0, nothing)

    def step(self, state: RecogniserState, observation: PlaceObservation, dt_s: float) -> tuple[RecogniserState, Match]:
        """Look at the next frame.

        Args:
            state: as returned by ``start`` or the last step.
            observation: the frame.
            dt_s: time since the last step, 0 or more.

        Returns:
            The next state, and where the camera is taken to be.

        Raises:
            InputError: counts of a wrong shape or type, or a time that is negative or no number.
        """
        if not 0.0 <= dt_s < math.inf:
            raise InputError(f"places: {dt_s} s since the last step; expected a finite time, 0 or more")
        if state.stamp_ns is not None and observation.stamp_ns < state.stamp_ns:
            state = self.start()
        state = replace(state, now_s=state.now_s + dt_s, stamp_ns=observation.stamp_ns)
        if observation.counts is None:
            return self._kept(state, dt_s, NO_FRAME)
        self._check(observation.counts)
        frame_filter, reason = state.filter.step(signal_share(observation.counts))
        state = replace(state, filter=frame_filter)
        if reason:
            return self._kept(state, dt_s, reason)
        return self.step_described(state, describe(observation.counts, self.map.sensor), dt_s, advanced=True)

    def step_described(
        self, state: RecogniserState, descriptor: np.ndarray | None, dt_s: float, advanced: bool = False
    ) -> tuple[RecogniserState, Match]:
        """The same from the descriptor of a usable frame; None where the frame was not usable.

        Args:
            state: as in ``step``.
            descriptor: (n,) int8.
            dt_s: time since the last step.
            advanced: whether the state's clock has been moved by it already.
        """
        if not advanced:
            state = replace(state, now_s=state.now_s + dt_s)
        if descriptor is None:
            return self._kept(state, dt_s, NO_FRAME)
        row = differences(descriptor, self.map.descriptors)
        if self.sequence is None:
            scores = contrast(row)
        else:
            if self.relative:
                cohort = state.cohort or Cohort.of(self._ordinary)
                state, row = replace(state, cohort=cohort.seen(row)), cohort.relative(row)
            row = scores = contrast(row)
            state = self._remembered(state, row, self.sequence.window_s)
            if len(state.rows) >= self.sequence.fewest:
                ages_s = state.now_s - state.times_s
                scores = along_lines(state.rows, ages_s, self.map.positions_m, self.sequence.speeds_m_s())
        best = int(scores.argmin())
        confidence = confidence_of(scores, self.map.positions_m)
        match = Match(best, float(self.map.positions_m[best]), confidence, True, "")
        return replace(state, match=match, scores=scores), match

    def _remembered(self, state: RecogniserState, row: np.ndarray, window_s: float) -> RecogniserState:
        first = int(np.searchsorted(state.times_s, state.now_s - window_s))
        rows = np.concatenate((state.rows[first:], row[None]))
        return replace(state, rows=rows, times_s=np.append(state.times_s[first:], state.now_s))

    def _kept(self, state: RecogniserState, dt_s: float, reason: str) -> tuple[RecogniserState, Match]:
        last = state.match
        match = replace(last, confidence=last.confidence * math.exp(-dt_s / FADE_S), seen=False, reason=reason)
        return replace(state, match=match), match

    def _check(self, counts: np.ndarray) -> None:
        if counts.ndim != 3 or counts.shape[0] != 2 or counts.dtype.kind not in "ui":
            raise InputError(f"places: counts are {counts.dtype} of shape {counts.shape}; expected integers (2, H, W)")
        width, height = self.map.sensor
        if abs(counts.shape[2] * height - counts.shape[1] * width) > max(width, height) * 2:
            raise InputError(
                f"places: frame of {counts.shape[2]} x {counts.shape[1]}; the map was made with {width} x {height}"
            )


def confidence_of(scores: np.ndarray, positions_m: np.ndarray) -> float:
    """How much better the best place is than the best one elsewhere, as 1 - exp(-lead in standard deviations)."""
    best = int(scores.argmin())
    elsewhere = np.abs(positions_m - positions_m[best]) > RIVAL_M
    if not elsewhere.any():
        return 0.0
    return 1.0 - math.exp(-float(scores[elsewhere].min() - scores[best]))


def candidates(scores: np.ndarray, count: int) -> np.ndarray:
    """The ``count`` best places, best first."""
    count = min(count, len(scores))
    near = np.argpartition(scores, count - 1)[:count]
    return near[np.argsort(scores[near], kind="stable")]
