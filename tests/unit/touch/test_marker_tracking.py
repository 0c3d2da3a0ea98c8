"""Against pictures whose true displacements are known."""

import numpy as np
import pytest
from gel_pictures import Gel, pressed, still
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.touch.marker_tracking import MarkerTracker

SEEN_PX, RMS_PX, LOST_PX = 0.35, 0.12, 3.0
"""Error of a marker that is seen, of all of these on average, and of one that is not."""


def errors(frame_px: np.ndarray, true_px: np.ndarray) -> np.ndarray:
    return np.linalg.norm(frame_px - true_px, axis=1)


@given(
    seed=st.integers(0, 10_000),
    centre=st.tuples(st.floats(150, 490), st.floats(120, 360)),
    outward_px=st.floats(0, 14),
    shear_px=st.tuples(st.floats(-14, 14), st.floats(-14, 14)),
    turn_rad=st.floats(-0.15, 0.15),
    noise=st.floats(0, 5),
)
@settings(max_examples=25, deadline=None)
def test_displacements_of_a_press_are_found_to_a_fraction_of_a_pixel(
    seed: int,
    centre: tuple[float, float],
    outward_px: float,
    shear_px: tuple[float, float],
    turn_rad: float,
    noise: float,
) -> None:
    gel = Gel(turn_rad=turn_rad, noise=noise)
    tracker = MarkerTracker(gel.picture(seed=seed), gel.rows, gel.columns)
    for share in (0.5, 1.0):
        field = pressed(centre, share * outward_px, (share * shear_px[0], share * shear_px[1]), 90.0)
        frame = tracker(gel.picture(field, seed=seed + 1, shade=(int(centre[0]), int(centre[1]))))
        found = errors(frame.displacement, field(gel.rest))
        assert found[frame.seen].max() < SEEN_PX
        assert np.sqrt((found[frame.seen] ** 2).mean()) < RMS_PX
        assert frame.seen.mean() > 0.9


@given(lost=st.sets(st.integers(0, 62), max_size=9), seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_lost_markers_move_as_their_neighbours_and_come_back(lost: set[int], seed: int) -> None:
    gel = Gel()
    tracker = MarkerTracker(gel.picture(seed=seed), 7, 9)
    field = pressed((300.0, 220.0), 6.0, (8.0, 4.0), 120.0)
    frame = tracker(gel.picture(field, seed=seed + 1, lost=tuple(lost)))
    found = errors(frame.displacement, field(gel.rest))
    assert set(np.flatnonzero(~frame.seen)) == lost
    assert found[frame.seen].max() < SEEN_PX
    assert found.max() < LOST_PX
    assert tracker(gel.picture(field, seed=seed + 2)).seen.all()


def test_shifts_of_more_than_a_cell_are_followed_step_by_step() -> None:
    gel = Gel(width=800, height=600, rows=5, columns=5, radius_px=5.0)
    # A dense grid in the middle, so that it can move by more than its spacing.
    gel.width, gel.height = 400, 300
    rest = gel.rest
    gel.width, gel.height = 800, 600
    spacing = float(np.linalg.norm(rest[1] - rest[0]))
    tracker = MarkerTracker(gel.picture(seed=0), 5, 5)
    for step in range(1, 7):
        shift = np.array([0.25 * spacing * step, 0.0])
        frame = tracker(gel.picture(lambda places, shift=shift: np.broadcast_to(shift, places.shape), seed=step))
        assert errors(frame.displacement, shift).max() < SEEN_PX


def test_after_a_motion_too_fast_to_follow_rest_is_found_again() -> None:
    gel = Gel(rows=5, columns=5, radius_px=5.0)
    tracker = MarkerTracker(gel.picture(seed=0), 5, 5)
    spacing = float(np.linalg.norm(gel.rest[1] - gel.rest[0]))
    # Followed up to nearly a cell; then it springs back between two pictures, which looks like another cell.
    for step in range(1, 4):
        shift = np.array([0.3 * spacing * step, 0.0])
        tracker(gel.picture(lambda places, shift=shift: np.broadcast_to(shift, places.shape), seed=step))
    frame = tracker(gel.picture(seed=9))
    assert errors(frame.displacement, np.zeros(2)).max() < SEEN_PX


def test_a_still_gel_stays_still() -> None:
    gel = Gel()
    tracker = MarkerTracker(gel.picture(seed=0), 7, 9)
    for seed in range(1, 6):
        assert np.abs(tracker(gel.picture(still, seed=seed)).displacement).max() < SEEN_PX


def test_a_covered_camera_is_told_and_the_field_found_again() -> None:
    gel = Gel()
    tracker = MarkerTracker(gel.picture(seed=0), 7, 9)
    with pytest.raises(InputError, match="100% of the markers are lost; expected at most 50%"):
        tracker(np.zeros((480, 640, 3), np.uint8))
    assert tracker(gel.picture(seed=1)).seen.all()


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((240, 320, 3), np.uint8), "picture is 320 x 240; expected 640 x 480"),
        (np.zeros((480, 640, 3), np.float32), "expected uint8"),
        (np.zeros((480, 640, 4), np.uint8), "4 channels"),
        (np.zeros((0, 0), np.uint8), "expected uint8"),
    ],
)
def test_pictures_that_cannot_be_used_are_named(picture: np.ndarray, message: str) -> None:
    gel = Gel()
    tracker = MarkerTracker(gel.picture(seed=0), 7, 9)
    with pytest.raises(InputError, match=message):
        tracker(picture)
