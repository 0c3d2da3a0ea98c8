"""Transforms between the links of the arm's URDF, as ROS's tf wants them."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

import numpy as np

from touchloop.arm_names import in_arm
from touchloop.geometry.pose import compose, quat_from_rotation_vector, quat_multiply
from touchloop.sim.arm import JOINT_NAMES, urdf_path
from touchloop.sim.cameras import SCENE_CAMERA_IN_BASE
from touchloop.sim.scene import IDENTITY_POSE, Tool

WORLD_FRAME = "world"


@dataclass(frozen=True, slots=True)
class Transform:
    """``pose`` (7,) of the frame ``child`` in the frame ``parent``."""

    parent: str
    child: str
    pose: np.ndarray


SCENE_CAMERA_TRANSFORM = Transform(WORLD_FRAME, "scene_camera", SCENE_CAMERA_IN_BASE)


@dataclass(frozen=True, slots=True)
class _Joint:
    parent: str
    child: str
    origin: np.ndarray
    axis: np.ndarray
    position_index: int | None


class FrameTree:
    """One arm's links and camera; ``fixed`` never changes, ``moving`` depends on the joints.

    Args:
        arm: name of the arm; empty for the only one.
        tool: which URDF.
    """

    def __init__(self, arm: str = "", tool: Tool = "wiper") -> None:
        root = ElementTree.parse(urdf_path(tool)).getroot()
        self._base = in_arm(arm, "base_link")
        self._joints = [_joint(element, arm) for element in root.iter("joint")]

    def fixed(self) -> list[Transform]:
        """Transforms for ``/tf_static``."""
        return [Transform(j.parent, j.child, j.origin) for j in self._joints if j.position_index is None]

    def moving(self, base_in_world: np.ndarray, joint_positions: np.ndarray) -> list[Transform]:
        """Transforms for ``/tf`` with the base at a pose (7,) and the joints at (7,) [rad]."""
        transforms = [Transform(WORLD_FRAME, self._base, base_in_world)]
        for joint in self._joints:
            if joint.position_index is not None:
                turned = IDENTITY_POSE.copy()
                turned[3:] = quat_from_rotation_vector(joint_positions[joint.position_index] * joint.axis)
                transforms.append(Transform(joint.parent, joint.child, compose(joint.origin, turned)))
        return transforms


def _joint(element: ElementTree.Element, arm: str) -> _Joint:
    name = element.attrib["name"]
    origin, axis = element.find("origin"), element.find("axis")
    pose = IDENTITY_POSE.copy()
    if origin is not None:
        pose[:3] = _numbers(origin, "xyz")
        pose[3:] = _quat_from_rpy(_numbers(origin, "rpy"))
    return _Joint(
        parent=in_arm(arm, _link(element, "parent")),
        child=in_arm(arm, _link(element, "child")),
        origin=pose,
        axis=np.zeros(3) if axis is None else _numbers(axis, "xyz"),
        position_index=JOINT_NAMES.index(name) if name in JOINT_NAMES else None,
    )


def _link(element: ElementTree.Element, role: str) -> str:
    found = element.find(role)
    if found is None:
        raise ValueError(f"joint {element.attrib['name']} has no {role}")
    return found.attrib["link"]


def _numbers(element: ElementTree.Element, attribute: str) -> np.ndarray:
    return np.array([float(text) for text in element.attrib.get(attribute, "0 0 0").split()])


def _quat_from_rpy(rpy: np.ndarray) -> np.ndarray:
    """Roll, pitch, yaw about fixed axes, as URDF has them."""
    x, y, z = (quat_from_rotation_vector(angle * axis) for angle, axis in zip(rpy, np.eye(3), strict=True))
    return quat_multiply(z, quat_multiply(y, x))
