"""Serialised messages and small bags for the bag tests."""

from pathlib import Path

from touchloop.data.bag_qos import stored_qos
from touchloop.data.bag_types import MessageTypes
from touchloop.data.bag_writer import BagWriter, Compression

WRENCH = "geometry_msgs/msg/WrenchStamped"
POSE = "geometry_msgs/msg/PoseStamped"
STRING = "std_msgs/msg/String"
CLOCK = "rosgraph_msgs/msg/Clock"
TYPES = MessageTypes()


def serialised(msgtype: str, stamp_ns: int = 0, value: float = 0.0) -> bytes:
    """A message of one of the types above with its stamp and one number set."""
    TYPES.ensure(msgtype)
    types = TYPES.store.types
    TYPES.ensure("geometry_msgs/msg/PoseStamped")
    TYPES.ensure(WRENCH)
    time = types["builtin_interfaces/msg/Time"](sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    if msgtype == STRING:
        message = types[STRING](data=f"{value}")
    elif msgtype == CLOCK:
        message = types[CLOCK](clock=time)
    else:
        header = types["std_msgs/msg/Header"](stamp=time, frame_id="tool0")
        vector = types["geometry_msgs/msg/Vector3"](x=value, y=0.0, z=0.0)
        if msgtype == WRENCH:
            wrench = types["geometry_msgs/msg/Wrench"](force=vector, torque=vector)
            message = types[WRENCH](header=header, wrench=wrench)
        else:
            point = types["geometry_msgs/msg/Point"](x=value, y=0.0, z=0.0)
            turn = types["geometry_msgs/msg/Quaternion"](x=0.0, y=0.0, z=0.0, w=1.0)
            message = types[POSE](header=header, pose=types["geometry_msgs/msg/Pose"](position=point, orientation=turn))
    return bytes(TYPES.store.serialize_cdr(message, msgtype))


def write_wrenches(
    directory: Path,
    count: int,
    *,
    compression: Compression = "none",
    flush_every: int = 50,
    changed: int | None = None,
    close: bool = True,
) -> BagWriter:
    """A bag with one latched string and `count` wrenches at 250 Hz; `changed` is the index of an altered one."""
    writer = BagWriter(directory, TYPES, compression)
    writer.add_topic("/wrench", WRENCH, [stored_qos(reliable=True, latched=False)])
    writer.add_topic("/robot_description", STRING, [stored_qos(reliable=True, latched=True, depth=1)])
    writer.write("/robot_description", 0, serialised(STRING))
    for index in range(count):
        value = -1.0 if index == changed else float(index)
        writer.write("/wrench", index * 4_000_000, serialised(WRENCH, index * 4_000_000, value))
        if index % flush_every == flush_every - 1:
            writer.flush()
    if close:
        writer.close()
    return writer
