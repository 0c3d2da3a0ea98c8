"""What the set-up remembers, and what makes it do a step again."""

import fcntl
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from touchloop_setup import workspace
from touchloop_setup.__main__ import _only_one, _repair
from touchloop_setup.distribution import RECORD, find_distribution, sourced_distribution
from touchloop_setup.environment import BUILD_MACHINE_PATHS, compile_byte_code, patch_wheels
from touchloop_setup.layout import Layout
from touchloop_setup.problem import SetupProblem
from touchloop_setup.process import run_all
from touchloop_setup.state import State, fingerprint


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    for name in ("touchloop_msgs", "touchloop_nodes", "touchloop_bringup", "interfaces/tf2_msgs"):
        folder = tmp_path / "ros2_ws/src" / name
        folder.mkdir(parents=True)
        (folder / "package.xml").write_text("<package/>")
    (tmp_path / "ros2_ws/src/touchloop_nodes/touchloop_nodes").mkdir()
    (tmp_path / "launch").mkdir()
    (tmp_path / "launch/sim.launch.xml").write_text("<launch/>")
    return Layout(tmp_path)


def fake_distribution(prefix: Path, *packages: str) -> dict[str, str]:
    for package in ("rclpy", "rosidl_default_generators", "ament_cmake", *packages):
        (prefix / "share" / package).mkdir(parents=True)
        (prefix / "share" / package / "package.xml").write_text("<package/>")
    return {"ROS_DISTRO": "kilted", "AMENT_PREFIX_PATH": str(prefix), "PATH": f"{prefix}/bin:/usr/bin"}


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_only_equal_values_have_equal_fingerprints(left, right):
    ours, theirs = [v.replace("\0", "") for v in left], [v.replace("\0", "") for v in right]
    assert (fingerprint(*ours) == fingerprint(*theirs)) == (ours == theirs)


def test_a_finished_step_is_remembered_and_a_killed_one_noticed(tmp_path):
    path = tmp_path / "state.json"
    state = State(path)
    state.finish("environment", "a")
    state.begin("packages")
    killed = State(path)
    assert killed.interrupted == "packages"
    assert killed.is_done("environment", "a")
    assert not killed.is_done("environment", "b")
    state.abandon()
    assert State(path).interrupted is None
    assert not State(path).is_done("packages", "a")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"done": 3}', '{"done": {}}', "\x00"])
def test_a_damaged_state_counts_as_nothing_done(tmp_path, text):
    (tmp_path / "state.json").write_text(text)
    state = State(tmp_path / "state.json")
    assert state.interrupted == "set-up"
    assert not state.is_done("environment", "a")


def test_a_killed_workspace_build_starts_afresh(layout, capsys):
    state = State(layout.venv / "touchloop_setup.json")
    state.begin("workspace base")
    for name in ("build", "install", "log", "src"):
        (layout.workspace / name).mkdir(exist_ok=True)
    _repair(layout, State(state.path))
    assert "building the ROS workspace" in capsys.readouterr().out
    assert [path.name for path in layout.workspace.iterdir()] == ["src"]


def package_fingerprints(layout: Layout) -> dict[str, str]:
    found = workspace.packages(layout, None)
    return {name: workspace.package_fingerprint(layout, name, folder, "base") for name, folder in found.items()}


@pytest.mark.parametrize(
    ("path", "again"),
    [
        ("ros2_ws/src/touchloop_msgs/package.xml", {"touchloop_msgs"}),
        ("ros2_ws/src/touchloop_msgs/New.msg", {"touchloop_msgs"}),
        ("ros2_ws/src/touchloop_nodes/touchloop_nodes/planner.py", set()),
        ("ros2_ws/src/touchloop_nodes/setup.py", {"touchloop_nodes"}),
        ("launch/sim.launch.xml", set()),
        ("launch/other.launch.xml", {"touchloop_bringup"}),
    ],
)
def test_only_what_changed_is_built_again(layout, path, again):
    before = package_fingerprints(layout)
    (layout.root / path).write_text("changed")
    after = package_fingerprints(layout)
    assert {name for name in after if after[name] != before[name]} == again


