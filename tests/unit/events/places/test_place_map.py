import json

import numpy as np
import pytest
from place_samples import HEIGHT, WIDTH, way

from touchloop.errors import InputError
from touchloop.events.places.place_map import SPACING_M, PlaceMap, make_map


@pytest.fixture(scope="module")
def place_map():
    return make_map(list(way(40)), np.arange(40) * 0.25, "davis346")


def test_a_saved_map_comes_back_the_same(place_map, tmp_path):
    path = place_map.save(tmp_path / "map.npz")
    again = PlaceMap.load(path)
    assert (again.camera, again.sensor) == ("davis346", (WIDTH, HEIGHT))
    assert (again.descriptors == place_map.descriptors).all()
    assert (again.positions_m == place_map.positions_m).all()
    assert [p.name for p in tmp_path.iterdir()] == ["map.npz"]


def test_standing_and_empty_frames_add_no_places():
    frames = list(way(40))
    frames[5] = np.zeros_like(frames[5])
    positions_m = np.concatenate([np.arange(20) * 0.25, np.full(20, 4.75)])
    made = make_map(frames, positions_m, "davis346")
    assert len(made) == 19
    assert (np.diff(made.positions_m) >= SPACING_M).all()


def test_places_are_in_order_however_the_drive_went():
    frames = way(30)
    order = np.random.default_rng(0).permutation(30)
    made = make_map(list(frames[order]), order * 0.5, "davis346")
    assert (made.positions_m == np.arange(30) * 0.5).all()


@pytest.mark.parametrize(
    ("frames", "positions"),
    [([], []), (list(way(3)), [0.0, 1.0]), (list(way(2)), [0.0, np.nan]), ([np.zeros((2, 64, 64), np.uint8)], [0.0])],
)
def test_no_map_from_nothing(frames, positions):
    with pytest.raises(InputError, match="map"):
        make_map(frames, positions, "davis346")


def test_damaged_and_foreign_files_are_refused(place_map, tmp_path):
    path = place_map.save(tmp_path / "map.npz")
    whole = path.read_bytes()
    for damage in (b"", b"no zip at all", whole[: len(whole) // 2], whole[:400] + b"\0" * 200 + whole[600:]):
        path.write_bytes(damage)
        with pytest.raises(InputError, match=r"map.*map\.npz"):
            PlaceMap.load(path)
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(InputError, match="weights"):
        PlaceMap.load(path)
    np.savez(path, descriptors=np.array([{"a": 1}], dtype=object), positions_m=np.zeros(1), about=np.zeros(2, np.uint8))
    with pytest.raises(InputError, match="damaged"):
        PlaceMap.load(path)
    with pytest.raises(InputError, match="no such file"):
        PlaceMap.load(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"format": "other"}, "not a map"),
        ({"format": "touchloop event places", "version": 99}, "version 99"),
        ({"format": "touchloop event places", "version": 1, "camera": "davis346"}, "sensor"),
        ({"format": "touchloop event places", "version": 1, "camera": "x", "sensor": [346, 260]}, "descriptors"),
    ],
)
def test_maps_of_other_kinds_say_so(place_map, tmp_path, about, says):
    arrays = {"descriptors": place_map.descriptors, "positions_m": place_map.positions_m}
    path = tmp_path / "map.npz"
    np.savez(path, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    with pytest.raises(InputError, match=says):
        PlaceMap.load(path)


def test_where_a_map_cannot_be_written(place_map, tmp_path):
    for path in (tmp_path / "map.pkl", tmp_path / "none" / "map.npz"):
        with pytest.raises(InputError, match="npz"):
            place_map.save(path)
