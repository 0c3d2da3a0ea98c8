"""The node for place recognition over real DDS: one drive makes the map, another is recognised in it."""

from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from event_camera_msgs.msg import EventPacket as EventPacketMessage
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes
from rclpy.qos import QoSProfile
from touchloop_msgs.msg import Place

from touchloop.events.codecs import make_decoder
from touchloop.events.packet import EventPacket
from touchloop.events.places.frame_builder import FRAME_NS, FrameBuilder
from touchloop.events.places.place_map import make_map
from touchloop.events.places.recogniser import RIVAL_M
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.simulated_camera import SimulatedCamera
from touchloop.events.simulated_views import LiveCorridor
from touchloop.events.simulator import EventSimulator
from touchloop.launching.packages import package_executable
from touchloop_nodes.event_packets import packet_bytes

pytestmark = pytest.mark.nodes
WIDTH, HEIGHT, LENGTH_M, SEED = 86, 64, 20.0, 3
PERIOD_NS, FRAMES_A_PACKET, DURATION_S = 4_000_000, 5, 16.0
MOST_BEHIND = 15
"""Frames; the node's input keeps 100 packets, which are 30 of them."""
FIRST_STAMP_NS = 1_700_000_000_000_000_000
SENSITIVE = {"ONBn_coarse": 5, "ONBn_fine": 104, "OFFBn_coarse": 3, "OFFBn_fine": 104, "PrSFBp_fine": 37}
"""What the bias controller chose in such a corridor; at the start values there are hardly any events."""
Drive = list[tuple[EventPacket, float]]


def drive(visit: int) -> Drive:
    """Packets of a drive along the corridor, each with the position at its end."""
    values = {**CAMERAS["davis346"].start_values(), **SENSITIVE}
    simulator = EventSimulator(CAMERAS["davis346"], SEED, WIDTH, HEIGHT, values=values)
    camera = SimulatedCamera(simulator, "libcaer")
    view = LiveCorridor(WIDTH, HEIGHT, SEED, visit, "medium", LENGTH_M)
    found = []
    for step in range(1, round(DURATION_S * 1e9) // PERIOD_NS + 1):
        camera.look(view.lux(0.0, 0.0, PERIOD_NS * 1e-9), step * PERIOD_NS)
        if step % FRAMES_A_PACKET == 0:
            stamp_ns = FIRST_STAMP_NS + (step - FRAMES_A_PACKET) * PERIOD_NS
            found.append((camera.packet(stamp_ns), view.position_m or 0.0))
    return found


def save_map(path: Path, packets: Drive) -> None:
    decoder, builder = make_decoder("libcaer", WIDTH, HEIGHT), FrameBuilder(WIDTH, HEIGHT)
    frames, positions_m = [], []
    for packet, position_m in packets:
        if len(packet.payload):
            for _, counts in builder.add(decoder.decode(packet.payload, packet.time_base_ns)):
                if counts is not None:
                    frames.append(counts.copy())
                    positions_m.append(position_m)
    make_map(frames, np.array(positions_m), "davis346").save(path)


def test_recognises_where_it_is(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    processes, observer = scene
    save_map(tmp_path / "map.npz", drive(0))
    places = observer.listen(Place, "place")
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    executable = package_executable("touchloop_nodes", "event_place_recognition", processes.environment)
    processes.start(executable, "--ros-args", "-p", f"map:={tmp_path / 'map.npz'}")
    assert observer.change("event_place_recognition", CONFIGURE)
    assert observer.change("event_place_recognition", ACTIVATE)
    publisher = observer.node.create_publisher(EventPacketMessage, "events", QoSProfile(depth=100))
    observer.until(lambda: publisher.get_subscription_count() > 0, what="the node's input")
    packets = drive(1)
    for sent, (packet, _) in enumerate(packets):
        publisher.publish(packet_bytes(packet, "event_camera"))
        # Faster than the drive, yet the queue of the node's input never runs over.
        due = sent * FRAMES_A_PACKET * PERIOD_NS / FRAME_NS - MOST_BEHIND
        observer.until(lambda due=due: len(places) >= due, what=f"the place of frame {due:.0f}")
    observer.until(lambda: len(places) >= 0.9 * DURATION_S * 1e9 / FRAME_NS, what="a place for each frame")
    ends_ns = [packet.stamp_ns + FRAMES_A_PACKET * PERIOD_NS for packet, _ in packets]
    seen = [place for _, place in places if place.seen and place.index >= 0]
    assert len(seen) > 0.5 * len(places)
    stamps_ns = [place.stamp.sec * 1_000_000_000 + place.stamp.nanosec for place in seen]
    truth_m = np.interp(stamps_ns, ends_ns, [position_m for _, position_m in packets])
    off_m = np.abs(truth_m - [place.position_m for place in seen])
    assert np.mean(off_m < RIVAL_M) > 0.5
    assert np.median(off_m) < RIVAL_M / 2.0
    assert all(0.0 <= place.confidence <= 1.0 for place in seen)

    def looks() -> bool:
        own = [s for _, d in diagnoses for s in d.status if s.name == "event_place_recognition"]
        return (
            bool(own) and own[-1].level != DiagnosticStatus.ERROR and any(v.key == "position_m" for v in own[-1].values)
        )

    observer.until(looks, what="its position on /diagnostics")
