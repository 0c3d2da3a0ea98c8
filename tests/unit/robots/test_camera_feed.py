from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.robots.camera_feed import CameraFeed, Intrinsics
from touchloop.robots.config_sensors import TURNS, Camera

CAMERA = Camera(topic="image_raw")
SECOND = 1_000_000_000


def spot(width: int, height: int, at: tuple[int, int], radius: int = 12) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.repeat(((np.hypot(x - at[0], y - at[1]) < radius) * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def centre(rgb: np.ndarray) -> np.ndarray:
    """(2,) x, y of the light's middle."""
    weight = rgb[:, :, 0].astype(float)
    y, x = np.mgrid[0 : rgb.shape[0], 0 : rgb.shape[1]]
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


@given(
    size=st.tuples(st.integers(120, 500), st.integers(120, 500)),
    out=st.tuples(st.integers(60, 200), st.integers(60, 200)),
    turn_deg=st.sampled_from(TURNS),
    flip=st.booleans(),
    share=st.tuples(st.floats(0.4, 0.6), st.floats(0.4, 0.6)),
)
@settings(deadline=None)
def test_pixels_and_intrinsics_move_together(
    size: tuple[int, int], out: tuple[int, int], turn_deg: int, flip: bool, share: tuple[float, float]
) -> None:
    feed = CameraFeed(replace(CAMERA, size=out, turn_deg=turn_deg, flip=flip))
    at = round(share[0] * size[0]), round(share[1] * size[1])
    # The principal point is where the spot is, so it must be there afterwards too.
    intrinsics = feed.intrinsics(Intrinsics(300.0, 300.0, *at), *size)
    # A spot that is cut has another middle.
    reach = 14.0 * np.array([intrinsics.fx, intrinsics.fy]) / 300.0
    middle = np.array([intrinsics.cx, intrinsics.cy])
    assume((middle > reach).all() and (middle < np.array(out) - reach).all())
    picture = feed.picture(spot(*size, at))
    assert picture.shape == (out[1], out[0], 3)
    np.testing.assert_allclose(centre(picture), [intrinsics.cx, intrinsics.cy], atol=1.0)


def test_the_middle_goes_on_unbent() -> None:
    feed = CameraFeed(CAMERA)
    scaled = feed.intrinsics(Intrinsics(500.0, 500.0, 319.5, 239.5), 640, 480)
    assert scaled.fx == pytest.approx(500.0 * 128 / 480)
    assert scaled.fx == scaled.fy
    assert (scaled.cx, scaled.cy) == (pytest.approx(63.5), pytest.approx(63.5))


def test_a_picture_of_the_right_size_goes_on_bit_for_bit() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    np.testing.assert_array_equal(CameraFeed(CAMERA).picture(rgb), rgb)


def test_a_cut_is_where_it_was_asked() -> None:
    feed = CameraFeed(replace(CAMERA, crop=(100, 50, 128, 128)))
    assert centre(feed.picture(spot(640, 480, (164, 114)))) == pytest.approx([64.0, 64.0], abs=0.5)
    with pytest.raises(InputError, match=r"crop \[100, 50, 128, 128\] reaches out of a picture of 200 x 200"):
        feed.picture(spot(200, 200, (10, 10)))


def test_stamps_tell_when_the_light_came() -> None:
    feed = CameraFeed(replace(CAMERA, latency_s=0.03))
    assert feed.stamp_ns(10 * SECOND, 10 * SECOND) == 10 * SECOND - 30_000_000
    with pytest.raises(InputError, match=r"stamp goes back by 0\.000 s"):
        feed.stamp_ns(10 * SECOND, 10 * SECOND)
    with pytest.raises(InputError, match=r"2\.000 s ahead of this machine's clock; expected at most 0\.5"):
        feed.stamp_ns(12 * SECOND, 10 * SECOND)
    with pytest.raises(InputError, match=r"behind this machine's clock"):
        feed.stamp_ns(9 * SECOND, 10 * SECOND)
    # A wrong stamp is forgotten, so that one far ahead does not shut out what follows.
    assert feed.stamp_ns(10 * SECOND + 1, 10 * SECOND)
    feed.forget_time()
    assert feed.stamp_ns(10 * SECOND - SECOND // 4, 10 * SECOND)
