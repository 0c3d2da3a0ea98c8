"""The simulated world as a real process."""

import math
from pathlib import Path

import numpy as np
import psutil
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped, TwistStamped, Vector3, WrenchStamped
from node_processes import CONFIGURE, Observer, Processes, end, text_of, wait_until
from nodes_under_test import bring_up, change, figures, stamp_ns, start, started, status_of
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState, PointCloud2
from std_msgs.msg import String
from std_srvs.srv import SetBool
from tf2_msgs.msg import TFMessage
from touchloop_msgs.msg import Episode, TaskState
from touchloop_msgs.srv import Perturb, ResetWorld, StepWorld

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(300)]
Scene = tuple[Processes, Observer]
TICK_NS = 4_000_000
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def latched(observer: Observer, kind: type, topic: str):
    kept = []
    observer.node.create_subscription(kind, topic, kept.append, LATCHED)
    observer.until(lambda: kept, what=topic)
    return kept[-1]


def reset(observer: Observer, seed: int = 1, perturbation: str = "none") -> ResetWorld.Response:
    return observer.call(ResetWorld, "pybullet_world/reset", ResetWorld.Request(seed=seed, perturbation=perturbation))


def pause(observer: Observer, paused: bool = True) -> None:
    assert observer.call(SetBool, "pybullet_world/pause", SetBool.Request(data=paused)).success


def test_streams_have_their_rates_frames_and_stamps(scene: Scene) -> None:
    _, observer = scene
    kinds = {
        "/clock": (Clock, 1, ""),
        "joint_states": (JointState, 1, "base_link"),
        "tcp_pose": (PoseStamped, 1, "base_link"),
        "tcp_twist": (TwistStamped, 1, "base_link"),
        "wrench": (WrenchStamped, 1, "ft_sensor"),
        "tactile/markers": (PointCloud2, 5, "tcp"),
        "camera/wrist/image_raw": (Image, 25, "wrist_camera"),
        "camera/wrist/camera_info": (CameraInfo, 25, "wrist_camera"),
        "camera/scene/image_raw": (Image, 25, "scene_camera"),
        "camera/scene/camera_info": (CameraInfo, 25, "scene_camera"),
        "task_state": (TaskState, 25, "world"),
    }
    heard = {topic: observer.listen(kind, topic) for topic, (kind, _, _) in kinds.items()}
    world = started(scene, "pybullet_world", "start_episode:=true", "seed:=3", "real_time_factor:=0.4")
    observer.until(lambda: len(heard["camera/scene/image_raw"]) >= 4, what="pictures")
    episode = latched(observer, Episode, "episode")
    assert (episode.index, episode.seed, episode.task, episode.perturbation) == (0, 3, "wipe", "none")
    start_ns = stamp_ns(episode)
    for topic, (_, ticks, frame) in kinds.items():
        stamps = [stamp_ns(message) - start_ns for _, message in heard[topic]]
        assert stamps, topic
        assert all(stamp % (ticks * TICK_NS) == 0 for stamp in stamps), topic
        assert stamps == sorted(stamps), topic
        if frame:
            assert heard[topic][0][1].header.frame_id == frame
    cloud, image = heard["tactile/markers"][0][1], heard["camera/wrist/image_raw"][0][1]
    assert [field.name for field in cloud.fields] == ["x", "y", "dx", "dy"]
    assert len(cloud.data) == 63 * 16
    assert (image.width, image.height, image.encoding, len(image.data)) == (128, 128, "rgb8", 3 * 128 * 128)
    info = heard["camera/wrist/camera_info"][0][1]
    assert info.k[0] == pytest.approx(64 / math.tan(math.radians(35.0)))
    assert len(heard["joint_states"][0][1].effort) == 7
    fixed = {t.child_frame_id for t in latched(observer, TFMessage, "/tf_static").transforms}
    moving: set[str] = set()
    kept = observer.listen(TFMessage, "/tf")
    observer.until(lambda: kept, what="/tf")
    moving = {t.child_frame_id for t in kept[-1][1].transforms}
    assert fixed == {"scene_camera", "panda_link8", "ft_sensor", "tool0", "tcp", "wrist_camera"}
    assert moving == {"object", "base_link", *(f"panda_link{i}" for i in range(1, 8))}
    assert "<robot name=" in latched(observer, String, "robot_description").data
    assert end(world) == 0


