from types import SimpleNamespace

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.scenes.frame_noise import without_noise
from touchloop.events.scenes.frames import FrameScene
from touchloop.events.scenes.grey_frames import GreyFrames
from touchloop.events.scenes.profile import Profile
from touchloop.events.scenes.profile_text import profile_of
from touchloop.events.scenes.recorded import grey_frames_of, video_frames
from touchloop.events.scenes.texture import DriftingTexture

FRAME_NS = 40_000_000


def test_steps_hold_and_ramps_go_by_ratio() -> None:
    steps = profile_of("1,100,10000/0.5")
    assert [steps(t) for t in (-1.0, 0.0, 0.49, 0.5, 1.2, 99.0)] == [1, 1, 1, 100, 10000, 10000]
    ramp = profile_of("1..10000/4")
    assert [ramp(t) for t in (0.0, 1.0, 2.0, 4.0, 5.0)] == pytest.approx([1, 10, 100, 10000, 10000])
    assert profile_of("300")(7.0) == 300.0


@pytest.mark.parametrize("wrong", ["", "fast", "1,2", "1..10", "1,x/2", "nan", "0..10/1", "1,2/0"])
def test_profiles_that_mean_nothing_are_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="profile"):
        profile_of(wrong)


@given(
    speeds=st.lists(st.floats(-500, 500), min_size=1, max_size=5),
    between=st.sampled_from(["hold", "straight"]),
    t_s=st.floats(-1.0, 5.0),
)
def test_the_way_is_the_integral_of_the_speed(speeds: list[float], between: str, t_s: float) -> None:
    profile = Profile([0.3 + 0.7 * k for k in range(len(speeds))], speeds, between)  # pyright: ignore
    times = np.linspace(0.0, t_s, 20_001)
    middle = (times[1:] + times[:-1]) / 2
    wanted = np.mean([profile(t) for t in middle[::20]]) * t_s
    assert profile.integral(t_s) == pytest.approx(wanted, abs=3.0)


def test_a_texture_moves_with_its_speed_and_shines_with_its_light() -> None:
    scene = DriftingTexture(80, 60, 5, Profile.steps((100.0, 400.0), 1.0), Profile.constant(20.0))
    first = scene.lux(0.0).copy()
    later = scene.lux(0.5).copy()
    assert np.allclose(later[:, 10:], first[:, :-10], rtol=1e-4)
    assert np.allclose(scene.lux(1.0)[:, 20:], 4 * first[:, :-20], rtol=1e-4)
    assert first.dtype == np.float32
    assert 0.05 * 99.9 <= first.min() < 0.15 * 100
    assert 0.6 * 100 < first.max() <= 0.95 * 100.1


def test_textures_are_seeded_and_band_limited() -> None:
    def frame(seed: int) -> np.ndarray:
        return DriftingTexture(1024, 1024, seed, Profile.constant(1.0), Profile.constant(0.0)).lux(0.0).copy()

    assert np.array_equal(frame(1), frame(1))
    assert not np.array_equal(frame(1), frame(2))
    power = np.abs(np.fft.rfft2(np.log(frame(1)))) ** 2
    power[0, 0] = 0.0
    frequency = np.hypot(np.fft.fftfreq(1024)[:, None], np.fft.rfftfreq(1024)[None])
    assert power[(frequency > 1 / 60) & (frequency < 1 / 6)].sum() > 0.9 * power.sum()


@pytest.mark.parametrize(
    "change",
    [{"width": 0}, {"seed": -1}, {"shortest_px": 1.0}, {"longest_px": 5.0}, {"light_lux": Profile.constant(-1)}],
)
def test_textures_that_cannot_be_are_refused(change: dict) -> None:
    good = {"width": 8, "height": 8, "seed": 1, "light_lux": Profile.constant(1), "speed_px_s": Profile.constant(1)}
    with pytest.raises(InputError, match="texture"):
        DriftingTexture(**{**good, **change})


def disc(x: float, height: int = 60, width: int = 120) -> np.ndarray:
    rows, columns = np.indices((height, width))
    edge = np.hypot(rows - 30, columns - x) - 10
    ripple = 20 * np.sin(0.9 * (columns - x)) * np.cos(0.7 * rows)
    return np.where(edge < 0, 180.0 + ripple, 60.0 + 10 * np.sin(0.5 * columns)).astype(np.float32)


