"""What the world says, as serialised messages. Layouts are prepared once, since most go out 250 times a second."""

from pathlib import Path

import numpy as np
from geometry_msgs.msg import Quaternion, TransformStamped, TwistStamped, Vector3
from geometry_msgs.msg import Transform as TransformMessage
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, JointState
from std_msgs.msg import Header, String
from tf2_msgs.msg import TFMessage
from touchloop_msgs.msg import Episode, TaskState

from touchloop.arm_names import in_arm
from touchloop.sim.arm import JOINT_NAMES, urdf_path
from touchloop.sim.cameras import CameraConfig
from touchloop.sim.frames import Transform
from touchloop.sim.observation import Observation
from touchloop.sim.scene import Tool
from touchloop.tasks.session import Session
from touchloop_nodes.cdr import DoublesTemplate, Template, encode
from touchloop_nodes.conversions import WORLD_FRAME, ArmFrames, header, pose_template, to_pose, wrench_template
from touchloop_nodes.layouts import MARKERS, marker_cloud, picture_message

_JOINTS = len(JOINT_NAMES)


class SensorMessages:
    """The messages of one tick's measurements of one arm."""

    def __init__(self, frames: ArmFrames) -> None:
        zeros = [0.0] * _JOINTS
        self._joints = Template(
            JointState(
                header=Header(frame_id=frames.base), name=JOINT_NAMES, position=zeros, velocity=zeros, effort=zeros
            )
        )
        # Each of the three sequences takes its numbers and, before them, 8 bytes for its length.
        size = 8 * _JOINTS + 8
        self._position, self._velocity, self._effort = (
            self._joints.view("<f8", _JOINTS, end) for end in (2 * size, size, 0)
        )
        self._pose = pose_template(frames.base)
        self._twist = DoublesTemplate(TwistStamped(header=Header(frame_id=frames.base)), 6)
        self._wrench = wrench_template(frames.sensor)
        self._cloud = Template(marker_cloud(frames.tcp))
        self._markers = self._cloud.view("<f4", 4 * MARKERS, end=1)

    def joint_state(self, seen: Observation) -> bytes:
        """sensor_msgs/JointState."""
        self._position[:] = seen.joint_positions
        self._velocity[:] = seen.joint_velocities
        self._effort[:] = seen.joint_efforts
        return self._joints.stamped(seen.stamp_ns)

    def tcp_pose(self, seen: Observation) -> bytes:
        """geometry_msgs/PoseStamped in base."""
        return self._pose.filled(seen.stamp_ns, seen.tcp_in_base)

    def tcp_twist(self, seen: Observation) -> bytes:
        """geometry_msgs/TwistStamped in base."""
        return self._twist.filled(seen.stamp_ns, seen.tcp_twist_in_base)

    def wrench(self, seen: Observation) -> bytes:
        """geometry_msgs/WrenchStamped in the sensor's frame."""
        return self._wrench.filled(seen.stamp_ns, seen.wrench_at_sensor)

    def markers(self, stamp_ns: int, markers: np.ndarray) -> bytes:
        """sensor_msgs/PointCloud2 of markers (63, 4)."""
        self._markers[:] = markers.ravel()
        return self._cloud.stamped(stamp_ns)


def clock_template() -> Template:
    """rosgraph_msgs/Clock."""
    return Template(Clock())


class CameraMessages:
    """The messages of one camera; of an arm, or of all."""

    def __init__(self, camera: CameraConfig, arm: str = "") -> None:
        frame = in_arm(arm, f"{camera.name}_camera")
        self._picture = Template(picture_message(frame, camera.width, camera.height))
        self._pixels = self._picture.view("u1", 3 * camera.width * camera.height)
        k = camera.intrinsics
        projection = np.concatenate([k, np.zeros((3, 1))], axis=1)
        self._info = Template(
            CameraInfo(
                header=Header(frame_id=frame),
                width=camera.width,
                height=camera.height,
                distortion_model="plumb_bob",
                d=[0.0] * 5,
                k=k.ravel(),
                r=np.eye(3).ravel(),
                p=projection.ravel(),
            )
        )

    def picture(self, stamp_ns: int, rgb: np.ndarray) -> bytes:
        """sensor_msgs/Image of (height, width, 3) uint8."""
        self._pixels[:] = rgb.ravel()
        return self._picture.stamped(stamp_ns)

    def info(self, stamp_ns: int) -> bytes:
        """sensor_msgs/CameraInfo."""
        return self._info.stamped(stamp_ns)


def transforms(stamp_ns: int, moved: list[Transform]) -> bytes:
    """tf2_msgs/TFMessage."""
    return encode(TFMessage(transforms=[_transform(stamp_ns, transform) for transform in moved]))


def _transform(stamp_ns: int, transform: Transform) -> TransformStamped:
    x, y, z, qx, qy, qz, qw = transform.pose.tolist()
    return TransformStamped(
        header=header(stamp_ns, transform.parent),
        child_frame_id=transform.child,
        transform=TransformMessage(translation=Vector3(x=x, y=y, z=z), rotation=Quaternion(x=qx, y=qy, z=qz, w=qw)),
    )


def episode(session: Session) -> bytes:
    """touchloop_msgs/Episode of the one that runs."""
    return encode(
        Episode(
            header=header(session.start_ns, WORLD_FRAME),
            index=session.episode,
            seed=session.seed,
            task=session.environment.task.name,
            perturbation=session.perturbation,
        )
    )


def task_state(session: Session) -> bytes:
    """touchloop_msgs/TaskState of this tick."""
    environment, state = session.environment, session.environment.state
    return encode(
        TaskState(
            header=header(session.now_ns, WORLD_FRAME),
            episode=session.episode,
            task=environment.task.name,
            variant=environment.variant,
            phase=state.phase,
            done=bool(state.done),
            success=bool(state.success),
            score=float(state.score),
            progress=float(state.progress),
            force_n=float(state.force_n),
            in_band_ratio=float(state.in_band_ratio),
            peak_force_n=float(state.peak_force_n),
            object_pose=to_pose(environment.world.scene.object_in_world),
            perturbation=environment.acting_perturbation,
        )
    )


def robot_description(tool: Tool) -> bytes:
    """std_msgs/String with an arm's URDF."""
    return encode(String(data=Path(urdf_path(tool)).read_text()))
