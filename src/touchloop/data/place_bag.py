"""A map of places from a bag: what was seen, and where the robot said it was."""

from pathlib import Path
from typing import Any

import numpy as np

from touchloop.data.bag_reader import BagReader
from touchloop.errors import InputError
from touchloop.events.codecs import make_decoder
from touchloop.events.codecs.bag_file import BagEventReader
from touchloop.events.places.descriptor import describe
from touchloop.events.places.frame_builder import FrameBuilder
from touchloop.events.places.frame_filter import USED, signal_share, verdicts
from touchloop.events.places.place_map import PlaceMap, map_of

POINT, ODOMETRY = "geometry_msgs/msg/PointStamped", "nav_msgs/msg/Odometry"


def ways_of(bag: Path, topic: str) -> tuple[np.ndarray, np.ndarray]:
    """Stamps (N,) [ns] and positions along the way (N,) [m] of a topic.

    Args:
        bag: folder or file.
        topic: PointStamped, of which x is the position along the way, or Odometry, of which the distance driven is.

    Raises:
        InputError: another type, too few messages, a damaged bag.
    """
    stamps_ns: list[int] = []
    points: list[tuple[float, float, float]] = []
    with BagReader(bag) as reader:
        kind = reader.topics[topic].msgtype if topic in reader.topics else ""
        if kind not in ("", POINT, ODOMETRY):
            raise InputError(f"{bag}: {topic} is {kind}; expected {POINT} or {ODOMETRY}")
        for message in reader.messages([topic]):
            read: Any = reader.decode(message)
            stamp = read.header.stamp
            point = read.point if kind == POINT else read.pose.pose.position
            stamps_ns.append(stamp.sec * 1_000_000_000 + stamp.nanosec)
            points.append((point.x, point.y, point.z))
    if len(points) < 2:
        raise InputError(f"{bag}: {len(points)} messages on {topic}; expected at least 2")
    order = np.argsort(stamps_ns, kind="stable")
    places = np.array(points)[order]
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    way_m = places[:, 0] if kind == POINT else np.concatenate([[0.0], np.cumsum(steps)])
    return np.array(stamps_ns)[order], way_m


def map_from_bag(bag: Path, camera: str, positions: str, events: str | None = None) -> PlaceMap:
    """Frames of 66 ms, each with the position at its middle, on the stamps of packets and positions.

    Args:
        bag: folder or file.
        camera: name to write into the map.
        positions: topic, see ``ways_of``.
        events: topic of the packets, where there are several.

    Raises:
        InputError: no events or positions in the bag, no usable frame, a way that goes back.
    """
    stamps_ns, way_m = ways_of(bag, positions)
    reader = BagEventReader(bag, events)
    builder = FrameBuilder(reader.width, reader.height)
    decoder = make_decoder(reader.encoding, reader.width, reader.height)
    descriptors, shares, seen_at_ns = [], [], []
    for packet in reader.packets():
        pieces = decoder.decode(packet.payload, packet.time_base_ns) if len(packet.payload) else None
        if pieces is None or not len(pieces):
            continue
        offset_ns = packet.stamp_ns - int(pieces.t_ns[0])
        for end_ns, counts in builder.add(pieces):
            if counts is None:
                continue
            descriptors.append(describe(counts, (reader.width, reader.height)))
            shares.append(signal_share(counts))
            seen_at_ns.append(end_ns + offset_ns - 33_000_000)
    places_m = np.interp(seen_at_ns, stamps_ns, way_m) if seen_at_ns else np.empty(0)
    usable = [k for k, verdict in enumerate(verdicts(np.array(shares)) if shares else []) if verdict == USED]
    usable.sort(key=lambda k: places_m[k])
    return map_of([descriptors[k] for k in usable], places_m[usable], camera, (reader.width, reader.height))
