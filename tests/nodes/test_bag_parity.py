"""What the nodes publish and the recorder writes comes back as the episode that was recorded in process."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from touchloop.arm_names import in_arm
from touchloop.data.bag_episodes import Wanted, episodes_of_bag
from touchloop.data.bag_writer import BagWriter
from touchloop.data.demonstrate import JITTER_M
from touchloop.data.episode import STREAMS, Episode, EpisodeRecorder
from touchloop.sim.cameras import WRIST_CAMERA
from touchloop.sim.world import PERIOD_NS
from touchloop.tasks.environment import Environment
from touchloop.tasks.registry import checked_task
from touchloop_nodes import world_messages
from touchloop_nodes.conversions import ArmFrames, pose_template, wrench_template
from touchloop_nodes.world_messages import CameraMessages, SensorMessages

TYPES = {
    "tcp_pose": "geometry_msgs/msg/PoseStamped",
    "wrench": "geometry_msgs/msg/WrenchStamped",
    "tactile/markers": "sensor_msgs/msg/PointCloud2",
    "camera/wrist/image_raw": "sensor_msgs/msg/Image",
    "target_pose": "geometry_msgs/msg/PoseStamped",
    "target_wrench": "geometry_msgs/msg/WrenchStamped",
}
SEED, KIND = 11, "after"


class ArmWriter:
    """Writes one arm's messages, as world and fast controller publish them."""

    def __init__(self, writer: BagWriter, arm: str) -> None:
        frames = ArmFrames.of(arm)
        self._writer, self._arm = writer, arm
        self._sensors, self._camera = SensorMessages(frames), CameraMessages(WRIST_CAMERA, arm)
        self._target, self._planned = pose_template(frames.base), wrench_template(frames.tcp)
        for topic, msgtype in TYPES.items():
            writer.add_topic(f"/{in_arm(arm, topic)}", msgtype)

    def write(self, seen, command) -> None:
        stamp_ns = seen.stamp_ns
        put = {"tcp_pose": self._sensors.tcp_pose(seen), "wrench": self._sensors.wrench(seen)}
        if seen.markers is not None:
            put["tactile/markers"] = self._sensors.markers(stamp_ns, seen.markers)
        if seen.wrist_rgb is not None:
            put["camera/wrist/image_raw"] = self._camera.picture(stamp_ns, seen.wrist_rgb)
        planned = np.array([0.0, 0.0, -command.planned_force_n, 0.0, 0.0, 0.0])
        put["target_wrench"] = self._planned.filled(stamp_ns, planned)
        put["target_pose"] = self._target.filled(stamp_ns, command.target_in_base)
        for topic, data in put.items():
            self._writer.write(f"/{in_arm(self._arm, topic)}", stamp_ns, data)


def record(task: str, folder: Path) -> tuple[Episode, bool]:
    """An episode of the expert, in process and as a bag."""
    recorder, writer = EpisodeRecorder(), BagWriter(folder)
    with Environment(task, pictures=True) as environment:
        observations = environment.reset(SEED, KIND)
        arms = [ArmWriter(writer, arm) for arm in environment.task.arms]
        expert = environment.task.expert(environment.world.scene, np.random.default_rng(0), JITTER_M)
        session = SimpleNamespace(
            start_ns=observations[0].stamp_ns, episode=1, seed=SEED, perturbation=KIND, environment=environment
        )
        writer.add_topic("/episode", "touchloop_msgs/msg/Episode")
        writer.add_topic("/task_state", "touchloop_msgs/msg/TaskState")
        writer.write("/episode", session.start_ns, world_messages.episode(session))
        while not environment.state.done:
            commands = expert.step(observations)
            recorder.add(observations, commands)
            for arm, seen, command in zip(arms, observations, commands, strict=True):
                arm.write(seen, command)
            observations = environment.step([command.target_in_base for command in commands])
        session.now_ns = observations[0].stamp_ns
        writer.write("/task_state", session.now_ns, world_messages.task_state(session))
        success = bool(environment.state.success)
    writer.close()
    return recorder.finish(), success


@pytest.mark.parametrize("task", ["press", "lift"])
def test_a_bag_of_the_nodes_messages_is_the_episode_in_process(tmp_path: Path, task: str) -> None:
    expected, success = record(task, tmp_path / "bag")
    (found,) = episodes_of_bag(tmp_path / "bag", Wanted(checked_task(task)))
    assert found.episode is not None, found.refused
    found.episode.check(PERIOD_NS)
    for name in STREAMS:
        wanted, mine = getattr(expected, name), getattr(found.episode, name)
        assert mine.shape == wanted.shape, name
        assert mine.dtype == wanted.dtype, name
        np.testing.assert_array_equal(mine, wanted, err_msg=name)
    assert found.attributes["success"] == success
    assert (found.attributes["seed"], found.attributes["perturbation"]) == (SEED, KIND)
