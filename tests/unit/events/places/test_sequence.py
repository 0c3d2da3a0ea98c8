import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.events.places.sequence import SequenceSettings, along_lines, contrast


def rows_for(path_m, positions_m, sharpness_m=0.3, noise=0.8, seed=0):
    rng = np.random.default_rng(seed)
    distance = np.abs(positions_m[None] - np.asarray(path_m)[:, None])
    raw = 1.0 - np.exp(-((distance / sharpness_m) ** 2)) + noise * rng.random((len(path_m), len(positions_m)))
    return np.stack([contrast(row.astype(np.float32)) for row in raw])


@pytest.mark.parametrize("speed_m_s", [0.5, 1.3, 2.9])
def test_lines_find_the_end_of_a_drive_that_single_frames_do_not(speed_m_s):
    positions_m = np.sort(np.random.default_rng(2).uniform(0.0, 60.0, 500))
    times_s = np.arange(30) * 0.066
    rows = rows_for(20.0 + speed_m_s * times_s, positions_m, noise=2.0)
    scores = along_lines(rows, times_s[-1] - times_s, positions_m, SequenceSettings().speeds_m_s())
    end_m = 20.0 + speed_m_s * times_s[-1]
    assert abs(positions_m[scores.argmin()] - end_m) < 1.0


def test_dropped_frames_leave_gaps_and_no_kinks():
    positions_m = np.arange(0.0, 40.0, 0.1)
    times_s = np.arange(30) * 0.066
    kept = np.ones(30, bool)
    kept[8:20] = False
    rows = rows_for(10.0 + 2.0 * times_s, positions_m)[kept]
    scores = along_lines(rows, (times_s[-1] - times_s)[kept], positions_m, SequenceSettings().speeds_m_s())
    assert abs(positions_m[scores.argmin()] - (10.0 + 2.0 * times_s[-1])) < 0.6


def test_one_frame_and_one_place_are_enough():
    assert along_lines(np.zeros((1, 1), np.float32), np.zeros(1), np.array([3.0]), np.array([1.0])).tolist() == [0.0]


def test_contrast_of_equal_differences_is_zero():
    assert not contrast(np.full(9, 2.0, np.float32)).any()


@pytest.mark.parametrize(
    "wrong", [{"window_s": 0.0}, {"slowest_m_s": 4.0}, {"speeds": 1}, {"fewest": 0}, {"fastest_m_s": float("nan")}]
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(InputError, match="sequence"):
        SequenceSettings(**wrong)
