import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.touch.marker_cloud import LAYOUTS, CloudField, read_marker_cloud

FLOAT32, FLOAT64, UINT8 = 7, 8, 2


def packed(values: np.ndarray, names: list[str], double: bool, big_endian: bool, gap: int) -> tuple[list, int, bytes]:
    """Fields, step and bytes of points with a gap of some bytes before each field."""
    kind = np.dtype((">" if big_endian else "<") + ("f8" if double else "f4"))
    offsets = [gap + k * (kind.itemsize + gap) for k in range(len(names))]
    step = offsets[-1] + kind.itemsize + gap
    types = np.dtype({"names": names, "formats": [kind] * len(names), "offsets": offsets, "itemsize": step})
    points = np.zeros(len(values), types)
    for k, name in enumerate(names):
        points[name] = values[:, k]
    fields = [CloudField(n, o, FLOAT64 if double else FLOAT32) for n, o in zip(names, offsets, strict=True)]
    return fields, step, points.tobytes()


@given(
    layout=st.sampled_from(LAYOUTS),
    order=st.permutations(range(6)),
    double=st.booleans(),
    big_endian=st.booleans(),
    gap=st.integers(0, 5),
)
def test_any_order_of_fields_and_bytes_is_read(
    layout: tuple[str, ...], order: list[int], double: bool, big_endian: bool, gap: int
) -> None:
    values = np.random.default_rng(0).normal(size=(25, 6)).astype(np.float32)
    names = [[*layout, "z", "marker_offset_z"][k] for k in order]
    fields, step, data = packed(values[:, order], names, double, big_endian, gap)
    np.testing.assert_array_equal(read_marker_cloud(fields, step, big_endian, memoryview(data)), values[:, :4])


def test_points_that_are_not_finite_are_left_out() -> None:
    values = np.ones((10, 4))
    values[3, 2] = np.nan
    fields, step, data = packed(values, list(LAYOUTS[0]), False, False, 0)
    assert len(read_marker_cloud(fields, step, False, memoryview(data))) == 9
    fields, step, data = packed(np.full((63, 4), np.nan), list(LAYOUTS[0]), False, False, 0)
    with pytest.raises(InputError, match="0 finite points; expected at least 4"):
        read_marker_cloud(fields, step, False, memoryview(data))


GOOD = [CloudField(name, 4 * k, FLOAT32) for k, name in enumerate(LAYOUTS[0])]


@pytest.mark.parametrize(
    ("fields", "step", "size", "message"),
    [
        (GOOD[:3], 16, 160, "its fields are x, y, dx; expected x, y, dx, dy or marker_location_x"),
        ([], 16, 160, "its fields are none"),
        ([*GOOD[:3], CloudField("dy", 12, UINT8)], 16, 160, "field dy has datatype 2"),
        (GOOD, 15, 150, "field dy at byte 12 is not within a point of 15 bytes"),
        (GOOD, 0, 0, "not within a point of 0 bytes"),
        (GOOD, 16, 165, "165 bytes are no whole number of points of 16"),
        (GOOD, 16, 48, "3 finite points"),
        (GOOD, 16, 16 * 20_000, "20000 points; expected at most"),
    ],
)
def test_other_clouds_are_named(fields: list[CloudField], step: int, size: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_marker_cloud(fields, step, False, memoryview(bytes(size)))
