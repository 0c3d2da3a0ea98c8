import json
from pathlib import Path

import pytest

from touchloop.bench.monitor_instructions import Instruction, read_instructions, seeded
from touchloop.cli.main import main
from touchloop.errors import InputError
from touchloop.tasks.workbench.bench import Workbench

LIMITS = str(Path(__file__).parents[3] / "config" / "monitor_limits.yaml")


def test_plan_prints_a_program(capsys):
    assert main(["monitor", "plan", "wipe the board, then press the switch"]) == 0
    out = capsys.readouterr().out
    assert out.index("wipe(") < out.index("press(")


def test_plan_says_what_it_did_not_understand(capsys):
    assert main(["monitor", "plan", "juggle the pegs"]) == 1
    out = capsys.readouterr().out
    assert "juggle" in out
    assert "sequence" not in out


def test_run_makes_a_page_that_explains(tmp_path, capsys):
    options = ["--failure", "blocked:1", "--seed", "715", "--limits", LIMITS, "--yes", "--out", str(tmp_path / "run")]
    assert main(["monitor", "run", "press the switch", *options]) == 0
    assert "verdict" in capsys.readouterr().out
    page = (tmp_path / "run" / "report.html").read_text()
    assert "blocked" in page
    assert "All goals were reached" in page
    assert "data:image/jpeg;base64," in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_bench_writes_its_figures(tmp_path):
    out = tmp_path / "m.json"
    options = ["--episodes", "2", "--seed", "720", "--workers", "1", "--limits", LIMITS, "--json", str(out)]
    assert main(["monitor", "bench", *options]) == 0
    content = json.loads(out.read_text())
    assert {"balanced_accuracy", "false_alarm_rate", "localisation", "cause", "latency_p50_s"} <= set(content)
    assert [bool(row["mode"]) for row in content["rows"]] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "press the switch", "--failure", "slip", "--limits", LIMITS, "--yes"], "MODE:STEP"),
        (["run", "press the switch", "--mode", "magic", "--limits", LIMITS], "evidence"),
        (["run", "press the switch", "--limits", "none.yaml"], "monitor calibrate"),
        (["run", "press the switch", "--backend", "teleported"], "learned"),
        (["bench", "--modes", "magic"], "evidence"),
        (["bench", "--episodes", "-1"], "episodes -1"),
        (["bench", "--instructions", "none.txt", "--limits", LIMITS], "none.txt"),
        (["calibrate", "--runs", "0"], "runs 0"),
        (["calibrate", "--out", "nowhere/limits.yaml"], "nowhere"),
    ],
)
def test_wrong_input_is_named(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["monitor", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_instructions_find_benches_that_they_fit(tmp_path):
    path = tmp_path / "said.yaml"
    path.write_text(
        "instructions:\n- {text: one, scene: round_left}\n- {text: two, scene: square_left}\n- {text: three}\n"
    )
    found = list(seeded(read_instructions(path), 730))
    assert [text for _, text in found] == ["one", "two", "three"]
    assert len({seed for seed, _ in found}) == 3
    with Workbench() as bench:
        for (seed, _), form in zip(found, ("round", "square"), strict=False):
            bench.reset(seed)
            assert bench.scene.holes["left_hole"].config.form == form


@pytest.mark.parametrize("text", ["instructions: 3", "- one", "instructions: [{scene: round_left}]"])
def test_damaged_instructions_are_refused(tmp_path, text):
    path = tmp_path / "said.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match="instructions"):
        read_instructions(path)


def test_lines_of_text_are_instructions_but_for_comments(tmp_path):
    path = tmp_path / "said.txt"
    path.write_text("# mine\n\nwipe the board\n  press the switch \n")
    assert read_instructions(path) == [Instruction("wipe the board"), Instruction("press the switch")]
