from pathlib import Path

import numpy as np
import pytest
from event_samples import equal, events_of, random_events
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.codecs import ENCODINGS
from touchloop.events.codecs.bag_file import BagEventReader
from touchloop.events.codecs.files import open_events, split, write_events
from touchloop.events.codecs.reader import GreyFrame
from touchloop.events.stream import Events

RECORDINGS = {
    "davis346.aedat4": (346, 260, 78_830, 41_257, 1_589_163_147_368_868_000, 1_589_163_149_728_813_000),
    "evt3.raw": (1280, 720, 1_218_618, 553_295, 11_200_224_000, 21_968_221_000),
    "libcaer_rollover": (640, 480, 334_331, 181_908, 1_702_309_120_762_236_018, 1_702_309_122_762_222_018),
    "mono_cd": (640, 480, 100, 50, 0, 99_000),
}
"""Width, height, events, ON, first and last time as others read them: dv-processing, eventcv, event_camera_codecs."""


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_hold_what_others_read_in_them(data: Path, name: str) -> None:
    width, height, count, on, first_ns, last_ns = RECORDINGS[name]
    reader = open_events(data / name)
    events = reader.read_all()
    assert (reader.width, reader.height) == (width, height)
    assert (len(events), int(events.polarity.sum())) == (count, on)
    assert (int(events.t_ns[0]), int(events.t_ns[-1])) == (first_ns, last_ns)
    assert (np.diff(events.t_ns) >= 0).all()
    assert reader.damaged == 0
    assert equal(Events.join(reader), events)


def test_checksums_of_event_camera_codecs(data: Path) -> None:
    events = open_events(data / "libcaer_rollover").read_all()
    sums = [int(column.astype(np.uint64).sum()) for column in (events.t_ns, events.x, events.y, events.polarity)]
    assert sums == [15_762_826_572_202_229_126, 111_651_612, 82_801_007, 181_908]


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_recordings_come_back_from_bags_of_every_encoding(data: Path, tmp_path: Path, name: str, encoding: str) -> None:
    reader = open_events(data / name)
    events = reader.read_all()[:60_000]
    write_events(tmp_path / "bag", [events], reader.width, reader.height, encoding)
    back = open_events(tmp_path / "bag")
    assert equal(back.read_all(), events)
    assert (back.encoding, back.damaged) == (encoding, 0)


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_come_back_from_raw_files(data: Path, tmp_path: Path, name: str) -> None:
    reader = open_events(data / name)
    events = reader.read_all()
    assert write_events(tmp_path / "a.raw", [events], reader.width, reader.height) == len(events)
    assert equal(open_events(tmp_path / "a.raw").read_all(), events)


def test_aedat4_with_its_frames_comes_back(data: Path, tmp_path: Path) -> None:
    reader = open_events(data / "davis346.aedat4")
    frames = list(reader.frames())
    assert len(frames) == 59
    assert {frame.exposure_ns for frame in frames} == {500_000}
    write_events(tmp_path / "a.aedat4", reader, reader.width, reader.height, frames=frames)
    back = open_events(tmp_path / "a.aedat4")
    assert equal(back.read_all(), reader.read_all())
    for ours, theirs in zip(back.frames(), frames, strict=True):
        assert ours.stamp_ns == theirs.stamp_ns
        assert np.array_equal(ours.image, theirs.image)


def test_aedat4_holds_microseconds_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="microsecond"):
        write_events(tmp_path / "a.aedat4", [events_of([(1, 1, 1, 1)])], 346, 260)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.raw", "a.aedat4", "bag"])
def test_files_without_events(tmp_path: Path, name: str) -> None:
    assert write_events(tmp_path / name, [Events.empty()], 346, 260) == 0
    if name == "bag":
        with pytest.raises(InputError, match="no readable event packet"):
            open_events(tmp_path / name)
    else:
        assert not len(open_events(tmp_path / name).read_all())


@pytest.mark.parametrize("name", ["a.raw", "a.aedat4", "a.mcap", "a.db3", "a.bag"])
@pytest.mark.parametrize("content", [b"", b"% ", b"garbage\n" * 50, b"#!AER-DAT4.0\r\n" + b"\0" * 100])
def test_foreign_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=str(tmp_path)):
        open_events(tmp_path / name)