def moving(count: int = 6, pixels: float = 4.0) -> GreyFrames:
    levels = np.stack([disc(30 + pixels * k) for k in range(count)])
    return GreyFrames(levels, np.arange(count, dtype=np.int64) * FRAME_NS)


def test_frames_are_met_at_their_times() -> None:
    frames = moving()
    scene = FrameScene(frames, 2.0, veil=5.0)
    for k in range(6):
        assert np.allclose(scene.lux(k * 0.04), 2.0 * (frames.levels[k] + 5.0), atol=0.5)
    assert np.allclose(scene.lux(9.0), scene.lux(0.2))
    assert scene.duration_s == pytest.approx(0.2)


def test_motion_is_followed_between_frames() -> None:
    """Half way the disc is half way: nearer to the truth than a fade, by far."""
    truth = disc(30 + 4 * 2.5)
    errors = {
        motion: np.abs(FrameScene(moving(), 1.0, motion=motion).lux(0.1) - truth).mean() for motion in (True, False)
    }
    assert errors[True] < 0.5 * errors[False]


def test_gamma_makes_levels_linear_in_light() -> None:
    levels = np.full((2, 12, 16), 128, np.uint8)
    frames = GreyFrames(levels, np.array([0, FRAME_NS], np.int64))
    assert FrameScene(frames, 1.0, gamma=2.2).lux(0.0) == pytest.approx(255 * (128 / 255) ** 2.2, rel=1e-4)
    assert FrameScene(frames, 1.0).lux(0.0) == pytest.approx(128.0)


def test_frames_too_small_to_follow_are_refused() -> None:
    frames = GreyFrames(np.zeros((2, 8, 8), np.uint8), np.array([0, FRAME_NS], np.int64))
    assert FrameScene(frames, 1.0, motion=False).lux(0.02).shape == (8, 8)
    with pytest.raises(InputError, match="12 pixels"):
        FrameScene(frames, 1.0)
    with pytest.raises(InputError, match="lux a level"):
        FrameScene(frames, 0.0, motion=False)


def test_noise_goes_and_motion_stays() -> None:
    rng = np.random.default_rng(1)
    clean = moving(20, 3.0)
    noisy = GreyFrames(
        np.clip(clean.levels + rng.normal(0, 1.5, clean.levels.shape), 0, 255).astype(np.float32), clean.stamps_ns
    )
    better = without_noise(noisy)
    off = np.abs(better.levels - clean.levels)
    assert off[:, :10].mean() < 0.4 * np.abs(noisy.levels - clean.levels)[:, :10].mean()
    assert off.max() < 40.0
    assert off.mean() < np.abs(noisy.levels - clean.levels).mean()


def picture(stamp_ns: int, exposure_ns: int, level: int) -> SimpleNamespace:
    return SimpleNamespace(stamp_ns=stamp_ns, exposure_ns=exposure_ns, image=np.full((4, 6), level, np.uint8))


def test_exposures_are_evened_out() -> None:
    frames = grey_frames_of([picture(0, 1000, 50), picture(40_000, 2000, 100)], "x")
    assert frames.stamps_ns.tolist() == [500, 41_000]
    assert np.allclose(frames.levels, 50.0)
    with pytest.raises(InputError, match="x has 1 grey frames"):
        grey_frames_of([picture(0, 1000, 50)], "x")


def test_a_video_is_read_in_grey(tmp_path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 * k + 20, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    frames = video_frames(path, 32, 24)
    assert frames.levels.shape == (5, 24, 32)
    assert np.diff(frames.stamps_ns) == pytest.approx(FRAME_NS, abs=1000)
    assert np.all(np.diff(frames.levels.mean(axis=(1, 2))) > 20)
    path.write_bytes(b"no video")
    with pytest.raises(InputError, match="no video"):
        video_frames(path, 32, 24)


@pytest.mark.parametrize(
    ("levels", "stamps"),
    [
        (np.zeros((1, 4, 4), np.uint8), [0]),
        (np.zeros((2, 4, 4)), [0, 1]),
        (np.zeros((2, 4, 4), np.uint8), [1, 1]),
        (np.zeros((2, 4, 4), np.uint8), [0, 1, 2]),
        (np.full((2, 4, 4), np.nan, np.float32), [0, 1]),
    ],
)
def test_grey_frames_that_cannot_be_are_refused(levels: np.ndarray, stamps: list[int]) -> None:
    with pytest.raises(InputError, match="grey frames"):
        GreyFrames(levels, np.array(stamps, np.int64))