def test_each_of_two_arms_has_its_streams_and_frames(scene: Scene) -> None:
    _, observer = scene
    kinds = {
        "tcp_pose": (PoseStamped, "base_link"),
        "wrench": (WrenchStamped, "ft_sensor"),
        "tactile/markers": (PointCloud2, "tcp"),
        "camera/wrist/image_raw": (Image, "wrist_camera"),
        "camera/wrist/camera_info": (CameraInfo, "wrist_camera"),
        "joint_states": (JointState, "base_link"),
    }
    arms = ("left", "right")
    names = {f"{arm}/{topic}": (kind, f"{arm}/{frame}") for arm in arms for topic, (kind, frame) in kinds.items()}
    heard = {topic: observer.listen(kind, topic) for topic, (kind, _) in names.items()}
    states, moved = observer.listen(TaskState, "task_state"), observer.listen(TFMessage, "/tf")
    words = ("task:=lift", "start_episode:=true", "seed:=3", "real_time_factor:=0.3")
    world = started(scene, "pybullet_world", *words)
    observer.until(lambda: all(heard.values()) and states and moved, what="all streams")
    for topic, (_, frame) in names.items():
        assert heard[topic][0][1].header.frame_id == frame
    assert states[-1][1].task == "lift"
    moving = {t.child_frame_id: t.header.frame_id for t in moved[-1][1].transforms}
    assert {moving[name] for name in ("object", "left/base_link", "right/base_link")} == {"world"}
    fixed = {t.child_frame_id for t in latched(observer, TFMessage, "/tf_static").transforms}
    assert fixed == {"scene_camera"} | {
        f"{arm}/{name}" for arm in arms for name in ("panda_link8", "ft_sensor", "tool0", "tcp", "wrist_camera")
    }
    for arm in arms:
        assert "<robot name=" in latched(observer, String, f"{arm}/robot_description").data
    assert end(world) == 0


def test_pause_step_and_reset_say_what_they_did(scene: Scene) -> None:
    _, observer = scene
    clock = observer.listen(Clock, "/clock")
    step = lambda ticks: observer.call(StepWorld, "pybullet_world/step", StepWorld.Request(ticks=ticks))  # noqa: E731
    world = started(scene, "pybullet_world")
    assert "reset the world first" in step(1).message
    first = reset(observer)
    assert (first.success, first.episode) == (True, 0)
    assert "not paused" in step(1).message
    pause(observer)
    observer.spin_for(0.2)
    before_ns = stamp_ns(clock[-1][1])
    assert "expected 1 to" in step(0).message
    answer = step(25)
    assert answer.success, answer.message
    observer.until(lambda: stamp_ns(clock[-1][1]) == before_ns + 25 * TICK_NS, what="the steps")
    assert answer.stamp.sec * 10**9 + answer.stamp.nanosec == before_ns + 25 * TICK_NS
    pause(observer, False)
    observer.until(lambda: stamp_ns(clock[-1][1]) > before_ns + 40 * TICK_NS, what="going on")
    second = reset(observer, 5, "both")
    assert (second.success, second.episode) == (True, 1)
    refused = reset(observer, 5, "quake")
    assert not refused.success
    assert "expected one of none, before, after, push, both" in refused.message
    assert end(world) == 0


def test_perturbations_move_the_object_or_say_what_is_valid(scene: Scene) -> None:
    _, observer = scene
    states = observer.listen(TaskState, "task_state")
    started(scene, "pybullet_world", "start_episode:=true")
    observer.until(lambda: states, what="task_state")
    height_m = states[-1][1].object_pose.position.z

    def perturb(target: str, z: float, duration_s: float = 0.3) -> Perturb.Response:
        request = Perturb.Request(target=target, vector=Vector3(z=z), duration_s=duration_s)
        return observer.call(Perturb, "pybullet_world/perturb", request)

    for target, z, said in (
        ("sky", 0.01, "expected object or arm"),
        ("object", math.nan, "finite"),
        ("board", 0.2, "at most 0.05 m"),
        ("arm", 50.0, "at most 30 N"),
    ):
        answer = perturb(target, z)
        assert not answer.success
        assert said in answer.message
    assert perturb("object", 0.012).success
    observer.until(lambda: states[-1][1].perturbation == "object", what="the perturbation's name")
    observer.until(
        lambda: states[-1][1].object_pose.position.z == pytest.approx(height_m + 0.012), what="the object's new height"
    )


def test_bad_targets_are_refused_counted_and_the_target_stays(scene: Scene) -> None:
    _, observer = scene
    poses, diagnoses = observer.listen(PoseStamped, "tcp_pose"), observer.listen(DiagnosticArray, "/diagnostics")
    world = started(scene, "pybullet_world", "start_episode:=true")
    publisher = observer.node.create_publisher(PoseStamped, "target_pose", 1)
    observer.until(lambda: publisher.get_subscription_count() and poses, what="the world")
    begin = poses[-1][1].pose.position
    start = [begin.x, begin.y, begin.z]

    def send(x: float, frame: str) -> None:
        message = PoseStamped(header=poses[-1][1].header, pose=poses[-1][1].pose)
        message.header.frame_id = frame
        message.pose.position.x = x
        publisher.publish(message)

    def refused(count: int, said: str) -> bool:
        observer.spin_for(0.05)
        status = status_of(diagnoses, "pybullet_world")
        values = figures(status) if status else {}
        return int(values.get("refused_targets", 0)) >= count and said in values["last_refusal"]

    send(math.nan, "base_link")
    observer.until(lambda: refused(1, "not finite"), what="the refusal of NaN")
    send(0.4, "world")
    observer.until(lambda: refused(2, "frame 'world'; expected 'base_link'"), what="the refusal of a frame")
    assert "refused: target_pose" in text_of(world)
    wait_until(lambda: "no fresh target_pose: the arm stops" in text_of(world), what="the freeze")
    observer.until(lambda: "the arm stops" in status_of(diagnoses, "pybullet_world").message, what="the diagnosis")
    status = status_of(diagnoses, "pybullet_world")
    assert status.level == b"\x01"
    last = poses[-1][1].pose.position
    np.testing.assert_allclose([last.x, last.y, last.z], start, atol=2e-3)


