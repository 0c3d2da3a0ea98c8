import json
from pathlib import Path

import pytest
from bench_samples import outcome, write_bench, write_study

from touchloop.bench.bench_files import BENCH, is_bench_folder, read_bench_folder
from touchloop.errors import InputError


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    outcomes = [outcome("wipe", "touchloop", "after", 3), outcome("wipe", "rdp", "after", 1)]
    write_bench(tmp_path, outcomes)
    write_study(tmp_path, "rates", [(outcomes[0], "24 Hz", 24.0)])
    (tmp_path / "speed.json").write_text('{"plan": {"ours_s": 0.01}}')
    bench = read_bench_folder(tmp_path)
    assert [(e.policy, e.success_rate, e.episodes) for e in bench.entries] == [
        ("touchloop", 0.75, 4),
        ("rdp", 0.25, 4),
    ]
    assert bench.entries[0].interval == (outcomes[0].summary.success_low, outcomes[0].summary.success_high)
    assert [result for _, policy, result in bench.episodes if policy == "rdp"] == list(outcomes[1].results)
    assert (bench.about["protocol"], bench.studies["rates"][0].x) == ("paper", 24.0)
    assert (bench.missing, bench.speed) == (("a thing",), {"plan": {"ours_s": 0.01}})


def test_a_study_alone_is_a_benchmarks_folder_too(tmp_path: Path) -> None:
    assert not is_bench_folder(tmp_path)
    write_study(tmp_path, "guidance", [(outcome("wipe", "touchloop", "none", 3), "guided", None)])
    assert is_bench_folder(tmp_path)
    assert read_bench_folder(tmp_path).entries == ()


def test_a_study_that_is_a_bare_list_of_rows_is_read(tmp_path: Path) -> None:
    write_study(tmp_path, "guidance", [(outcome("wipe", "touchloop", "none", 3), "guided", None)])
    path = tmp_path / "study-guidance.json"
    path.write_text(json.dumps(json.loads(path.read_text())["rows"]))
    assert read_bench_folder(tmp_path).studies["guidance"][0].label == "guided"


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "bench.json: damaged"), ('{"rows": [{"task": "wipe"}]}', "damaged row"), ("{}", "damaged row")],
)
def test_damaged_files_are_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / BENCH).write_text(content)
    with pytest.raises(InputError, match=message):
        read_bench_folder(tmp_path)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected bench\.json or study-"):
        read_bench_folder(tmp_path)
