import re
from pathlib import Path

import av
import numpy as np
import pytest
from bench_samples import outcome, write_bench, write_study
from rdp_samples import untrained_weights

from touchloop.bench.bench_files import read_bench_folder, write_json
from touchloop.bench.trace import Trace
from touchloop.cli.main import main
from touchloop.report.bench_episodes import film_episodes, read_shown
from touchloop.report.bench_report import make_bench_report
from touchloop.report.captioned import HEIGHT, WIDTH

# torch warns of its older exporter to ONNX.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")

OUTCOMES = [
    outcome(task, policy, kind, successes)
    for task in ("wipe", "press")
    for policy, successes in (("dp", 0), ("touchloop", 3))
    for kind in ("none", "after")
]


def write_shown(folder: Path) -> None:
    times = [0.004 * i for i in range(1, 500)]
    force = [5.0 if 0.5 < t < 1.5 else 0.0 for t in times]
    acting = ["object" if 0.9 < t < 1.1 else "" for t in times]
    trace = Trace(times, force, force, ["wipe"] * len(times), acting)
    about = {"task": "wipe", "policy": "touchloop", "perturb": "after", "seed": 1000, "success": True, "score": 1.0}
    (folder / "videos").mkdir()
    content = {**about, "peak_force_n": 5.0, "weights_id": "x", "trace": trace.as_json()}
    write_json(folder / "videos" / "wipe-touchloop-after-1000.json", content)
    (folder / "videos" / "wipe-touchloop-after-1000.mp4").write_bytes(b"")


def test_the_page_has_all_parts_and_needs_nothing_from_outside(tmp_path: Path) -> None:
    write_bench(tmp_path, OUTCOMES)
    write_shown(tmp_path)
    (tmp_path / "speed.json").write_text(
        '{"decode_step": {"ours_s": 8e-6, "peer_s": 1e-4, "ratio": 12.5}, "plan": {"ours_s": 0.006}}'
    )
    after = OUTCOMES[-1]
    write_study(tmp_path, "rates", [(after, "2 Hz", 2.0), (after, "250 Hz", 250.0)])
    write_study(tmp_path, "samples", [(after, "25", 25.0), (after, "200", 200.0)])
    write_study(tmp_path, "ablations", [(after, "full", None), (after, "decoder without touch", None)])
    write_study(tmp_path, "guidance", [(after, "unguided", None), (after, "guided", None)])
    made = make_bench_report(tmp_path)
    page = made.page.read_text()
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert headings == [
        "Incomplete",
        "Success and score",
        "Success",
        "Slow and fast",
        "Force",
        "Rate of the fast loop",
        "Demonstrations",
        "Ablations",
        "Guidance",
        "Episodes",
    ]
    assert page.count("<svg class") == 5
    assert re.findall(r'(?:src|href)="([^#"][^"]*)"', page) == ["videos/wipe-touchloop-after-1000.mp4"]
    assert "url(http" not in page
    assert "Left out of a study: a thing" in page
    assert "8 µs" in page
    assert "torch eager" in page
    assert made.figure is not None
    assert made.figure.read_bytes().startswith(b"\x89PNG")
    assert made.table is not None
    assert made.table.read_text().count("\n") == 2 + 4 + 3


def test_a_study_alone_is_reported(tmp_path: Path) -> None:
    write_study(tmp_path, "rates", [(OUTCOMES[-1], "2 Hz", 2.0)])
    made = make_bench_report(tmp_path)
    assert (made.table, made.figure) == (None, None)
    assert "Rate of the fast loop" in made.page.read_text()


def test_weights_that_are_gone_leave_the_rest_of_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("touchloop.report.bench_episodes.default_weights", lambda *_: tmp_path / "nowhere")
    write_bench(tmp_path, OUTCOMES[:1])
    made = make_bench_report(tmp_path, videos=1)
    assert len(made.problems) == 1
    assert "wipe-dp-none-1000 cannot be filmed" in made.problems[0]
    assert made.problems[0].split(":")[0] in made.page.read_text()


def test_an_episode_is_filmed_once_and_what_changed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = untrained_weights(tmp_path / "weights" / "press", task="press")
    monkeypatch.setattr("touchloop.report.bench_episodes.default_weights", lambda *_: weights)
    write_bench(tmp_path, [outcome("press", "touchloop", "none", 1, 1)])
    problems = film_episodes(read_bench_folder(tmp_path), 1)
    assert problems == [
        "press-touchloop-none-1000 is a success in the results, a failure when it is run again: "
        "weights or code changed since"
    ]
    (shown,) = read_shown(tmp_path)
    assert (shown.task, shown.seed, shown.success) == ("press", 1000, False)
    video = tmp_path / "videos" / f"{shown.name}.mp4"
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", WIDTH, HEIGHT)
        assert stream.frames == pytest.approx(10.0 * shown.trace.time_s[-1], abs=2)
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
        assert np.ptp(picture[:360]) > 100
    written = video.stat().st_mtime_ns
    film_episodes(read_bench_folder(tmp_path), 1)
    assert video.stat().st_mtime_ns == written


def test_the_command_makes_a_benchmarks_report_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bench(tmp_path, OUTCOMES[:1])
    assert main(["report", str(tmp_path), "--video-episodes", "0"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "report.html")
    assert main(["report", str(tmp_path), "--namespace", "left"]) == 2
    assert "--output and --namespace are for runs" in capsys.readouterr().err