def test_no_distribution_without_one_sourced(tmp_path):
    assert sourced_distribution(tmp_path, {}) is None
    ours = {"ROS_DISTRO": "kilted", "AMENT_PREFIX_PATH": f"{tmp_path}/.venv:{tmp_path}/ros2_ws/install"}
    assert sourced_distribution(tmp_path, ours) is None


def test_a_sourced_distribution_replaces_tf2_msgs_where_it_has_it(layout, tmp_path):
    without = sourced_distribution(layout.root, fake_distribution(tmp_path.parent / f"{tmp_path.name}-a"))
    with_it = sourced_distribution(layout.root, fake_distribution(tmp_path.parent / f"{tmp_path.name}-b", "tf2_msgs"))
    assert "tf2_msgs" in workspace.packages(layout, without)
    assert "tf2_msgs" not in workspace.packages(layout, with_it)


def test_the_distribution_of_an_earlier_run_is_used_when_nothing_is_sourced(layout, tmp_path):
    sourced = fake_distribution(tmp_path.parent / f"{tmp_path.name}-c")
    layout.venv.mkdir()
    (layout.venv / RECORD).write_text(json.dumps(sourced))
    again = find_distribution(layout.root, {"PATH": "/usr/bin"})
    assert again == sourced_distribution(layout.root, sourced)
    assert again is not None


def test_build_machine_paths_of_the_wheels_are_replaced(layout):
    share = layout.venv / "share/rclpy"
    share.mkdir(parents=True)
    (layout.venv / "lib/python3.12/site-packages").mkdir(parents=True)
    build_machine = "/opt/python/cp311-cp311"
    baked = f"{build_machine}/include/python3.11;{build_machine}/lib/python3.11/site-packages/numpy;/usr/include"
    (share / "rclpyExport.cmake").write_text(f'set(x "{baked}")')
    assert patch_wheels(layout) == 1
    text = (share / "rclpyExport.cmake").read_text()
    assert not BUILD_MACHINE_PATHS.search(text)
    assert f"{layout.venv}/lib/python3.12/site-packages/numpy;/usr/include" in text
    assert patch_wheels(layout) == 0


def test_a_tool_that_fails_is_shown_with_the_end_of_its_output(tmp_path):
    with pytest.raises(SetupProblem, match=r"(?s)no route to host.*exit code 3"):
        run_all(
            {tmp_path / "logs/pip.log": ["sh", "-c", "echo no route to host; exit 3"]},
            {"PATH": "/usr/bin:/bin"},
            tmp_path,
        )


def test_a_tool_that_outlives_a_killed_set_up_keeps_the_next_one_waiting(layout):
    with _only_one(layout):
        # As run_all starts tools; the set-up that is killed is this block.
        orphan = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    started = threading.Event()

    def next_set_up() -> None:
        with _only_one(layout):
            started.set()

    waiting = threading.Thread(target=next_set_up)
    waiting.start()
    try:
        with (layout.logs / "lock").open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert not started.wait(0.2)
    finally:
        orphan.communicate()
    assert started.wait(10)
    waiting.join()


def test_byte_code_is_made_of_what_nodes_import_and_a_file_that_is_no_python_does_no_harm(layout, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (layout.venv / "bin").mkdir(parents=True)
    layout.python.symlink_to(sys.executable)
    for name in ("one.py", "tests/two.py"):
        (layout.root / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (layout.root / "src" / name).write_text("VALUE = 1\n")
    (layout.root / "src/template.py").write_text("{{ no python }} = \n")
    compile_byte_code(layout)
    assert [path.name.partition(".")[0] for path in layout.root.glob("src/**/*.pyc")] == ["one"]
