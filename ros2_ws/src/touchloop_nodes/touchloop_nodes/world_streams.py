"""The world's publishers: each stream at its rate, ``/clock`` last."""

from typing import Any

from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState, PointCloud2
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage
from touchloop_msgs.msg import Episode, TaskState

from touchloop.sim.camera_process import Pictures
from touchloop.sim.cameras import SCENE_CAMERA, WRIST_CAMERA
from touchloop.sim.frames import FrameTree
from touchloop.sim.observation import Observation
from touchloop.tasks.session import Session
from touchloop_nodes import qos, world_messages
from touchloop_nodes.world_messages import CameraMessages, SensorMessages

TASK_STATE_TICKS = 25
TF_TICKS = 10
CLOCK_TOPIC = "/clock"
TCP_TOPIC = "tcp_pose"
_SENSORS: dict[str, Any] = {
    TCP_TOPIC: PoseStamped,
    "wrench": WrenchStamped,
    "tactile/markers": PointCloud2,
    "joint_states": JointState,
    "tcp_twist": TwistStamped,
    "camera/wrist/image_raw": Image,
    "camera/wrist/camera_info": CameraInfo,
    "camera/scene/image_raw": Image,
    "camera/scene/camera_info": CameraInfo,
    "task_state": TaskState,
    CLOCK_TOPIC: Clock,
}
_LATCHED: dict[str, Any] = {"episode": Episode, "/tf_static": TFMessage, "robot_description": String}


class WorldStreams:
    """Makes the publishers on ``node`` and publishes a session's ticks."""

    def __init__(self, node: Node, lockstep: bool) -> None:
        self._node = node
        profiles = dict.fromkeys(_SENSORS, qos.stream(lockstep)) | dict.fromkeys(_LATCHED, qos.latched())
        self.publishers = {
            topic: node.create_publisher(msgtype, topic, profiles[topic])
            for topic, msgtype in (_SENSORS | _LATCHED).items()
        }
        self.publishers["/tf"] = node.create_publisher(TFMessage, "/tf", QoSProfile(depth=100))
        self._messages = SensorMessages()
        self._cameras = {camera.name: CameraMessages(camera) for camera in (WRIST_CAMERA, SCENE_CAMERA)}
        self._frames = FrameTree()
        self._done_sent = False

    def close(self) -> None:
        """Ends all publishers."""
        for publisher in self.publishers.values():
            self._node.destroy_publisher(publisher)
        self.publishers.clear()

    def publish_fixed(self, stamp_ns: int) -> None:
        """What holds for the node's whole life: the robot's description and the fixed frames."""
        self._send("robot_description", world_messages.robot_description())
        self._send("/tf_static", world_messages.transforms(stamp_ns, self._frames.fixed()))

    def publish_episode(self, session: Session) -> None:
        """Says that an episode begins."""
        self._done_sent = False
        self._send("episode", world_messages.episode(session))

    def publish_sensors(self, session: Session, seen: Observation) -> None:
        """One tick's measurements, without pictures and clock. What the fast loop waits for goes first."""
        messages, ticks = self._messages, session.environment.world.ticks_since_reset
        self._send(TCP_TOPIC, messages.tcp_pose(seen))
        self._send("wrench", messages.wrench(seen))
        if seen.markers is not None:
            self._send("tactile/markers", messages.markers(seen.stamp_ns, seen.markers))
        self._send("joint_states", messages.joint_state(seen))
        self._send("tcp_twist", messages.tcp_twist(seen))
        if ticks % TF_TICKS == 0:
            moving = self._frames.moving(seen.joint_positions, session.environment.world.board.pose_in_base)
            self._send("/tf", world_messages.transforms(seen.stamp_ns, moving))
        done = bool(session.environment.state.done)
        if ticks % TASK_STATE_TICKS == 0 or (done and not self._done_sent):
            self._done_sent = done
            self._send("task_state", world_messages.task_state(session))

    def publish_pictures(self, pictures: Pictures) -> None:
        """Both cameras' pictures with their calibration."""
        for name, rgb in (("wrist", pictures.wrist_rgb), ("scene", pictures.scene_rgb)):
            camera = self._cameras[name]
            self._send(f"camera/{name}/image_raw", camera.picture(pictures.stamp_ns, rgb))
            self._send(f"camera/{name}/camera_info", camera.info(pictures.stamp_ns))

    def publish_clock(self, stamp_ns: int) -> None:
        """The tick is complete."""
        self._send(CLOCK_TOPIC, self._messages.clock(stamp_ns))

    def _send(self, topic: str, data: bytes) -> None:
        self.publishers[topic].publish(data)
