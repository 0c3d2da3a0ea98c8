"""How well an arm recognises places on its drives."""

from dataclasses import dataclass

import numpy as np

from touchloop.bench.vpr_drive import CAMERA, ArmRecord, DriveRecord
from touchloop.events.biasing.controller import band_of
from touchloop.events.places.difference import difference_matrix
from touchloop.events.places.frame_builder import FRAME_NS
from touchloop.events.places.frame_filter import USED, FrameFilter, verdicts
from touchloop.events.places.place_map import PlaceMap, map_of
from touchloop.events.places.recall import RANKS, TRUTH_RADIUS_M, recall_at
from touchloop.events.places.recogniser import PlaceRecogniser, candidates, confidence_of
from touchloop.events.places.sequence import SequenceSettings, contrast
from touchloop.events.places.traverse import MOVING_M_S
from touchloop.events.sensors.camera import checked_camera

SINGLE, SEQUENCE, RELATIVE = "single", "sequence", "relative"
MODES = {
    SINGLE: "single frames, the pipeline of arXiv 2403.16425",
    SEQUENCE: "sequences of 2 s over the same differences, as SeqSLAM does",
    RELATIVE: "the same sequences, differences relative to how much each place differs from all that is seen",
}


@dataclass(frozen=True)
class Answers:
    """What was answered to the frames of a drive in which the robot moved.

    Attributes:
        errors_m: (frames, 20) distance of each candidate from the truth, best first; infinite where a frame was not
            usable: that counts as a miss for every arm alike.
        confidence: (frames,) of the best candidate; 0 where there was none.
    """

    errors_m: np.ndarray
    confidence: np.ndarray

    @property
    def right(self) -> np.ndarray:
        """(frames,) bool: the best candidate lies within the radius."""
        return self.errors_m[:, 0] <= TRUTH_RADIUS_M

    def recall(self) -> dict[int, float]:
        """Of all frames."""
        return recall_at(self.errors_m)

    def recall_of_used(self) -> float:
        """Recall@1 of the usable frames only, as the paper counts; NaN where there are none."""
        used = np.isfinite(self.errors_m[:, 0])
        return float(self.right[used].mean()) if used.any() else float("nan")


@dataclass(frozen=True)
class DriveScore:
    """An arm on a query drive.

    Attributes:
        answers: by each of ``MODES``.
        used: share of the moving frames that were usable.
        in_band: share of the looks, while the robot moved, with the rate in the camera's band.
        changes: bias changes on the drive.
        places: of the arm's map.
    """

    answers: dict[str, Answers]
    used: float
    in_band: float
    changes: int
    places: int


def map_from(reference: DriveRecord, arm: str, camera: str = CAMERA) -> PlaceMap:
    """The arm's map.

    Raises:
        InputError: its reference drive has no usable frame.
    """
    seen = reference.arms[arm]
    good = np.array([reason == USED for reason in verdicts(seen.active)])
    sensor = checked_camera(camera)
    return map_of(list(seen.descriptors[good]), reference.positions_m[good], camera, (sensor.width, sensor.height))


def usable(seen: ArmRecord) -> np.ndarray:
    """(frames,) bool, judged live."""
    frame_filter, good = FrameFilter(), []
    for active in seen.active:
        frame_filter, reason = frame_filter.step((float(active[0]), float(active[1])))
        good.append(reason == USED)
    return np.array(good)


def score(place_map: PlaceMap, query: DriveRecord, arm: str) -> DriveScore:
    """Recognise a drive."""
    seen = query.arms[arm]
    good = usable(seen)
    moving = query.speeds_m_s >= MOVING_M_S
    answers = {
        SINGLE: _single(place_map, seen, good, query.positions_m),
        SEQUENCE: _sequences(place_map, seen, good, query.positions_m, relative=False),
        RELATIVE: _sequences(place_map, seen, good, query.positions_m, relative=True),
    }
    low_hz, high_hz = band_of(checked_camera(place_map.camera))
    rates = seen.rate_hz[np.interp(query.looks_s, _middles_s(len(moving)), query.speeds_m_s) >= MOVING_M_S]
    return DriveScore(
        {name: Answers(a.errors_m[moving], a.confidence[moving]) for name, a in answers.items()},
        float(good[moving].mean()),
        float(((rates >= low_hz) & (rates <= high_hz)).mean()),
        seen.changes,
        len(place_map),
    )


def matrix_of(place_map: PlaceMap, query: DriveRecord, arm: str) -> np.ndarray:
    """(frames, places) float32 differences, to be shown; NaN where a frame was not usable."""
    seen = query.arms[arm]
    good = usable(seen)
    matrix = np.full((len(good), len(place_map)), np.nan, np.float32)
    matrix[good] = difference_matrix(seen.descriptors[good], place_map.descriptors)
    return matrix


def _middles_s(frames: int) -> np.ndarray:
    return (np.arange(frames) + 0.5) * FRAME_NS * 1e-9


def _single(place_map: PlaceMap, seen: ArmRecord, good: np.ndarray, truth_m: np.ndarray) -> Answers:
    answers = _nothing(len(good))
    for k, row in zip(
        np.flatnonzero(good), difference_matrix(seen.descriptors[good], place_map.descriptors), strict=True
    ):
        _note(answers, int(k), contrast(row), place_map, truth_m)
    return answers


def _sequences(place_map: PlaceMap, seen: ArmRecord, good: np.ndarray, truth_m: np.ndarray, relative: bool) -> Answers:
    recogniser = PlaceRecogniser(place_map, SequenceSettings(), relative)
    state, answers = recogniser.start(), _nothing(len(good))
    for k, descriptor in enumerate(seen.descriptors):
        state, _ = recogniser.step_described(state, descriptor if good[k] else None, FRAME_NS * 1e-9)
        if good[k] and state.scores is not None:
            _note(answers, k, state.scores, place_map, truth_m)
    return answers


def _nothing(frames: int) -> Answers:
    return Answers(np.full((frames, max(RANKS)), np.inf), np.zeros(frames))


def _note(answers: Answers, frame: int, scores: np.ndarray, place_map: PlaceMap, truth_m: np.ndarray) -> None:
    best = candidates(scores, max(RANKS))
    answers.errors_m[frame, : len(best)] = np.abs(place_map.positions_m[best] - truth_m[frame])
    answers.confidence[frame] = confidence_of(scores, place_map.positions_m)
