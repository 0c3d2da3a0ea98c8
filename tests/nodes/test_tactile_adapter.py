"""The tactile adapter with a sensor's driver in this process, over DDS."""

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes
from robot_yaml import robot_with
from sensor_msgs.msg import Image, PointCloud2, PointField
from std_srvs.srv import Trigger

from touchloop.launching.packages import package_executable
from touchloop_nodes import qos
from touchloop_nodes.cdr import encode
from touchloop_nodes.conversions import ArmFrames
from touchloop_nodes.layouts import MarkerReader

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "touch"))
from gel_pictures import Gel

pytestmark = pytest.mark.nodes
VIEW_M = [0.020, 0.015]


class Rig:
    """An adapter, and what it says."""

    def __init__(self, scene: tuple[Processes, Observer], folder: Path, message: type, **tactile: object) -> None:
        processes, self.observer = scene
        robot = robot_with(folder, tactile={"topic": "driver/gel", "field_of_view_m": VIEW_M, **tactile})
        self.fields = self.observer.listen(PointCloud2, "tactile/markers")
        self.diagnoses = self.observer.listen(DiagnosticArray, "/diagnostics")
        executable = package_executable("touchloop_nodes", "tactile_adapter", processes.environment)
        processes.start(executable, "--ros-args", "-p", f"robot:={robot}")
        assert self.observer.change("tactile_adapter", CONFIGURE)
        assert self.observer.change("tactile_adapter", ACTIVATE)
        self.driver = self.observer.node.create_publisher(message, "driver/gel", 2)
        self.observer.until(self.driver.get_subscription_count, what="the adapter to listen")

    @property
    def said(self) -> str:
        own = [s for _, d in self.diagnoses for s in d.status if s.name == "tactile_adapter"]
        return own[-1].message if own else ""

    def now(self, message: Image | PointCloud2 | WrenchStamped) -> None:
        stamp = self.observer.node.get_clock().now().nanoseconds
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 1_000_000_000)

    def until_moved(self, message: Image | PointCloud2, count: int = 1) -> np.ndarray:
        """Displacements (63, 2) [m] as planner and controller read them."""

        def gone_on() -> bool:
            self.now(message)
            self.driver.publish(message)
            return len(self.fields) >= count

        self.observer.until(gone_on, what="a field to go on")
        return MarkerReader(ArmFrames.of("")).displacements(encode(self.fields[-1][1]))

    def until_said(self, message: Image | PointCloud2, words: str) -> None:
        def said() -> bool:
            self.now(message)
            self.driver.publish(message)
            return words in self.said

        self.observer.until(said, what=f"'{words}'")


def picture(rgb: np.ndarray) -> Image:
    return Image(width=rgb.shape[1], height=rgb.shape[0], encoding="rgb8", step=3 * rgb.shape[1], data=rgb.tobytes())


def as_rdp_publishes(shift: tuple[float, float], rows: int = 5, columns: int = 5) -> PointCloud2:
    """As gelsight_camera_publisher.py fills it: no width, no height, no row_step."""
    message = PointCloud2(point_step=16, is_dense=True)
    message.header.frame_id = "camera_marker_offset_left_gripper_camera_1"
    names = ("marker_location_x", "marker_location_y", "marker_offset_x", "marker_offset_y")
    message.fields = [
        PointField(name=name, offset=4 * k, datatype=PointField.FLOAT32, count=1) for k, name in enumerate(names)
    ]
    places = [((c + 0.5) / columns, (r + 0.5) / rows) for r in range(rows) for c in range(columns)]
    message.data = b"".join(struct.pack("ffff", x, y, *shift) for x, y in places)
    return message


def test_a_gels_pictures_become_the_policys_markers(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, Image, kind="pictures")
    gel = Gel()
    rest = picture(gel.picture(seed=0))
    shift_px = np.array([6.0, -3.0])
    moved = picture(gel.picture(lambda places: np.broadcast_to(shift_px, places.shape), seed=1))
    rig.until_said(rest, "picture at rest is not known yet")
    # An old taring does not say that the gel is free now; a fresh one does.
    bias = rig.observer.node.create_publisher(WrenchStamped, "wrench_bias", qos.latched())
    bias.publish(WrenchStamped())
    rig.until_said(rest, "picture at rest is not known yet")
    assert rig.fields == []
    fresh = WrenchStamped()
    rig.now(fresh)
    bias.publish(fresh)
    assert np.abs(rig.until_moved(rest)).max() < 2e-5
    rig.fields.clear()
    metre_px = 640 / VIEW_M[0]
    found = rig.until_moved(moved, 3)
    np.testing.assert_allclose(found, np.broadcast_to(shift_px / metre_px, (63, 2)), atol=1e-5)
    assert rig.observer.call(Trigger, "tactile_adapter/rest", Trigger.Request()).success
    rig.fields.clear()
    assert np.abs(rig.until_moved(moved, 3)).max() < 2e-5


def test_a_gel_that_is_not_seen_is_told(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, Image, kind="pictures")
    assert rig.observer.call(Trigger, "tactile_adapter/rest", Trigger.Request()).success
    rig.until_said(picture(np.zeros((480, 640, 3), np.uint8)), "0 markers seen at rest; expected 63 (7 x 9)")
    assert rig.fields == []


def test_fields_as_the_official_rdp_publishes_them(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, PointCloud2, kind="markers")
    found = rig.until_moved(as_rdp_publishes((0.01, -0.02)))
    np.testing.assert_allclose(found, np.broadcast_to([0.01 * VIEW_M[0], -0.02 * VIEW_M[1]], (63, 2)), atol=1e-8)
    other = PointCloud2(point_step=12, data=bytes(120))
    other.fields = [PointField(name=n, offset=4 * k, datatype=7, count=1) for k, n in enumerate("xyz")]
    rig.until_said(other, "driver/gel: its fields are x, y, z; expected x, y, dx, dy or marker_location_x")
