import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from episode_bags import (
    BEGIN_NS,
    KINDS,
    EpisodeBag,
    cloud_message,
    image_message,
    pose_at,
    wrench_at,
    write_bag,
)

from touchloop.cli.main import main
from touchloop.data.bag_episodes import BagEpisode, Wanted, episodes_of_bag
from touchloop.data.episode import Episode
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.geometry.pose import relative, rotate, rotation_vector
from touchloop.sim.tactile import rest_positions
from touchloop.sim.world import PERIOD_NS
from touchloop.tasks.recorded import RecordedTask

TASK = RecordedTask("wipe", (2.0, 8.0))


def read(bag: EpisodeBag, folder: Path, **wanted: Any) -> list[BagEpisode]:
    path = bag.write(folder / "bag")
    return list(episodes_of_bag(path, Wanted(TASK, **wanted)))


def only(found: list[BagEpisode]) -> Episode:
    (one,) = found
    assert one.episode is not None, one.refused
    one.episode.check(PERIOD_NS)
    return one.episode


def times_s(episode: Episode) -> np.ndarray:
    return (episode.stamp_ns - BEGIN_NS) * 1e-9


def test_streams_come_back_as_they_were(tmp_path: Path) -> None:
    (found,) = read(EpisodeBag(), tmp_path)
    episode = only([found])
    at_s = times_s(episode)
    np.testing.assert_allclose(at_s, 0.004 * np.arange(1000), atol=1e-9)
    np.testing.assert_array_equal(episode.tcp_in_base[0], [pose_at(t) for t in at_s])
    np.testing.assert_array_equal(episode.wrench_at_sensor[0], [wrench_at(t) for t in at_s])
    np.testing.assert_allclose(episode.tcp_in_base[0, :, 2] - episode.target_in_base[0, :, 2], 0.005)
    np.testing.assert_array_equal(episode.planned_force_n[0], 5.0 * (at_s > 2.0))
    np.testing.assert_allclose(episode.markers[0, :, 0, 0], 1e-4 * (episode.markers_stamp_ns - BEGIN_NS) * 1e-9)
    assert episode.markers.shape == (1, 200, 63, 2)
    assert episode.wrist_rgb.shape == (1, 40, 128, 128, 3)
    np.testing.assert_array_equal(episode.wrist_rgb[0, :, 5, 5, 0], np.arange(40))
    assert found.targets == "target_pose, target_wrench"
    assert found.attributes["success"]
    assert found.attributes["perturbation"] == "none"


def test_other_rates_and_phases_are_brought_to_the_grid(tmp_path: Path) -> None:
    bag = EpisodeBag(offset_ns={"wrench": 1_700_000, "target_pose": 2_300_000, "camera/wrist/image_raw": 31_000_000})
    bag.rates_hz |= {"tcp_pose": 113.0, "wrench": 1000.0, "target_pose": 60.0, "camera/wrist/image_raw": 30.0}
    episode = only(read(bag, tmp_path))
    at_s = times_s(episode)
    assert at_s[0] == pytest.approx(0.031)
    np.testing.assert_allclose(episode.tcp_in_base[0, :, :3], [pose_at(t)[:3] for t in at_s], atol=1e-6)
    for mine, wanted in zip(episode.tcp_in_base[0], map(pose_at, at_s), strict=True):
        assert np.linalg.norm(rotation_vector(relative(wanted, mine)[3:])) < 1e-5
    away = np.abs(at_s - 2.0) > 0.01
    np.testing.assert_allclose(episode.wrench_at_sensor[0, away], [wrench_at(t) for t in at_s[away]], atol=1e-6)
    # Every instant has a picture and markers, and none is from the future.
    assert episode.wrist_stamp_ns[0] == episode.markers_stamp_ns[0] == episode.stamp_ns[0]
    shown_s = 10.0 * (episode.wrist_stamp_ns - BEGIN_NS) * 1e-9
    assert (np.abs(episode.wrist_rgb[0, :, 0, 0, 0] - shown_s) <= 1.0).all()


def test_the_arm_follows_what_the_supervisor_lets_through(tmp_path: Path) -> None:
    bag = EpisodeBag(names={"target_pose": "safe/target_pose", "target_wrench": "safe/target_wrench"})
    bag.change = lambda topic, number, _: not (topic.startswith("target") and number < 300)
    (found,) = read(bag, tmp_path)
    assert found.targets == "safe/target_pose, safe/target_wrench"
    # It was started by a person, 1.2 s after the recording.
    assert times_s(only([found]))[0] == pytest.approx(1.2)


