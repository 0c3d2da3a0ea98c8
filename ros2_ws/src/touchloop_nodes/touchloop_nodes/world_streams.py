"""The world's publishers: each stream at its rate, ``/clock`` last."""

from collections.abc import Sequence
from typing import Any

from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState, PointCloud2
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage
from touchloop_msgs.msg import Episode, TaskState

from touchloop.arm_names import in_arm
from touchloop.sim.camera_process import Pictures
from touchloop.sim.cameras import SCENE_CAMERA, WRIST_CAMERA
from touchloop.sim.frames import SCENE_CAMERA_TRANSFORM, WORLD_FRAME, FrameTree, Transform
from touchloop.sim.observation import Observation
from touchloop.tasks.session import Session
from touchloop_nodes import qos, world_messages
from touchloop_nodes.conversions import ArmFrames
from touchloop_nodes.world_messages import CameraMessages, SensorMessages

TASK_STATE_TICKS = 25
TF_TICKS = 10
CLOCK_TOPIC = "/clock"
TCP_TOPIC = "tcp_pose"
OBJECT_FRAME = "object"
_OF_AN_ARM: dict[str, Any] = {
    TCP_TOPIC: PoseStamped,
    "wrench": WrenchStamped,
    "tactile/markers": PointCloud2,
    "joint_states": JointState,
    "tcp_twist": TwistStamped,
    "camera/wrist/image_raw": Image,
    "camera/wrist/camera_info": CameraInfo,
}
_OF_ALL: dict[str, Any] = {
    "camera/scene/image_raw": Image,
    "camera/scene/camera_info": CameraInfo,
    "task_state": TaskState,
    CLOCK_TOPIC: Clock,
}
_LATCHED: dict[str, Any] = {"episode": Episode, "/tf_static": TFMessage}


class WorldStreams:
    """Makes the publishers on ``node`` and publishes a session's ticks; each arm's streams are in its namespace."""

    def __init__(self, node: Node, lockstep: bool, session: Session) -> None:
        self._node = node
        self._session = session
        self._arms = session.environment.task.arms
        streams = {in_arm(arm, topic): kind for topic, kind in _OF_AN_ARM.items() for arm in self._arms} | _OF_ALL
        latched = {in_arm(arm, "robot_description"): String for arm in self._arms} | _LATCHED
        profiles = dict.fromkeys(streams, qos.stream(lockstep)) | dict.fromkeys(latched, qos.latched())
        self.publishers = {
            topic: node.create_publisher(kind, topic, profiles[topic]) for topic, kind in (streams | latched).items()
        }
        self.publishers["/tf"] = node.create_publisher(TFMessage, "/tf", QoSProfile(depth=100))
        self._messages = [SensorMessages(ArmFrames.of(arm)) for arm in self._arms]
        self._wrists = [CameraMessages(WRIST_CAMERA, arm) for arm in self._arms]
        self._scene = CameraMessages(SCENE_CAMERA)
        self._clock = world_messages.clock_template()
        tools = [mount.tool for mount in session.environment.world.scene.mounts]
        self._frames = [FrameTree(arm, tool) for arm, tool in zip(self._arms, tools, strict=True)]
        self._done_sent = False

    def close(self) -> None:
        """Ends all publishers."""
        for publisher in self.publishers.values():
            self._node.destroy_publisher(publisher)
        self.publishers.clear()

    def publish_fixed(self, stamp_ns: int) -> None:
        """What holds for the node's whole life: the arms' descriptions and the fixed frames."""
        for arm, mount in zip(self._arms, self._session.environment.world.scene.mounts, strict=True):
            self._send(in_arm(arm, "robot_description"), world_messages.robot_description(mount.tool))
        fixed = [SCENE_CAMERA_TRANSFORM, *(transform for frames in self._frames for transform in frames.fixed())]
        self._send("/tf_static", world_messages.transforms(stamp_ns, fixed))

    def publish_episode(self) -> None:
        """Says that an episode begins."""
        self._done_sent = False
        self._send("episode", world_messages.episode(self._session))

    def publish_sensors(self, seen: Sequence[Observation]) -> None:
        """One tick's measurements, without pictures and clock. What the fast loop waits for goes first."""
        ticks = self._session.environment.world.ticks_since_reset
        parts = list(zip(self._arms, self._messages, seen, strict=True))
        for arm, messages, sample in parts:
            self._send(in_arm(arm, TCP_TOPIC), messages.tcp_pose(sample))
            self._send(in_arm(arm, "wrench"), messages.wrench(sample))
            if sample.markers is not None:
                self._send(in_arm(arm, "tactile/markers"), messages.markers(sample.stamp_ns, sample.markers))
        for arm, messages, sample in parts:
            self._send(in_arm(arm, "joint_states"), messages.joint_state(sample))
            self._send(in_arm(arm, "tcp_twist"), messages.tcp_twist(sample))
        if ticks % TF_TICKS == 0:
            self._send("/tf", world_messages.transforms(seen[0].stamp_ns, self._moving(seen)))
        done = bool(self._session.environment.state.done)
        if ticks % TASK_STATE_TICKS == 0 or (done and not self._done_sent):
            self._done_sent = done
            self._send("task_state", world_messages.task_state(self._session))

    def _moving(self, seen: Sequence[Observation]) -> list[Transform]:
        world = self._session.environment.world
        moving = [Transform(WORLD_FRAME, OBJECT_FRAME, world.scene.object_in_world)]
        for frames, arm, sample in zip(self._frames, world.arms, seen, strict=True):
            moving += frames.moving(arm.base_in_world, sample.joint_positions)
        return moving

    def publish_pictures(self, pictures: Pictures) -> None:
        """All cameras' pictures with their calibration."""
        wrists = [in_arm(arm, "camera/wrist") for arm in self._arms]
        cameras = [*zip(wrists, self._wrists, pictures.wrist_rgb, strict=True)]
        if SCENE_CAMERA.name in pictures.fixed_rgb:
            cameras.append(("camera/scene", self._scene, pictures.scene_rgb))
        for name, camera, rgb in cameras:
            self._send(f"{name}/image_raw", camera.picture(pictures.stamp_ns, rgb))
            self._send(f"{name}/camera_info", camera.info(pictures.stamp_ns))

    def publish_clock(self, stamp_ns: int) -> None:
        """The tick is complete."""
        self._send(CLOCK_TOPIC, self._clock.stamped(stamp_ns))

    def _send(self, topic: str, data: bytes) -> None:
        self.publishers[topic].publish(data)
