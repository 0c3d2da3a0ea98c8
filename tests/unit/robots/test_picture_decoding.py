import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.robots.picture_decoding import ENCODINGS, decoded, decompressed

WIDTH, HEIGHT = 64, 48
NEAR = 14
"""Grey levels: colours at half resolution and mosaics lose as much on a smooth picture."""


def smooth() -> np.ndarray:
    """A picture of slow changes of colour, so that mosaics and halved colours can be undone nearly exactly."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([60 + 2 * x, 200 - 2 * y, 40 + x + y], axis=2).astype(np.uint8)


def mosaic(rgb: np.ndarray, pattern: str) -> np.ndarray:
    out = np.empty(rgb.shape[:2], np.uint8)
    for number, letter in enumerate(pattern):
        row, column = divmod(number, 2)
        out[row::2, column::2] = rgb[row::2, column::2, "rgb".index(letter)]
    return out


def packed(rgb: np.ndarray, order: str) -> np.ndarray:
    """Two pixels share their colour; ``order`` names the four bytes, as uyvy."""
    yuv = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV).astype(float)
    # The formats have the range of television, 16 to 235 and 16 to 240.
    y = 16.0 + yuv[:, :, 0] * 219.0 / 255.0
    r, g, b = (rgb[:, :, k].astype(float) for k in range(3))
    u = 128.0 + (-37.8 * r - 74.2 * g + 112.0 * b) / 256.0
    v = 128.0 + (112.0 * r - 93.8 * g - 18.2 * b) / 256.0
    parts = {"u": u[:, ::2], "v": v[:, ::2]}
    luma = iter((y[:, ::2], y[:, 1::2]))
    columns = [parts[c] if c in parts else next(luma) for c in order]
    return np.round(np.stack(columns, axis=2)).clip(0, 255).astype(np.uint8).reshape(HEIGHT, -1)


def encoded(rgb: np.ndarray, encoding: str) -> np.ndarray:
    """Bytes (rows, ...) of the picture in the encoding, little-endian, from its definition."""
    wide = encoding.endswith("16") or encoding.startswith("16")
    grey = np.round(rgb @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    name = {"8UC1": "mono8", "8UC3": "bgr8", "8UC4": "bgra8", "16UC1": "mono16"}.get(encoding, encoding)
    stem = name.rstrip("0123456789")
    if stem.startswith("bayer_"):
        pixels = mosaic(rgb, stem[6:])[:, :, None]
    elif stem == "mono":
        pixels = grey[:, :, None]
    elif name in ("uyvy", "yuv422"):
        return packed(rgb, "uyvy")
    elif name in ("yuyv", "yuv422_yuy2"):
        return packed(rgb, "yuyv")
    else:
        alpha = np.full((*rgb.shape[:2], 1), 255, np.uint8)
        pixels = np.concatenate([rgb, alpha], axis=2)[:, :, ["rgba".index(c) for c in stem]]
    if not wide:
        return pixels.reshape(HEIGHT, -1)
    return (pixels.astype("<u2") * 257).reshape(HEIGHT, -1).view(np.uint8)


@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
@pytest.mark.parametrize("padding", [0, 5])
def test_every_encoding_gives_the_picture_back(encoding: str, padding: int) -> None:
    rows = np.pad(encoded(smooth(), encoding), ((0, 0), (0, padding)), constant_values=7)
    found = decoded(memoryview(rows.tobytes()), encoding, WIDTH, HEIGHT, rows.shape[1], False)
    true = smooth()
    if "mono" in encoding or encoding.endswith("UC1"):
        true = np.repeat(np.round(true @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[:, :, None], 3, axis=2)
    difference = np.abs(found.astype(int) - true)[2:-2, 2:-2]
    assert difference.max() <= (NEAR if "bayer" in encoding or "y" in encoding else 1)


@pytest.mark.parametrize("encoding", ["nv12", "nv21"])
def test_two_planes_give_the_picture_back(encoding: str) -> None:
    planes = cv2.cvtColor(smooth(), cv2.COLOR_RGB2YUV_I420)
    u, v = (part.reshape(HEIGHT // 2, WIDTH // 2) for part in np.split(planes[HEIGHT:].ravel(), 2))
    pairs = np.stack([u, v] if encoding == "nv12" else [v, u], axis=2).reshape(HEIGHT // 2, WIDTH)
    data = np.concatenate([planes[:HEIGHT], pairs]).tobytes()
    found = decoded(memoryview(data), encoding, WIDTH, HEIGHT, WIDTH, False)
    assert np.abs(found.astype(int) - smooth()).max() <= NEAR


def test_big_endian_16_bits_are_read_as_such() -> None:
    rows = encoded(smooth(), "rgb16").view("<u2").astype(">u2").view(np.uint8)
    found = decoded(memoryview(rows.tobytes()), "rgb16", WIDTH, HEIGHT, rows.shape[1], True)
    assert np.abs(found.astype(int) - smooth()).max() <= 1


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_compressed_pictures_are_read(suffix: str) -> None:
    data = cv2.imencode(suffix, cv2.cvtColor(smooth(), cv2.COLOR_RGB2BGR))[1].tobytes()
    assert np.abs(decompressed(memoryview(data)).astype(int) - smooth()).max() <= (12 if suffix == ".jpg" else 0)


@given(
    data=st.binary(max_size=300),
    encoding=st.sampled_from([*ENCODINGS, "nv12", "h264", ""]),
    size=st.tuples(st.integers(0, 12), st.integers(0, 12)),
    step=st.integers(0, 60),
)
@settings(deadline=None)
def test_whatever_comes_is_a_picture_or_named(data: bytes, encoding: str, size: tuple[int, int], step: int) -> None:
    try:
        found = decoded(memoryview(data), encoding, *size, step, False)
    except InputError:
        return
    assert found.shape == (size[1], size[0], 3)
    assert found.dtype == np.uint8


@pytest.mark.parametrize(
    ("encoding", "size", "step", "length", "message"),
    [
        ("h264", (4, 4), 12, 48, "encoding 'h264' is unknown; it can be: 16UC1, 8UC1"),
        ("rgb8", (0, 4), 0, 0, "picture is empty: 0 x 4 pixels"),
        ("rgb8", (4, 4), 11, 44, "step is 11 bytes; a row of 4 pixels in rgb8 has 12"),
        ("rgb8", (4, 4), 12, 47, "picture has 47 bytes; its size, step and encoding rgb8 make 48"),
        ("rgb8", (4, 4), 12, 96, "picture has 96 bytes"),
        ("rgb8", (9000, 1), 27000, 27000, "at most 8192 pixels a side"),
        ("yuyv", (5, 4), 10, 40, "5 columns are an odd number"),
        ("nv12", (4, 3), 4, 18, "has an odd side"),
    ],
)
def test_faults_are_named(encoding: str, size: tuple[int, int], step: int, length: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decoded(memoryview(bytes(length)), encoding, *size, step, False)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8 no picture", bytes(100)])
def test_a_damaged_compressed_picture_is_told(data: bytes) -> None:
    with pytest.raises(InputError, match=f"compressed picture of {len(data)} bytes cannot be read"):
        decompressed(memoryview(data))