def test_a_second_world_is_refused(scene: Scene) -> None:
    processes, observer = scene
    first = started(scene, "pybullet_world")
    second = start(processes, "pybullet_world", name="second_world")
    assert not change(observer, "second_world", CONFIGURE)
    assert "/pybullet_world already publishes /clock; two worlds on the same topics would fight" in text_of(second)
    assert observer.state("second_world") == "unconfigured"
    assert end(first) == 0
    # A world that has ended is in nobody's way.
    bring_up(observer, "second_world", second)


def test_pictures_go_on_when_their_process_is_killed(scene: Scene) -> None:
    _, observer = scene
    pictures = observer.listen(Image, "camera/wrist/image_raw")
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    world = started(scene, "pybullet_world", "start_episode:=true")
    observer.until(lambda: pictures, what="a picture")
    (camera,) = psutil.Process(world.pid).children()
    camera.kill()
    observer.until(
        lambda: (status := status_of(diagnoses, "pybullet_world")) and figures(status).get("camera_restarts") == "1",
        what="the restart",
    )
    pictures.clear()
    observer.until(lambda: len(pictures) > 2, what="pictures")
    (camera,) = psutil.Process(world.pid).children()
    world.kill()
    wait_until(lambda: not camera.is_running(), what="the end of the camera process")


def test_bad_parameters_end_the_process(scene: Scene) -> None:
    processes, _ = scene
    expected = {
        "task:=juggle": "it can be one of: wipe",
        "real_time_factor:=100.0": "real_time_factor",
        "seed:=-1": "seed",
        "perturb:=quake": "it can be one of: none, before, after, push, both, board",
    }
    worlds = {parameter: start(processes, "pybullet_world", parameter) for parameter in expected}
    for parameter, said in expected.items():
        assert worlds[parameter].wait(60) == 2
        assert said in text_of(worlds[parameter])
        assert "Traceback" not in text_of(worlds[parameter])


def test_what_does_not_fit_together_is_refused_in_configure(scene: Scene) -> None:
    processes, observer = scene
    world = processes.start(
        *("python", "-m", "touchloop_nodes.pybullet_world", "--ros-args", "-p", "gui:=true"), DISPLAY=""
    )
    assert not change(observer, "pybullet_world", CONFIGURE)
    assert "gui needs a display" in text_of(world)
    other = start(processes, "pybullet_world", "lockstep:=true", "control_rate_hz:=500", name="other")
    assert not change(observer, "other", CONFIGURE)
    assert "control_rate_hz is 500; lock-step needs 250" in text_of(other)


def test_lockstep_says_who_is_missing(scene: Scene) -> None:
    _, observer = scene
    clock = observer.listen(Clock, "/clock")
    world = started(scene, "pybullet_world", "lockstep:=true", "peer_timeout_s:=0.3", "start_episode:=true")
    wait = "the first tick waits for fast_controller, slow_planner"
    observer.until(lambda: wait in text_of(world), what="the complaint")
    assert not clock


def test_lockstep_waits_for_each_answer_and_says_when_none_comes(scene: Scene) -> None:
    _, observer = scene
    poses = observer.listen(PoseStamped, "tcp_pose")
    publisher = observer.node.create_publisher(PoseStamped, "target_pose", 1)
    observer.node.create_subscription(WrenchStamped, "wrench", lambda _: None, 10)
    world = started(
        scene,
        "pybullet_world",
        "lockstep:=true",
        "peer_timeout_s:=0.3",
        "start_episode:=true",
        "lockstep_peers:=[observer]",
    )
    observer.until(lambda: poses, what="the first tick")
    observer.spin_for(0.3)
    assert len(poses) == 1
    observer.until(lambda: "no target_pose for 0.004 s; observer is there" in text_of(world), what="the complaint")
    for tick in range(2, 6):
        publisher.publish(poses[-1][1])
        observer.until(lambda tick=tick: len(poses) == tick, what="the next tick")
    assert [stamp_ns(message) for _, message in poses] == [TICK_NS * tick for tick in range(1, 6)]
    assert "the answer came; going on" in text_of(world)


@pytest.mark.slow
def test_the_first_reset_is_answered_when_nothing_was_compiled_before(scene: Scene, tmp_path: Path) -> None:
    processes, observer = scene
    processes.environment["NUMBA_CACHE_DIR"] = str(tmp_path / "numba")
    world = started(scene, "pybullet_world")
    answer = observer.call(ResetWorld, "pybullet_world/reset", ResetWorld.Request(seed=1, perturbation="both"))
    assert answer.success, text_of(world)
