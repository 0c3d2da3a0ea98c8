from pathlib import Path

import av
import numpy as np
import pytest
from report_bags import Script, write_run

from touchloop.errors import InputError
from touchloop.report.episodes import split_episodes
from touchloop.report.load import load
from touchloop.report.make import make_report
from touchloop.report.video import NO_PICTURES, RECORDED, REDRAWN, VideoReport, write_video


def made_from(folder: Path, script: Script) -> tuple[Path, VideoReport]:
    write_run(folder, script)
    bag = [folder / "bag"]
    found = load(bag)
    path = folder / "run.mp4"
    return path, write_video(path, found, bag, split_episodes(found.recording))


@pytest.mark.parametrize(
    ("gone", "caption"),
    [
        ((), REDRAWN),
        (("episode",), RECORDED),
        (("joint_states", "camera/scene/image_raw", "camera/wrist/image_raw"), NO_PICTURES),
        (("task_state", "controller_state", "wrench"), RECORDED),
    ],
)
def test_video_plays_in_real_time(tmp_path: Path, gone: tuple[str, ...], caption: str) -> None:
    path, report = made_from(tmp_path, Script(seconds=0.8, leave_out=gone))
    assert report.caption == caption
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (960, 540, 25)
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(0.8, abs=0.05)
    assert len(frames) == report.frames == 20
    assert np.std(frames[-1]) > 1.0


def test_episodes_follow_each_other(tmp_path: Path) -> None:
    _, report = made_from(tmp_path, Script(seconds=0.4, seeds=(1, 2), leave_out=["joint_states"]))
    # Two times 0.4 s, and 0.02 s between them.
    assert report.frames in (20, 21)


def test_nothing_to_show(tmp_path: Path) -> None:
    write_run(tmp_path, Script(seconds=0.2))
    with pytest.raises(InputError, match="no episode"):
        write_video(tmp_path / "run.mp4", load([tmp_path / "bag"]), [tmp_path / "bag"], [])


def test_page_embeds_a_small_video(tmp_path: Path) -> None:
    made = make_report(write_run(tmp_path, Script(seconds=0.4, seeds=(1, 2))), video_episodes=1)
    assert made.video == tmp_path / "run.mp4"
    page = made.report.read_text()
    assert 'src="data:video/mp4;base64,' in page
    assert "It shows the first 1 of 2 episodes." in page
    assert not list(tmp_path.glob("*.part*"))
