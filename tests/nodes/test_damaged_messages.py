"""Messages with other bytes than were sent are refused in words; no reader fails in a way that would end a node."""

import contextlib

import numpy as np
import pytest
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Pose, PoseStamped, WrenchStamped
from hypothesis import given, settings
from hypothesis import strategies as st
from std_msgs.msg import Header
from touchloop_msgs.msg import Heartbeat, Hold, LatentPlan

from touchloop.errors import InputError
from touchloop.tasks.session import Session
from touchloop_nodes.cdr import encode, frame_of, stamp_of
from touchloop_nodes.conversions import decoded, pose_template, read_plan, read_pose, read_wrench
from touchloop_nodes.world_targets import offer_pose

PLAN = LatentPlan(
    header=Header(frame_id="base_link"),
    weights_id="w",
    base_pose=Pose(),
    action_period=Duration(nanosec=40_000_000),
    horizon=4,
    latent_steps=2,
    latent_dim=2,
    latent=[0.0, 1.0, 2.0, 3.0],
)
READERS = {
    "pose": (encode(PoseStamped(header=Header(frame_id="base_link"))), read_pose),
    "wrench": (encode(WrenchStamped(header=Header(frame_id="tcp"))), read_wrench),
    "plan": (encode(PLAN), lambda data: read_plan(data, "base_link")),
    "hold": (encode(Hold(reason="missing: slow_planner")), lambda data: decoded(data, Hold)),
    "heartbeat": (encode(Heartbeat(node="fast_controller")), lambda data: decoded(data, Heartbeat)),
    "stamp": (encode(Header()), stamp_of),
    "frame": (encode(PoseStamped(header=Header(frame_id="base_link"))), frame_of),
}


@pytest.mark.parametrize("name", READERS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    whole, read = READERS[name]
    changed = bytearray(whole[: data.draw(st.integers(4, len(whole)))])
    for at in data.draw(st.lists(st.integers(4, len(whole) - 1), max_size=4)):
        if at < len(changed):
            changed[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(InputError, ValueError):
        read(bytes(changed))


def test_the_world_refuses_a_damaged_target_and_says_why() -> None:
    session = Session("wipe", gui=False, start_ns=0, command_timeout_s=0.1)
    try:
        session.reset(0, "none")
        message = pose_template("base_link").filled(session.now_ns, np.array([0.4, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0]))
        assert offer_pose(session, 0, message)
        assert not offer_pose(session, 0, message[:-8])
        assert "target_pose" in session.refusal
        assert session.refused_targets == 1
    finally:
        session.close()
