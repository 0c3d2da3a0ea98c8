"""The camera adapter with a driver in this process, over DDS."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes
from robot_yaml import robot_with
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from touchloop.launching.packages import package_executable
from touchloop_nodes.cdr import encode
from touchloop_nodes.conversions import ArmFrames
from touchloop_nodes.layouts import WristReader

pytestmark = pytest.mark.nodes
LATENCY_S = 0.02


class Rig:
    """An adapter with a wrist camera, and what it says."""

    def __init__(self, scene: tuple[Processes, Observer], folder: Path, **camera: object) -> None:
        processes, self.observer = scene
        robot = robot_with(folder, cameras={"wrist": {"topic": "driver/image", "info": "driver/info", **camera}})
        self.pictures = self.observer.listen(Image, "camera/wrist/image_raw")
        self.infos = self.observer.listen(CameraInfo, "camera/wrist/camera_info")
        self.diagnoses = self.observer.listen(DiagnosticArray, "/diagnostics")
        executable = package_executable("touchloop_nodes", "camera_adapter", processes.environment)
        processes.start(executable, "--ros-args", "-p", f"robot:={robot}")
        assert self.observer.change("camera_adapter", CONFIGURE)
        assert self.observer.change("camera_adapter", ACTIVATE)
        kind = CompressedImage if camera.get("compressed") else Image
        self.camera = self.observer.node.create_publisher(kind, "driver/image", 2)
        self.observer.until(self.camera.get_subscription_count, what="the adapter to listen")

    @property
    def said(self) -> str:
        own = [s for _, d in self.diagnoses for s in d.status if s.name == "camera_adapter"]
        return own[-1].message if own else ""

    def send(self, message: Image | CompressedImage, behind_s: float = 0.0) -> None:
        now = self.observer.node.get_clock().now().nanoseconds - round(behind_s * 1e9)
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(now, 1_000_000_000)
        self.camera.publish(message)

    def until_gone_on(self, message: Image | CompressedImage) -> Image:
        def gone_on() -> list:
            self.send(message)
            return self.pictures

        return self.observer.until(gone_on, what="a picture to go on")[-1][1]

    def until_said(self, message: Image, words: str, behind_s: float = 0.0) -> None:
        def said() -> bool:
            self.send(message, behind_s)
            return words in self.said

        self.observer.until(said, what=f"'{words}'")


def coloured() -> np.ndarray:
    """(480, 640, 3) rgb: red on the left, blue on the right."""
    rgb = np.zeros((480, 640, 3), np.uint8)
    rgb[:, :320, 0] = 200
    rgb[:, 320:, 2] = 200
    return rgb


def as_message(rgb: np.ndarray, encoding: str = "bgr8") -> Image:
    pixels = rgb[:, :, ::-1] if encoding == "bgr8" else rgb
    height, width = rgb.shape[:2]
    return Image(width=width, height=height, encoding=encoding, step=3 * width, data=pixels.tobytes())


def test_what_the_planner_reads_comes_out(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, latency_s=LATENCY_S)
    found = rig.until_gone_on(as_message(coloured()))
    # The planner's own reader refuses everything but its layout and frame.
    rgb = WristReader(ArmFrames.of("")).picture(encode(found))
    assert rgb[64, 20].tolist() == [200, 0, 0]
    assert rgb[64, 108].tolist() == [0, 0, 200]
    stamp_s = found.header.stamp.sec + found.header.stamp.nanosec * 1e-9
    now_s = rig.observer.node.get_clock().now().nanoseconds * 1e-9
    assert LATENCY_S <= now_s - stamp_s < 5.0


def test_intrinsics_go_along(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path)
    driver = rig.observer.node.create_publisher(CameraInfo, "driver/info", 1)
    info = CameraInfo(width=640, height=480, k=[480.0, 0.0, 319.5, 0.0, 480.0, 239.5, 0.0, 0.0, 1.0])

    def gone_on() -> list:
        driver.publish(info)
        rig.send(as_message(coloured()))
        return rig.infos

    found = rig.observer.until(gone_on, what="intrinsics to go on")[-1][1]
    assert (found.width, found.height) == (128, 128)
    assert found.k[0] == pytest.approx(128.0)
    assert found.k[2] == pytest.approx(63.5)
    assert found.header.frame_id == "wrist_camera"


def test_compressed_pictures_go_on(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path, compressed=True)
    data = cv2.imencode(".jpg", coloured()[:, :, ::-1])[1].tobytes()
    found = rig.until_gone_on(CompressedImage(format="jpeg", data=data))
    rgb = np.frombuffer(bytes(found.data), np.uint8).reshape(128, 128, 3)
    assert rgb[64, 20, 0] > 180


def test_pictures_that_cannot_be_used_are_named_and_the_next_goes_on(
    scene: tuple[Processes, Observer], tmp_path: Path
) -> None:
    rig = Rig(scene, tmp_path)
    good = as_message(coloured())
    rig.until_said(as_message(coloured(), "h264"), "driver/image: encoding 'h264' is unknown")
    short = as_message(coloured())
    short.data = short.data[:1000]
    rig.until_said(short, "driver/image: picture has 1000 bytes")
    rig.until_said(Image(encoding="rgb8"), "driver/image: picture is empty")
    rig.until_said(good, "behind this machine's clock", behind_s=5.0)
    rig.until_said(good, "ahead of this machine's clock", behind_s=-5.0)
    assert rig.pictures == []
    rig.until_gone_on(good)
    rig.observer.until(lambda: "no pictures on driver/image" in rig.said, what="silence to be told")


def test_another_type_is_named(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    rig = Rig(scene, tmp_path)
    # One process cannot publish a topic as two types.
    rig.observer.node.destroy_publisher(rig.camera)
    rig.observer.node.create_publisher(CompressedImage, "driver/image", 1)
    words = "driver/image is published as sensor_msgs/msg/CompressedImage by /observer, expected sensor_msgs/msg/Image"
    rig.observer.until(lambda: words in rig.said, what="the wrong type to be told")
