import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from event_samples import equal, random_events

from touchloop.cli.events_codec import Codec, first_difference
from touchloop.cli.events_play import Play
from touchloop.cli.events_rate import Rate
from touchloop.errors import InputError
from touchloop.events.codecs.files import open_events, write_events


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_events(tmp_path / "a.raw", [random_events(2, 5000, 500_000, 40_000_000_000)], 1280, 720)
    return tmp_path / "a.raw"


def test_codec_converts_and_checks(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Codec(recording, Path("bag"), "libcaer_cmp", check=True).run() == 0
    text = capsys.readouterr().out
    assert "reads back equal" in text
    assert "libcaer_cmp" in text
    assert text.count("5,000") == 2
    assert Codec(Path("bag"), Path("b.aedat4"), check=True).run() == 0
    assert equal(open_events("b.aedat4").read_all(), open_events(recording).read_all())


def test_differences_are_told(recording: Path) -> None:
    events = open_events(recording).read_all()
    events.x[700] += 1
    write_events("other.raw", [events], 1280, 720)
    write_events("short.raw", [events[:100]], 1280, 720)
    a, b, c = open_events(recording), open_events("other.raw"), open_events("short.raw")
    assert first_difference(a, a) == ""
    assert first_difference(a, b).startswith("event 700 has x")
    assert first_difference(a, c) == "the first has more events"


def test_rate_counts_windows(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Rate(recording, window_s=0.1).run() == 0
    assert "5,000 events" in capsys.readouterr().out
    assert cv2.imread("a-rate.png") is not None
    assert Rate(recording, out=Path("b.png"), json=True).run() == 0
    found = json.loads(capsys.readouterr().out)
    events = open_events(recording).read_all()
    assert sum(found["on_events"]) == int(events.polarity.sum())
    assert sum(found["off_events"]) + sum(found["on_events"]) == found["events"] == 5000
    assert found["active_share"] == len(np.unique(events.y.astype(int) * 1280 + events.x)) / (1280 * 720)


def test_play_shows_every_event_once(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Play(recording, Path("v.mp4"), speed=0.5).run() == 0
    assert "30 pictures of 16.6667 ms, 5,000 events" in capsys.readouterr().out
    with av.open("v.mp4") as container:
        assert sum(1 for _ in container.decode(video=0)) == 30
    assert Play(recording, Path("pngs"), seconds=0.1, start_s=0.1).run() == 0
    assert sorted(path.name for path in Path("pngs").iterdir()) == [f"{i:06}.png" for i in range(3)]


def test_wrong_input_is_told(recording: Path) -> None:
    for command, message in (
        (Codec(recording, Path("x.raw"), "libcaer"), "holds evt3 only"),
        (Codec(recording, recording), "exists already"),
        (Codec(Path("none.raw"), Path("x.raw")), "no event file"),
        (Rate(recording, window_s=0.0), "--window-s 0.0"),
        (Rate(recording, window_s=float("nan")), "--window-s nan"),
        (Rate(recording, window_s=1e-9), "expected at most 1000000"),
        (Rate(recording, out=Path("x.pdf")), "ends in .png"),
        (Play(recording, Path("x.avi")), "expected NAME.mp4"),
        (Play(recording, speed=0.0), "--speed 0.0"),
        (Play(recording, fps=float("inf")), "--fps inf"),
        (Play(recording, start_s=100.0), "nothing to show"),
        (Play(recording, seconds=-1.0), "--seconds -1.0"),
        (Play(recording, speed=1e-6), "expected at most 100000"),
    ):
        with pytest.raises(InputError, match=message):
            command.run()
    assert [path.name for path in recording.parent.iterdir()] == ["a.raw"]