@pytest.mark.parametrize("name", RECORDINGS)
@settings(max_examples=6)
@given(share=st.floats(0.0, 1.0), seed=st.integers(0, 1 << 32))
def test_damaged_recordings_are_read_or_refused(
    data: Path, tmp_path_factory: pytest.TempPathFactory, name: str, share: float, seed: int
) -> None:
    source = next((data / name).glob("*.db3")) if (data / name).is_dir() else data / name
    content = bytearray(source.read_bytes()[:1_500_000])
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, len(content), 20):
        content[place] = rng.integers(0, 256)
    path = tmp_path_factory.mktemp("damaged") / source.name
    path.write_bytes(content[: int(share * len(content))])
    try:
        reader = open_events(path)
    except InputError:
        return
    for events in reader:
        assert (events.x < reader.width).all()
        assert (events.y < reader.height).all()
    for frame in reader.frames():
        assert isinstance(frame, GreyFrame)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("% format EVT2\n% geometry 640x480\n", "EVT2; only EVT3"),
        ("% evt 2.1\n% geometry 640x480\n", "EVT21; only EVT3"),
        ("% evt 3.0\n", "sensor's size"),
        ("% evt 3.0\n% geometry 0x0\n", "sensor's size"),
        ("% date today\n", "unnamed format"),
    ],
)
def test_raw_headers_that_cannot_be_used(tmp_path: Path, header: str, message: str) -> None:
    (tmp_path / "a.raw").write_text(header)
    with pytest.raises(InputError, match=message):
        open_events(tmp_path / "a.raw")


@pytest.mark.parametrize(
    "header",
    [
        "% evt 3.0\n% geometry 640x480\n",
        "% format EVT3;height=480;width=640\n% end\n",
        "% evt 3.0\n% plugin_name hal_plugin_gen31_fx3\n",
    ],
)
def test_raw_headers_of_several_ages(tmp_path: Path, header: str) -> None:
    (tmp_path / "a.raw").write_text(header)
    reader = open_events(tmp_path / "a.raw")
    assert (reader.width, reader.height) == (640, 480)


def test_a_bag_folder_without_usable_metadata_is_read(tmp_path: Path) -> None:
    events = random_events(1, 100, 1000)
    write_events(tmp_path / "bag", [events], 1280, 720, "libcaer")
    metadata = tmp_path / "bag" / "metadata.yaml"
    metadata.write_text(metadata.read_text().replace("storage_identifier: mcap", "storage_identifier: ''"))
    assert equal(open_events(tmp_path / "bag").read_all(), events)
    metadata.unlink()
    assert equal(open_events(str(tmp_path / "bag")).read_all(), events)


def test_what_is_no_event_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    for name, message in (("nothing", "no event file"), ("a.txt", "expected .aedat4"), ("", "cannot be read as a bag")):
        with pytest.raises(InputError, match=message):
            open_events(tmp_path / name)


def test_topics_are_for_bags_that_have_them(tmp_path: Path) -> None:
    for name in ("bag", "a.raw"):
        write_events(tmp_path / name, [random_events(1, 10, 100)], 1280, 720)
    assert BagEventReader(tmp_path / "bag", "/event_camera/events").encoding == "evt3"
    with pytest.raises(InputError, match="no events on /other; topics with events: /event_camera/events"):
        open_events(tmp_path / "bag", "/other")
    with pytest.raises(InputError, match="only bags have topics"):
        open_events(tmp_path / "a.raw", "/other")


def test_writers_refuse_names_and_encodings_that_do_not_fit(tmp_path: Path) -> None:
    events = [random_events(1, 10, 100)]
    write_events(tmp_path / "a.raw", events, 1280, 720)
    for name, encoding, message in (
        ("a.raw", None, "exists already"),
        ("b.raw", "mono", "holds evt3 only"),
        ("b.aedat4", "evt3", "has its own"),
        ("b.csv", None, "expected .raw"),
        ("bag", "evt4", "expected one of"),
        ("no/bag", None, "no folder"),
    ):
        with pytest.raises(InputError, match=message):
            write_events(tmp_path / name, split(events), 1280, 720, encoding)
    assert [path.name for path in tmp_path.iterdir()] == ["a.raw"]
