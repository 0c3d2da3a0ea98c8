import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from touchloop.calibration.still import rests, touch_samples
from touchloop.calibration.streams import Stream
from touchloop.errors import InputError

PERIOD_S = 0.01


def stream(values: np.ndarray) -> Stream:
    times = PERIOD_S * np.arange(len(values))
    return Stream(times + 0.001, times, values)


def turning(flip: bool = False) -> np.ndarray:
    """Rests for 2 s, turns by 0.5 rad for 1 s, rests for 2 s."""
    angle = np.concatenate([np.zeros(200), np.linspace(0, 0.5, 100), np.full(200, 0.5)])
    quats = Rotation.from_rotvec(angle[:, None] * [1.0, 0.0, 0.0]).as_quat()
    if flip:
        quats[::2] *= -1
    return np.hstack([np.tile([0.4, 0.0, 0.3], (500, 1)), quats])


@pytest.mark.parametrize("flip", [False, True])
def test_the_two_rests_are_found(flip: bool) -> None:
    found = rests(stream(turning(flip)))
    assert len(found) == 2
    assert found[0][1] == pytest.approx(1.7, abs=0.1)
    assert found[1][0] == pytest.approx(3.3, abs=0.1)


def test_each_rest_gives_the_mean_of_its_own_time() -> None:
    wrench = np.zeros((500, 6))
    wrench[:200, 0], wrench[200:300, 0], wrench[300:, 0] = 1.0, 50.0, 2.0
    first, second = touch_samples(stream(turning(True)), stream(wrench))
    assert first.wrench[0] == 1.0
    assert second.wrench[0] == 2.0
    assert np.linalg.norm(first.tcp_in_base[3:]) == pytest.approx(1.0)


def test_nobody_knows_what_happened_in_a_gap() -> None:
    still = stream(np.tile([0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0], (500, 1)))
    keep = (still.stamps_s < 2.0) | (still.stamps_s > 3.0)
    assert len(rests(still)) == 1
    assert len(rests(Stream(still.arrivals_s[keep], still.stamps_s[keep], still.values[keep]))) == 2


def test_an_arm_that_never_rests_gives_none() -> None:
    values = np.tile([0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0], (500, 1))
    values[:, 0] += 0.02 * np.arange(500) * PERIOD_S
    assert rests(stream(values)) == []


def test_nan_is_refused() -> None:
    broken = turning()
    broken[7, 0] = np.nan
    with pytest.raises(InputError, match="tcp_pose has values that are not finite"):
        rests(stream(broken))
    wrench = np.full((500, 6), np.nan)
    with pytest.raises(InputError, match="wrench has values that are not finite"):
        touch_samples(stream(turning()), stream(wrench))