def test_two_arms_in_a_namespace(tmp_path: Path) -> None:
    task = RecordedTask("carry", (2.0, 8.0), arms=("left", "right"))
    path = EpisodeBag(arms=("left", "right"), namespace="cell").write(tmp_path / "bag")
    (found,) = episodes_of_bag(path, Wanted(task, namespace="cell"))
    episode = only([found])
    assert episode.arms == 2
    np.testing.assert_array_equal(episode.tcp_in_base[0], episode.tcp_in_base[1])
    with pytest.raises(InputError, match="no message of /left/tcp_pose, /right/tcp_pose, /left/wrench"):
        list(episodes_of_bag(path, Wanted(task)))


@pytest.mark.parametrize("guided", [True, False])
def test_led_by_hand_the_target_is_ahead_and_the_force_is_felt(tmp_path: Path, guided: bool) -> None:
    bag = EpisodeBag()
    if not guided:
        del bag.rates_hz["target_pose"], bag.rates_hz["target_wrench"]
    (found,) = read(bag, tmp_path, guided=guided, ahead_s=0.2)
    episode, at_s = only([found]), times_s(only([found]))
    assert found.targets == "pose 0.2 s ahead, measured force"
    air = at_s < 1.5
    np.testing.assert_allclose(episode.target_in_base[0, air], [pose_at(t + 0.2) for t in at_s[air]], atol=1e-9)
    assert (episode.planned_force_n[0, air] == 0.0).all()
    pressing = (at_s > 2.2) & (at_s < 3.7)
    np.testing.assert_allclose(episode.planned_force_n[0, pressing], 6.0, atol=0.05)
    # Into the surface, along the tool, by the arm's compliance of 1.25 mm/N.
    wanted = np.array([pose_at(t + 0.2) for t in at_s[pressing]])
    inward = [rotate(pose[3:], np.array([0.0, 0.0, 1.0])) for pose in wanted]
    moved = episode.target_in_base[0, pressing, :3] - wanted[:, :3]
    np.testing.assert_allclose(moved, 6.0 * 0.00125 * np.array(inward), atol=1e-4)


def test_a_bag_is_cut_at_its_episodes_and_each_is_judged(tmp_path: Path) -> None:
    bag = EpisodeBag(duration_s=7.0)
    bag.episodes = [(500_000_000, "wipe", True), (3_000_000_000, "wipe", False), (5_000_000_000, "press", True)]
    good, failed, other = read(bag, tmp_path)
    assert good.attributes | {"source": ""} == {
        "task": "wipe",
        "variant": "round",
        "seed": 7,
        "perturbation": "after",
        "success": True,
        "source": "",
    }
    assert times_s(only([good]))[[0, -1]] == pytest.approx([0.5, 2.996])
    assert (failed.number, failed.attributes["seed"], failed.attributes["success"]) == (2, 8, False)
    assert times_s(only([failed]))[[0, -1]] == pytest.approx([3.0, 4.996])
    assert other.refused == "it shows the task 'press', expected 'wipe'"


def test_a_fault_refuses_its_own_episode_only(tmp_path: Path) -> None:
    bag = EpisodeBag(duration_s=5.0, episodes=[(0, "wipe", True), (2_500_000_000, "wipe", True)])
    bag.change = lambda topic, number, _: not (topic == "wrench" and 100 <= number < 200)
    bad, good = read(bag, tmp_path)
    assert bad.refused == "/wrench is silent for 0.404 s from 0.396 s on; expected at most 0.1 s"
    assert good.episode is not None


def spoil(topic: str, number: int, how: Callable[[Any], Any]) -> Callable[[str, int, Any], bool | None]:
    def change(at: str, index: int, message: Any) -> bool | None:
        return how(message) if (at, index) == (topic, number) else None

    return change


def nan(message: Any) -> None:
    object.__setattr__(message.wrench.force, "y", float("nan"))


