"""Our serialisation against the one of rclpy."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
    from geometry_msgs.msg import PoseStamped, TransformStamped, TwistStamped, WrenchStamped
    from rclpy.serialization import deserialize_message, serialize_message
    from rosgraph_msgs.msg import Clock
    from sensor_msgs.msg import CameraInfo, Image, JointState, PointCloud2, PointField
    from std_msgs.msg import Header
    from tf2_msgs.msg import TFMessage
    from touchloop_msgs.msg import ControllerState, Episode, LatentPlan, TaskState

    from touchloop_nodes import cdr, conversions, layouts

from touchloop.errors import InputError
from touchloop.policy.plan import LatentPlan as LibraryPlan

MESSAGES = [
    WrenchStamped(header=Header(frame_id="ft_sensor")),
    PoseStamped(),
    TwistStamped(header=Header(frame_id="x")),
    JointState(),
    JointState(name=["a", "bcd"], position=[1.0, 2.0], velocity=[3.0], effort=[]),
    Image(encoding="rgb8", data=bytes(range(7))),
    CameraInfo(d=[0.5]),
    PointCloud2(fields=[PointField(name="x", offset=0, datatype=7, count=1)], data=bytes(5), is_dense=True),
    LatentPlan(weights_id="abc", latent=[1.0, 2.0, 3.0]),
    ControllerState(reason="why"),
    TaskState(phase="wipe", done=True),
    Episode(seed=2**63),
    Clock(),
    TFMessage(transforms=[TransformStamped(child_frame_id="b"), TransformStamped()]),
    DiagnosticArray(status=[DiagnosticStatus(level=b"\x02", name="n", values=[KeyValue(key="k", value="v")])]),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_bytes_are_those_of_rclpy_with_padding_zeroed(message: Any) -> None:
    ours, theirs = cdr.encode(message), serialize_message(message)
    assert len(ours) == len(theirs)
    assert deserialize_message(ours, type(message)) == message
    assert all(a == b or a == 0 for a, b in zip(ours, theirs, strict=True))


@settings(max_examples=50, deadline=None)
@given(
    stamp_ns=st.integers(0, 2**31 * 10**9 - 1),
    frame=st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=20),
    values=st.lists(st.floats(allow_nan=False), min_size=6, max_size=6),
)
def test_templates_and_readers_round_trip(stamp_ns: int, frame: str, values: list[float]) -> None:
    template = cdr.DoublesTemplate(WrenchStamped(header=Header(frame_id=frame)), 6)
    data = template.filled(stamp_ns, np.array(values))
    message = deserialize_message(data, WrenchStamped)
    assert message.header.stamp.sec * 10**9 + message.header.stamp.nanosec == stamp_ns
    force, torque = message.wrench.force, message.wrench.torque
    assert [force.x, force.y, force.z, torque.x, torque.y, torque.z] == values
    read_stamp_ns, read = cdr.StampedDoubles(6).stamp_and_values(data)
    assert (read_stamp_ns, read.tolist(), cdr.frame_of(data)) == (stamp_ns, values, frame)


def test_a_message_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="does not hold a header and 7 doubles"):
        conversions.read_pose(serialize_message(WrenchStamped()))


def test_plans_round_trip() -> None:
    pose = np.array([0.1, 0.2, 0.3, 0.0, 0.0, 0.6, 0.8])
    latent = np.arange(8, dtype=np.float32).reshape(4, 2)
    plan = LibraryPlan(12_345_678_901, 3, "id", pose, 0.04, 16, latent)
    read = conversions.read_plan(conversions.plan_bytes(plan, "left/base_link"), "left/base_link")
    assert (read.stamp_ns, read.sequence, read.weights_id, read.action_period_s, read.horizon) == (
        plan.stamp_ns,
        plan.sequence,
        plan.weights_id,
        plan.action_period_s,
        plan.horizon,
    )
    np.testing.assert_array_equal(read.base_pose, pose)
    np.testing.assert_array_equal(read.latent, latent)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"header": Header(frame_id="moon")}, "frame 'moon'"), ({"latent_dim": 3}, "8 numbers, expected 12")],
)
def test_bad_plans_are_refused(change: dict[str, Any], said: str) -> None:
    parts: dict[str, Any] = {"header": Header(frame_id="base_link"), "latent": [0.0] * 8, "latent_dim": 2}
    with pytest.raises(InputError, match=said):
        conversions.read_plan(cdr.encode(LatentPlan(latent_steps=4, **{**parts, **change})), "base_link")


def test_marker_fields_of_another_layout_are_refused() -> None:
    reader, cloud = layouts.MarkerReader(conversions.ArmFrames.of("left")), layouts.marker_cloud("left/tcp")
    assert reader.displacements(cdr.encode(cloud)).shape == (63, 2)
    assert reader.displacements(cdr.encode(cloud) + b"\0\0\0").shape == (63, 2)
    for other in ("tcp", "right/tcp"):
        with pytest.raises(InputError, match="in frame left/tcp"):
            reader.displacements(cdr.encode(layouts.marker_cloud(other)))
    cloud.fields[0].name = "z"
    with pytest.raises(InputError, match="63 points of float32 x, y, dx, dy"):
        reader.displacements(cdr.encode(cloud))
