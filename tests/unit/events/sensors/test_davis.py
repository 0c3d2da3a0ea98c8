import pytest

from touchloop.events.sensors import davis
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.sensors.coarse_fine import current_a

DAVIS = CAMERAS["davis346"]


def pixel(**changes: int):
    return DAVIS.pixel({**DAVIS.start_values(), **changes})


def test_thresholds_at_the_start_point() -> None:
    assert pixel().on_threshold == pytest.approx(0.258, abs=5e-4)
    assert pixel().off_threshold == pytest.approx(0.266, abs=5e-4)


def test_thresholds_of_jaers_defaults() -> None:
    """Currents 14.9 times over and 16.5 times under DiffBn's: 0.193 and -0.200."""
    assert davis.threshold(14.93, 1.0) == pytest.approx(0.193, abs=5e-4)
    assert davis.threshold(1.0, 1.0 / 16.46) == pytest.approx(0.200, abs=5e-4)


def test_follower_bandwidths() -> None:
    assert pixel().follower_hz == pytest.approx(70.0, abs=1.0)
    assert davis.bandwidth_hz(current_a(1, 16), davis.FOLLOWER_CAPACITANCE_F) == pytest.approx(278.0, abs=4.0)


def test_a_follower_faster_than_its_photoreceptor_is_held_back() -> None:
    fast = pixel(PrSFBp_coarse=3, PrSFBp_fine=200)
    assert fast.follower_hz == pytest.approx(pixel().photoreceptor_max_hz / 2.0)
    assert fast.follower_hz == pixel(PrSFBp_coarse=5, PrSFBp_fine=200).follower_hz


def test_refractory_time_is_charge_over_current() -> None:
    assert pixel(RefrBp_coarse=4, RefrBp_fine=4).refractory_s == pytest.approx(20e-15 * 0.8 / (389e-9 / 8 * 4 / 256))


def test_diff_bias_trades_on_for_off() -> None:
    low, high = pixel(DiffBn_fine=80), pixel(DiffBn_fine=140)
    assert high.on_threshold < low.on_threshold
    assert high.off_threshold > low.off_threshold


def test_a_comparator_on_the_wrong_side_gives_the_least_threshold() -> None:
    assert pixel(ONBn_coarse=0).on_threshold == davis.LOWEST_THRESHOLD
