"""The simulated event camera over real DDS: packets, parameters as its drivers have them, other cameras' pictures."""

import array

import numpy as np
import pytest
from event_camera_msgs.msg import EventPacket
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes, end
from rcl_interfaces.srv import GetParameters, SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image

from touchloop.events.codecs import make_decoder
from touchloop.launching.packages import package_executable

pytestmark = pytest.mark.nodes
SMALL = ("width:=64", "height:=48", "speed_px_s:=300", "light_lux:=1000")


def camera(processes: Processes, observer: Observer, *parameters: str, patience_s: float = 20.0):
    executable = package_executable("touchloop_nodes", "event_camera", processes.environment)
    words = [word for parameter in parameters for word in ("-p", parameter)]
    child = processes.start(executable, "--ros-args", *words)
    for transition in (CONFIGURE, ACTIVATE):
        request = ChangeState.Request(transition=Transition(id=transition))
        assert observer.call(ChangeState, "event_camera/change_state", request, patience_s).success
    return child


def set_parameter(observer: Observer, name: str, value: int) -> str:
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    (result,) = observer.call(SetParameters, "event_camera/set_parameters", request).results
    return "" if result.successful else result.reason


@pytest.mark.parametrize(("name", "encoding"), [("davis346", "libcaer"), ("evk4", "evt3")])
def test_packets_decode(scene: tuple[Processes, Observer], name: str, encoding: str) -> None:
    processes, observer = scene
    packets = observer.listen(EventPacket, "events")
    child = camera(processes, observer, f"camera:={name}", *SMALL)
    observer.until(lambda: sum(len(p.events) > 0 for _, p in packets) >= 10, what="ten packets with events")
    decoder = make_decoder(encoding, 64, 48)
    messages = [message for _, message in packets]
    assert {(m.encoding, m.width, m.height) for m in messages} == {(encoding, 64, 48)}
    assert np.all(np.diff([m.seq for m in messages]) == 1)
    parts = [decoder.decode(np.frombuffer(m.events, np.uint8), m.time_base) for m in messages if m.events]
    assert decoder.damaged == 0
    times = np.concatenate([part.t_ns for part in parts])
    assert len(times) > 100
    assert np.all(np.diff(times) >= 0)
    assert end(child) == 0


def test_biases_are_live_parameters(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    packets = observer.listen(EventPacket, "events")
    camera(processes, observer, *SMALL)

    def bytes_in(duration_s: float) -> int:
        packets.clear()
        observer.spin_for(duration_s)
        return sum(len(message.events) for _, message in packets)

    observer.until(lambda: len(packets) > 20, what="packets")
    before = bytes_in(2.0)
    assert set_parameter(observer, "ONBn_fine", 255) == ""
    assert set_parameter(observer, "OFFBn_coarse", 0) == ""
    observer.spin_for(0.3)
    assert bytes_in(2.0) < 0.6 * before
    assert "255" in set_parameter(observer, "ONBn_fine", 256)
    request = GetParameters.Request(names=["ONBn_fine"])
    (value,) = observer.call(GetParameters, "event_camera/get_parameters", request).values
    assert value.integer_value == 255


def test_looks_at_pictures(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    packets = observer.listen(EventPacket, "events")
    pictures = observer.node.create_publisher(Image, "image_raw", 10)
    camera(processes, observer, "source:=pictures", *SMALL)
    bar = np.full((48, 64), 40, np.uint8)
    for step in range(200):
        bar[:] = 40
        bar[:, step % 64 : step % 64 + 8] = 220
        message = Image(height=48, width=64, encoding="mono8", step=64, data=array.array("B", bar.tobytes()))
        message.header.stamp.nanosec = step * 4_000_000
        pictures.publish(message)
        observer.spin_for(0.02)
        if sum(len(p.events) for _, p in packets) > 8 * 500:
            break
    assert sum(len(p.events) for _, p in packets) > 8 * 500
