"""The bench's publishers: what skills, cameras and arms report, pictures, frames, and ``/clock``."""

from geometry_msgs.msg import PoseStamped, TransformStamped, TwistStamped, WrenchStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState
from tf2_msgs.msg import TFMessage
from touchloop_msgs.msg import BenchScene, BenchState, RunEvent, Verdict

from touchloop.arm_names import in_arm
from touchloop.monitor.run.skill_server import SkillServer
from touchloop.sim.camera_process import Pictures
from touchloop.sim.cameras import BACK_CAMERA, BENCH_CAMERAS, LARGE_OVERVIEW_CAMERA
from touchloop.sim.workbench.layout import ARMS, bases_in_world
from touchloop.tasks.workbench.execution import Tick
from touchloop.tasks.workbench.view import View
from touchloop_nodes import qos
from touchloop_nodes.bench_messages import StateMessages, scene_message
from touchloop_nodes.cdr import NS_PER_S
from touchloop_nodes.conversions import WORLD_FRAME, ArmFrames, header, to_pose
from touchloop_nodes.world_messages import CameraMessages, SensorMessages, clock_template

CLOCK_TOPIC = "/clock"
INJECTED = "injected_failure"
"""Ground truth, for whoever scores a bag; no monitor listens to it."""
STATE_TICKS = 5
CAMERAS = (LARGE_OVERVIEW_CAMERA, BACK_CAMERA)
_OF_AN_ARM = {"tcp_pose": PoseStamped, "tcp_twist": TwistStamped, "wrench": WrenchStamped, "joint_states": JointState}


class BenchStreams:
    """Makes the publishers on ``node``."""

    def __init__(self, node: Node) -> None:
        self._node = node
        kinds = {in_arm(arm, topic): kind for arm in ARMS for topic, kind in _OF_AN_ARM.items()}
        for camera in CAMERAS:
            kinds |= {f"camera/{camera.name}/image_raw": Image, f"camera/{camera.name}/camera_info": CameraInfo}
        kinds |= {"bench_state": BenchState, CLOCK_TOPIC: Clock}
        self._publishers = {t: node.create_publisher(kind, t, qos.stream(False)) for t, kind in kinds.items()}
        self._publishers["bench_scene"] = node.create_publisher(BenchScene, "bench_scene", qos.latched())
        self._publishers[INJECTED] = node.create_publisher(RunEvent, INJECTED, qos.latched())
        self._publishers["/tf_static"] = node.create_publisher(TFMessage, "/tf_static", qos.latched())
        self._publishers["/tf"] = node.create_publisher(TFMessage, "/tf", QoSProfile(depth=100))
        self._states = StateMessages()
        self._sensors = [SensorMessages(ArmFrames.of(arm)) for arm in ARMS]
        self._cameras = {camera.name: CameraMessages(camera) for camera in CAMERAS}
        self._clock = clock_template()
        self._ticks = 0
        self._seen_s, self._injected = -1.0, False

    def close(self) -> None:
        """Ends all publishers."""
        for publisher in self._publishers.values():
            self._node.destroy_publisher(publisher)
        self._publishers.clear()

    def begin(self, stamp_ns: int, episode: int, seed: int, view: View) -> None:
        """An episode begins."""
        self._states, self._ticks, self._seen_s = StateMessages(), 0, -1.0
        self._injected = False
        self._send("bench_scene", scene_message(stamp_ns, episode, seed, view))
        bases = zip((f"{arm}/base_link" for arm in ARMS), bases_in_world(), strict=True)
        cameras = ((f"{name}_camera", pose) for name, pose in BENCH_CAMERAS.items())
        fixed = [_transform(stamp_ns, name, pose) for name, pose in (*bases, *cameras)]
        self._send("/tf_static", TFMessage(transforms=fixed))

    def tick(self, stamp_ns: int, episode: int, tick: Tick, server: SkillServer) -> None:
        """One tick; at once when a skill ends, else each ``STATE_TICKS``."""
        self._states.add(tick.observations)
        self._ticks += 1
        if tick.done or self._ticks % STATE_TICKS == 0:
            for arm, sensors, seen in zip(ARMS, self._sensors, tick.observations, strict=True):
                self._send(in_arm(arm, "joint_states"), sensors.joint_state(seen))
                self._send(in_arm(arm, "tcp_pose"), sensors.tcp_pose(seen))
                self._send(in_arm(arm, "tcp_twist"), sensors.tcp_twist(seen))
                self._send(in_arm(arm, "wrench"), sensors.wrench(seen))
            self._send("bench_state", self._states.message(stamp_ns, episode, tick, server))
            if tick.view.time_s != self._seen_s:
                self._seen_s = tick.view.time_s
                self._send("/tf", TFMessage(transforms=_things(stamp_ns, tick.view)))
        if tick.record is not None and not self._injected:
            self._injected = True
            fact_ns = stamp_ns - round((tick.time_s - tick.record.time_s) * NS_PER_S)
            verdict = Verdict(status=Verdict.FAILED, step=str(tick.record.step + 1), cause=tick.record.mode)
            event = RunEvent(header=header(fact_ns, WORLD_FRAME), run=server.run, kind="injected")
            event.text, event.verdict = f"{tick.record.skill}: {tick.record.detail}", verdict
            self._send(INJECTED, event)
        self._send(CLOCK_TOPIC, self._clock.stamped(stamp_ns))

    def pictures(self, pictures: Pictures) -> None:
        """What the cameras saw, with their calibration."""
        for name, messages in self._cameras.items():
            self._send(f"camera/{name}/image_raw", messages.picture(pictures.stamp_ns, pictures.fixed_rgb[name]))
            self._send(f"camera/{name}/camera_info", messages.info(pictures.stamp_ns))

    def _send(self, topic: str, data) -> None:
        self._publishers[topic].publish(data)


def _things(stamp_ns: int, view: View) -> list[TransformStamped]:
    poses = {"rack": view.rack, "box": view.box, "board": view.board.pose_in_base, "switch": view.panel.pose_in_base}
    poses |= view.tools | {name: hole.pose_in_base for name, hole in view.holes.items()}
    return [_transform(stamp_ns, name, pose) for name, pose in poses.items()]


def _transform(stamp_ns: int, child: str, pose) -> TransformStamped:
    moved = TransformStamped(header=header(stamp_ns, WORLD_FRAME), child_frame_id=child)
    message = to_pose(pose)
    moved.transform.rotation = message.orientation
    position, translation = message.position, moved.transform.translation
    translation.x, translation.y, translation.z = position.x, position.y, position.z
    return moved
