"""What a user can give wrongly to the whole run: each ends it soon, with the reason and without a traceback."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from node_processes import Observer, Processes, text_of

pytestmark = [pytest.mark.nodes, pytest.mark.slow]
Scene = tuple[Processes, Observer]


def launch(scene: Scene, *words: str) -> tuple[int, str]:
    processes, _ = scene
    command = (sys.executable, "-m", "touchloop.cli.main", "launch", "sim.launch.xml")
    child = processes.start(*command, f"run_dir:={processes.folder / 'run'}", *words)
    return child.wait(90), text_of(child)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["task:=fly"], "task is 'fly'; it can be one of: wipe"),
        (["real_time_factor:=99"], "parameter real_time_factor: "),
        (["plan_rate_hz:=0"], "Min: 0.5, Max: 10.0"),
        (["sped:=1"], "sim.launch.xml has no argument sped; its arguments are: "),
        (["perturb:=fire"], "the argument 'perturb' is 'fire'; it can be: none, before, after, push, both, board"),
    ],
)
def test_bad_arguments_end_the_launch(scene: Scene, words: list[str], said: str) -> None:
    code, text = launch(scene, *words)
    assert code == 2, text
    assert said in text
    assert "all nodes are active" not in text


def test_a_task_whose_arms_do_not_fit_says_what_to_add(scene: Scene, weights: Path) -> None:
    words = ("record:=false", "task:=lift", f"weights:={weights / 'lift'}", "bimanual:=false")
    code, text = launch(scene, *words)
    assert code == 1, text
    assert "weights of task 'lift' for 2 arms; this controller serves the only arm" in text
    assert "bimanual:=true" in text


@pytest.mark.parametrize("fault", ["missing", "damaged"])
def test_bad_weights_end_the_launch(scene: Scene, weights: Path, tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "weights"
    if fault == "damaged":
        shutil.copytree(weights / "0", folder)
        file = folder / "decoder.safetensors"
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 0xFF
        file.write_bytes(data)
    code, text = launch(scene, f"weights:={folder}", "record:=false")
    assert code == 1, text
    assert "[fast_controller]: cannot configure: " in text
    assert str(folder) in text
    # Both refuse the weights; who is asked for the third time first is a matter of start-up.
    assert re.search("(fast_controller|slow_planner) is unconfigured after 3 failed attempts, see its log", text), text
    # A node that Ctrl-C meets while it still imports prints Python's own words; those that refuse must not.
    refusing = [line for line in text.splitlines() if line.startswith(("[fast_controller]", "[slow_planner]"))]
    assert "Traceback" not in "\n".join(refusing)
