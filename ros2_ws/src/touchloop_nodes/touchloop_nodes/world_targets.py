"""Hands serialised targets of an arm to the session."""

from touchloop.tasks.session import Session
from touchloop_nodes.cdr import frame_of
from touchloop_nodes.conversions import read_pose
from touchloop_nodes.wire_messages import JointSample, read_wire


def offer_pose(session: Session, arm: int, data: bytes) -> bool:
    """A PoseStamped; whether it was taken."""
    try:
        stamp_ns, pose = read_pose(data)
    except ValueError as error:
        return session.refuse(f"target_pose: {error}")
    return session.offer_target(stamp_ns, frame_of(data), pose, arm)


def offer_joints(session: Session, arm: int, data: bytes) -> bool:
    """A JointState with the arm's joints in order; whether it was taken."""
    try:
        sample: JointSample = read_wire(JointSample, data)
    except ValueError as error:
        return session.refuse(f"target_joints: {error}")
    return session.offer_joints(sample.stamp_ns, sample.positions, arm)