def set_of(target: str, **values: Any) -> Callable[[Any], None]:
    def change(message: Any) -> None:
        part = message
        for name in target.split(".") if target else []:
            part = getattr(part, name)
        for name, value in values.items():
            object.__setattr__(part, name, value)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (spoil("wrench", 250, nan), r"/wrench at 1.000 s: it holds a NaN"),
        (
            spoil("tcp_pose", 250, set_of("header", frame_id="world")),
            "/tcp_pose at 1.000 s: .* 'world', expected 'base",
        ),
        (spoil("tcp_pose", 250, set_of("pose.orientation", w=2.0)), "/tcp_pose at 1.000 s: its quaternion has length"),
        (spoil("target_pose", 3, set_of("header.stamp", sec=0, nanosec=0)), "/target_pose .*its header has no stamp"),
        (spoil("wrench", 250, set_of("header.stamp", sec=BEGIN_NS // 10**9)), "/wrench at .* go back by 0.996 s"),
        (
            spoil("camera/wrist/image_raw", 5, set_of("", encoding="32FC1")),
            "/camera/wrist/image_raw at 0.500 s: encoding '32FC1' is unknown",
        ),
    ],
)
def test_what_is_wrong_is_named_with_topic_and_time(tmp_path: Path, change: Any, said: str) -> None:
    bag = EpisodeBag(change=change)
    (found,) = read(bag, tmp_path)
    assert found.episode is None
    assert re.search(said, found.refused), found.refused


def test_without_a_planned_force_the_felt_one_goes_with_the_targets(tmp_path: Path) -> None:
    bag = EpisodeBag()
    del bag.rates_hz["target_wrench"]
    (found,) = read(bag, tmp_path)
    assert found.targets == "target_pose, measured force"
    episode = only([found])
    assert episode.planned_force_n.max() == pytest.approx(6.0, abs=0.05)
    np.testing.assert_allclose(episode.tcp_in_base[0, :, 2] - episode.target_in_base[0, :, 2], 0.005)


def test_a_stream_that_dies_does_not_make_a_short_episode(tmp_path: Path) -> None:
    bag = EpisodeBag()
    bag.change = lambda topic, number, _: not (topic == "tactile/markers" and number > 120)
    (found,) = read(bag, tmp_path)
    assert found.refused == "/tactile/markers ends at 2.400 s, 1.6 s before the others"


def test_too_short_is_refused(tmp_path: Path) -> None:
    (found,) = read(EpisodeBag(duration_s=1.5), tmp_path)
    assert found.refused == "all streams are there for 1.50 s; expected at least 1.68 s"


def test_other_cameras_are_scaled_and_other_gels_refused(tmp_path: Path) -> None:
    entries = []
    for number in range(40):
        stamp_ns = BEGIN_NS + number * 100_000_000
        rgb = np.zeros((48, 64, 3), np.uint8)
        rgb[:, 8:56] = (10, 20, 30)
        picture = image_message(stamp_ns, "wrist_camera", rgb[..., ::-1], "bgr8")
        entries.append((stamp_ns, "/camera/wrist/image_raw", KINDS["camera/wrist/image_raw"], picture))
    bag = EpisodeBag()
    bag.change = lambda topic, _number, _message: topic != "camera/wrist/image_raw"
    bag.write(tmp_path / "run")
    write_bag(tmp_path / "run_1", entries)
    # A restarted recorder goes on in NAME_1; together they are one bag.
    (found,) = episodes_of_bag(tmp_path / "run", Wanted(TASK))
    assert (only([found]).wrist_rgb == (10, 20, 30)).all()

    def fewer(message: Any) -> None:
        cloud = cloud_message(1, "tcp", np.concatenate([rest_positions()[:40], np.zeros((40, 2))], axis=1))
        object.__setattr__(message, "data", cloud.data)

    (found,) = read(EpisodeBag(change=spoil("tactile/markers", 9, fewer)), tmp_path / "other")
    assert "/tactile/markers at 0.180 s: 40 finite markers; expected 63" in found.refused


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_the_command_takes_refuses_and_goes_on_and_training_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    bags, out = tmp_path / "bags", tmp_path / "demos"
    EpisodeBag(duration_s=4.0).write(bags / "a" / "bag")
    EpisodeBag(duration_s=4.0, rates_hz={"tcp_pose": 250.0}).write(bags / "b" / "bag")
    EpisodeBag(begin_ns=BEGIN_NS + 10**12, episodes=[(0, "wipe", True)]).write(bags / "c" / "bag")
    words = ["demos", "wipe", "--from-bags", str(bags), "--out", str(out)]
    assert main(words) == 1
    told = capsys.readouterr().out
    assert "2 taken, 1 refused" in told
    assert "refused: no message of /wrench, /tactile/markers, /camera/wrist/image_raw" in told
    assert EpisodeStore(out).indices() == [0, 1]
    assert EpisodeStore(out).attributes(1)["seed"] == 7
    # Again: nothing twice, and the exit code is good without the bad one.
    assert main(["demos", "wipe", "--from-bags", str(bags / "a"), str(bags / "c"), "--out", str(out)]) == 0
    assert "0 taken, 0 refused; 2 demonstrations" in capsys.readouterr().out
    tiny = ["--tokenizer-iterations", "2", "--policy-iterations", "2", "--decoder-iterations", "2"]
    tiny += ["--dynamics-iterations", "2", "--batch-size", "8", "--frames", "4", "--threads", "1"]
    folders = ["--demos", str(out), "--out", str(tmp_path / "weights"), "--checkpoints", str(tmp_path / "state")]
    assert main(["train", "touchloop", "--task", "wipe", *folders, *tiny]) == 0
    assert "2 demonstrations" in capsys.readouterr().out
    assert (tmp_path / "weights" / "card.json").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from-bags", "nowhere"], "bags nowhere: no bag there"),
        (["--from-bags", ".", "--ahead-s", "3"], "--ahead-s 3: expected 0 to 1"),
    ],
)
def test_bad_input_is_named(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demos", "wipe", *words]) == 2
    assert said in capsys.readouterr().err
