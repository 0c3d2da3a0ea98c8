from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_bags import PRESS_N, Script, one_message, path_on_board, write_run

from touchloop.errors import InputError
from touchloop.report.episodes import Episode, split_episodes
from touchloop.report.ink import InkReplay, drawn_board
from touchloop.report.load import Loaded, load
from touchloop.report.recording import Recording
from touchloop.report.streams import SHARED


def loaded(folder: Path, script: Script) -> Loaded:
    write_run(folder, script)
    return load([folder / "bag"])


def only_episode(folder: Path, script: Script) -> Episode:
    (episode,) = split_episodes(loaded(folder, script).recording)
    return episode


def test_all_that_was_written_is_there(tmp_path: Path) -> None:
    script = Script()
    found = loaded(tmp_path, script)
    assert found.problems == []
    assert {topic: list(stamps) for topic, stamps in found.stamps_ns.items() if len(stamps)} == script.written
    recording = found.recording
    assert list(recording.tcp_pose.stamp_ns) == script.written["/tcp_pose"]
    np.testing.assert_allclose(recording.tcp_pose.values[250], path_on_board(7, 0.5), atol=1e-12)
    assert [sample.stamp_ns for sample in recording.controller] == script.written["/controller_state"]
    assert [plan.sequence for plan in recording.plans] == [0, 1, 2]
    assert recording.notices[0].text == "plans come late"


def test_one_message(tmp_path: Path) -> None:
    recording = load([one_message(tmp_path) / "bag"]).recording
    assert len(recording.wrench) == 1
    assert recording.span_ns == (20_000_000, 20_000_000)
    assert len(split_episodes(recording)) == 1


def test_empty_recording_has_no_episode() -> None:
    assert split_episodes(Recording()) == []


def test_one_arm_of_two_is_chosen_by_name(tmp_path: Path) -> None:
    write_run(tmp_path / "a", Script(seconds=0.2, namespace="/left"))
    write_run(tmp_path / "b", Script(seconds=0.4, namespace="/right"))
    bags = [tmp_path / "a" / "bag", tmp_path / "b" / "bag"]
    with pytest.raises(InputError, match=r"several arms, '/left', '/right'"):
        load(bags)
    with pytest.raises(InputError, match=r"'middle': the bag has '/left', '/right'"):
        load(bags, "middle")
    assert len(load(bags, "left").recording.wrench) == 50
    assert len(load(bags, "/right").recording.wrench) == 100


def test_of_two_arms_with_one_task_the_first_is_shown_and_the_other_named(tmp_path: Path) -> None:
    script = Script(seconds=0.2, namespace="/left", shared="", task="lift")
    write_run(tmp_path / "a", script)
    write_run(tmp_path / "b", replace(script, namespace="/right", leave_out=SHARED, written={}))
    bags = [tmp_path / "a" / "bag", tmp_path / "b" / "bag"]
    found = load(bags)
    assert (found.namespace, found.shared) == ("/left", "")
    assert (found.topic("wrench"), found.topic("task_state")) == ("/left/wrench", "/task_state")
    assert found.problems == ["The bag has several arms. This shows '/left'; --namespace shows '/right'."]
    right = load(bags, "right")
    assert (right.namespace, right.shared, right.problems) == ("/right", "", [])
    for recording in (found.recording, right.recording):
        assert len(recording.wrench) == 50
        assert recording.task
        assert [start.task for start in recording.episodes] == ["lift"]


def test_topic_of_another_type_is_only_counted(tmp_path: Path) -> None:
    one_message(tmp_path, topic="wrench", name="/plan")
    found = load([tmp_path / "bag"])
    assert found.recording.plans == ()
    assert len(found.stamps_ns["/plan"]) == 1


def test_contact_force_is_bias_minus_wrench(tmp_path: Path) -> None:
    episode = only_episode(tmp_path, Script())
    force = episode.contact_force.values[:, 0]
    expected = [PRESS_N if 0.2 <= tick / 500 < 0.8 else 0.0 for tick in range(500)]
    np.testing.assert_allclose(force, expected, atol=1e-12)


def test_intervals_cover_the_modes_and_the_perturbation(tmp_path: Path) -> None:
    episode = only_episode(tmp_path, Script())
    assert [mode.name for mode in episode.modes] == ["TARE", "HOLD", "FOLLOW"]
    assert [mode.start_s for mode in episode.modes] == pytest.approx([0.0, 0.08, 0.5])
    assert episode.modes[1].detail == "no plan yet"
    (push,) = episode.perturbations
    assert (push.name, push.start_s, push.stop_s) == ("the arm is pushed", pytest.approx(0.8), pytest.approx(1.0))
    assert list(episode.plan_changes_s) == pytest.approx([0.5, 1.0, 1.5])


def test_outcome_is_the_last_task_state(tmp_path: Path) -> None:
    row = only_episode(tmp_path, Script(progress=0.95)).outcome
    assert (row.seed, row.success, row.score, row.progress) == (7, True, 1.0, pytest.approx(0.95, abs=0.01))
    assert row.duration_s == pytest.approx(1.996)


def test_episodes_do_not_overlap(tmp_path: Path) -> None:
    recording = loaded(tmp_path, Script(seconds=0.5, seeds=(3, 4, 5))).recording
    episodes = split_episodes(recording)
    assert [episode.outcome.seed for episode in episodes] == [3, 4, 5]
    assert sum(len(episode.recording.wrench) for episode in episodes) == len(recording.wrench)


def test_positions_are_relative_to_the_board(tmp_path: Path) -> None:
    episode = only_episode(tmp_path, Script())
    height = episode.on_object(episode.recording.tcp_pose)[:, 2]
    pressing = np.array([0.2 <= tick / 500 < 0.8 for tick in range(500)])
    np.testing.assert_allclose(height[pressing], 0.0, atol=1e-9)
    np.testing.assert_allclose(height[~pressing], 0.05, atol=1e-9)


@pytest.mark.parametrize(("press_n", "least", "most"), [(PRESS_N, 0.95, 1.0), (2.0, 0.0, 0.0)])
def test_ink_goes_where_the_tool_presses_hard_enough(tmp_path: Path, press_n: float, least: float, most: float) -> None:
    episode = only_episode(tmp_path, Script(press_n=press_n, seconds=4.0))
    board = drawn_board(episode)
    assert board is not None
    replay = InkReplay(episode, board)
    shares = []
    for stamp_ns in range(episode.start_ns, episode.stop_ns, 100_000_000):
        replay.advance(stamp_ns)
        shares.append(replay.coverage)
    assert shares == sorted(shares)
    assert least <= shares[-1] <= most


@pytest.mark.parametrize("gone", [["wrench_bias"], ["task_state"], ["controller_state", "plan"], ["tcp_pose"]])
def test_missing_topics_leave_empty_parts(tmp_path: Path, gone: Collection[str]) -> None:
    episode = only_episode(tmp_path, Script(seconds=0.6, leave_out=gone))
    assert len(episode.contact_force) == (0 if "wrench_bias" in gone else 150)
    assert bool(episode.perturbations or episode.phases) == ("task_state" not in gone)
    assert bool(episode.modes) == ("controller_state" not in gone)
