"""A recorded run played back to a fresh planner and controller, through the launch files."""

import sys
from pathlib import Path

import numpy as np
import pytest
from node_processes import Observer, Processes, text_of

from touchloop.data.bag_compare import compare_bags
from touchloop.data.bag_reader import BagReader

pytestmark = [pytest.mark.nodes, pytest.mark.slow, pytest.mark.timeout(400)]
ANSWERS = {"/plan", "/target_pose", "/target_wrench", "/controller_state", "/wrench_bias"}
Scene = tuple[Processes, Observer]
RECORDED = {"/rosout", "/parameter_events", "/diagnostics", "/heartbeat", "/hold"}


def launch(scene: Scene, file: str, *words: str) -> str:
    child = scene[0].start(sys.executable, "-m", "touchloop.cli.main", "launch", file, *words)
    assert child.wait(100) == 0, text_of(child)
    return text_of(child)


def record(scene: Scene, folder: Path, *words: str) -> Path:
    launch(scene, "sim.launch.xml", f"run_dir:={folder}", *words)
    return folder / "bag"


def replay(scene: Scene, bag: Path, folder: Path, *words: str) -> Path:
    launch(scene, "replay.launch.xml", f"bag:={bag}", f"run_dir:={folder}", *words)
    return folder / "bag"


@pytest.mark.timeout(300)
def test_lockstep_replay_gives_the_same_answers_and_a_second_run_the_same_bag(scene: Scene, tmp_path: Path) -> None:
    first = record(scene, tmp_path / "first", "lockstep:=true")
    second = record(scene, tmp_path / "second", "lockstep:=true")
    again = replay(scene, first, tmp_path / "again", "lockstep:=true")
    runs = compare_bags(first, second, with_times=True)
    assert [comparison for comparison in runs if not comparison.equal] == []
    answers = compare_bags(first, again)
    assert [comparison for comparison in answers if not comparison.equal] == []
    counts = {comparison.topic: comparison.count_a for comparison in answers}
    assert set(counts) >= ANSWERS
    assert counts["/target_pose"] == counts["/clock"] > 1000
    assert counts["/plan"] >= 10


@pytest.mark.timeout(200)
def test_a_free_running_bag_is_answered(scene: Scene, tmp_path: Path) -> None:
    bag = record(scene, tmp_path / "run")
    again = replay(scene, bag, tmp_path / "again")
    targets = [targets_of(folder) for folder in (bag, again)]
    assert len(targets[1]) > 0.9 * len(targets[0])
    with BagReader(bag) as reader:
        ticks = sum(1 for _ in reader.messages(["/clock"]))
    assert 0.98 * ticks < len(targets[0]) < 1.02 * ticks
    with BagReader(bag) as a, BagReader(again) as b:
        plans = [sum(1 for _ in reader.messages(["/plan"])) for reader in (a, b)]
        assert set(a.topics) >= RECORDED
    assert abs(plans[0] - plans[1]) <= 1
    # The same measurements at slightly other instants: the same wiping, within centimetres.
    middle = slice(len(targets[1]) // 4, 3 * len(targets[1]) // 4, 25)
    nearest = [np.linalg.norm(targets[0] - target, axis=1).min() for target in targets[1][middle]]
    assert np.median(nearest) < 0.02


def targets_of(bag: Path) -> np.ndarray:
    with BagReader(bag) as reader:
        poses = [reader.decode(message).pose.position for message in reader.messages(["/target_pose"])]
    return np.array([[p.x, p.y, p.z] for p in poses])
