"""Two cells in one ROS domain, told apart by their namespaces, do not disturb each other."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from node_processes import Observer, stage, text_of
from rosgraph_msgs.msg import Clock
from touchloop_msgs.msg import SafetyState

from touchloop.launching.own_command import launch_command

pytestmark = [pytest.mark.nodes, pytest.mark.slow, pytest.mark.timeout(420)]
CELLS = ("cell1", "cell2")
START_S, EPISODES_S = 150.0, 240.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cells")


@pytest.fixture(scope="module")
def runs(folder: Path) -> Iterator[tuple[Observer, dict, dict]]:
    """Both cells at half speed, since they share the machine; what each said of its time and its safety."""
    with stage(folder) as (processes, observer):
        clocks = {cell: observer.listen(Clock, f"/{cell}/clock") for cell in CELLS}
        safety = {cell: observer.listen(SafetyState, f"/{cell}/safety_state") for cell in CELLS}
        launches = []
        for number, cell in enumerate(CELLS):
            values = {"namespace": cell, "seed": 1000 + number, "run_dir": folder / cell, "real_time_factor": 0.4}
            values |= {"safety": True, "record": False}
            launches.append(processes.start(*launch_command("sim.launch.xml", values)))
        observer.until(lambda: all(clocks.values()), START_S, "both cells' time")
        publishers = {
            topic: len(observer.node.get_publishers_info_by_topic(topic))
            for topic in ("/clock", "/tf", *(f"/{cell}/{name}" for cell in CELLS for name in ("clock", "tf")))
        }
        observer.until(lambda: all(one.poll() is not None for one in launches), EPISODES_S, "both cells' end")
        said = {cell: [message for _, message in heard] for cell, heard in safety.items()}
        texts = dict(zip(CELLS, map(text_of, launches), strict=True))
        yield observer, publishers, {"safety": said, "texts": texts, "codes": [one.returncode for one in launches]}


def test_each_cell_has_its_own_time_and_frames(runs: tuple[Observer, dict, dict]) -> None:
    expected = {f"/{cell}/{name}": 1 for cell in CELLS for name in ("clock", "tf")}
    assert runs[1] == {"/clock": 0, "/tf": 0, **expected}


def test_both_do_their_task(runs: tuple[Observer, dict, dict], folder: Path) -> None:
    assert runs[2]["codes"] == [0, 0], "\n".join(runs[2]["texts"].values())
    for number, cell in enumerate(CELLS):
        result = json.loads((folder / cell / "result.json").read_text())
        (episode,) = result["rows"]
        assert episode["seed"] == 1000 + number
        assert episode["success"], episode


def test_nobody_takes_the_other_cell_for_a_stranger(runs: tuple[Observer, dict, dict]) -> None:
    for cell, said in runs[2]["safety"].items():
        assert any(message.state == SafetyState.RUNNING for message in said), cell
        assert {name for message in said for name in message.foreign} == set()
