import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from touchloop.cli.events_simulate import Simulate
from touchloop.errors import InputError
from touchloop.events.codecs.files import open_events


@pytest.mark.parametrize("suffix", [".raw", ".aedat4"])
def test_events_are_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    out, preview = tmp_path / f"events{suffix}", tmp_path / "preview.png"
    command = Simulate(seconds=0.05, bias=("ONBn_fine=80",), out=out, preview=preview, json=True)
    assert command.run() == 0
    told = json.loads(capsys.readouterr().out)
    assert told["values"]["ONBn_fine"] == 80
    assert len(open_events(out).read_all()) == told["events"] > 1000
    picture = cv2.imread(str(preview))
    assert picture is not None
    assert picture.shape == (260, 346, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 3


def test_text_says_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    Simulate(seconds=0.01, noise=False).run()
    assert "Mev/s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"camera": "dvs128"}, "camera 'dvs128'"),
        ({"bias": ("ONBn_fine",)}, "NAME=VALUE"),
        ({"bias": ("ONBn_fine=300",)}, "expected an integer from 0 to 255"),
        ({"scene": "no/such.mp4"}, "expected texture, or a file"),
        ({"light": "bright"}, "profile 'bright'"),
        ({"seconds": 0.0}, "--seconds 0.0"),
        ({"fps": 0.0}, "--fps 0.0"),
        ({"preview": Path("x.jpg")}, "ends in .png"),
    ],
)
def test_wrong_options_are_refused(options: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Simulate(**options).run()
