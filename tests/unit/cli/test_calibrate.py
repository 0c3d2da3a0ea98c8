"""`touchloop calibrate` on folders and bags; results go into a copy of a robot's file."""

import math
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tyro
import yaml
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).parents[1] / "calibration"))
sys.path.insert(0, str(Path(__file__).parents[1] / "data"))

from bag_samples import POSE, TYPES, WRENCH
from board_views import CAMERA_IN_TIP, LENS, as_pose, boards_seen, hands_of, render
from step_streams import step_test
from touch_samples import samples, tilted

from touchloop.calibration.capture import write_pictures, write_streams, write_touches
from touchloop.cli.calibrate import Calibrate
from touchloop.data.bag_qos import stored_qos
from touchloop.data.bag_writer import BagWriter
from touchloop.errors import InputError
from touchloop.robots.load import load_robot

ROBOTS = Path(__file__).parents[3] / "config" / "robots"
COM, BIAS = np.array([0.01, -0.02, 0.06]), np.array([1.5, -2.0, 4.0, 0.05, -0.1, 0.2])
INFO = {"k": LENS.matrix.ravel().tolist(), "d": [0.0] * 5, "distortion_model": "plumb_bob"}


def run(*words: object) -> int:
    return tyro.cli(Calibrate, args=[str(word) for word in words]).run()


@pytest.fixture
def robot(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROBOTS / "panda.yaml", tmp_path / "robot.yaml"))


def write_bag(folder: Path, broken: bool = False) -> None:
    """An arm that is turned by hand, rests at each of eight tilts, and whose sensor carries 0.8 kg."""
    TYPES.ensure(POSE)
    TYPES.ensure(WRENCH)
    types = TYPES.store.types
    rests = samples(0.8, COM, BIAS, tilted(), 0.01)
    writer = BagWriter(folder, TYPES)
    for topic, msgtype in (
        ("/driver/joint_states", "sensor_msgs/msg/JointState"),
        ("/driver/current_pose", POSE),
        ("/driver/wrench", WRENCH),
    ):
        TYPES.ensure(msgtype)
        writer.add_topic(topic, msgtype, [stored_qos(reliable=True, latched=False)])
    rng, tick = np.random.default_rng(0), 0
    for k, rest in enumerate(rests):
        after = rests[min(k + 1, len(rests) - 1)]
        slow = Rotation.concatenate([Rotation.from_quat(s.tcp_in_base[3:]) for s in (rest, after)])
        for step in range(145):
            share = max(0.0, (step - 120) / 25.0)
            turn = (slow[0] * Rotation.from_rotvec(share * (slow[0].inv() * slow[1]).as_rotvec())).as_quat()
            # While it moves, the sensor feels inertia, too.
            wrench = rest.wrench + (0.05 if share == 0.0 else 3.0) * rng.standard_normal(6) * [
                1,
                1,
                1,
                0.02,
                0.02,
                0.02,
            ]
            if broken and k == 3 and step == 20:
                wrench = np.full(6, math.nan)
            stamp_ns, tick = 10**9 + tick * 20_000_000, tick + 1
            time = types["builtin_interfaces/msg/Time"](sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
            vector = types["geometry_msgs/msg/Vector3"]
            header = types["std_msgs/msg/Header"](stamp=time, frame_id="base_link")
            pose = types["geometry_msgs/msg/Pose"](
                position=types["geometry_msgs/msg/Point"](x=0.5, y=0.0, z=0.3),
                orientation=types["geometry_msgs/msg/Quaternion"](**dict(zip("xyzw", turn.tolist(), strict=True))),
            )
            of_sensor = types["std_msgs/msg/Header"](stamp=time, frame_id="ft_sensor")
            force, torque = (
                vector(**dict(zip("xyz", part.tolist(), strict=True))) for part in (wrench[:3], wrench[3:])
            )
            told = types["geometry_msgs/msg/Wrench"](force=force, torque=torque)
            for topic, msgtype, message in (
                ("/driver/current_pose", POSE, types[POSE](header=header, pose=pose)),
                ("/driver/wrench", WRENCH, types[WRENCH](header=of_sensor, wrench=told)),
            ):
                writer.write(topic, stamp_ns + 1_000_000, bytes(TYPES.store.serialize_cdr(message, msgtype)))
    writer.close()


def test_a_tool_is_calibrated_from_a_folder_and_the_file_loads_again(
    robot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_touches(tmp_path / "capture", samples(0.8, COM, BIAS, tilted(), 0.01))
    plot = tmp_path / "residuals.png"
    assert run("tool", "--robot", robot, "--folder", tmp_path / "capture", "--plot", plot) == 0
    calibration = load_robot(robot)[0].calibration
    assert calibration.tool_mass_kg == pytest.approx(0.8, abs=0.01)
    assert calibration.tool_com_in_sensor_m == pytest.approx(COM, abs=0.005)
    assert calibration.date is not None
    assert calibration.residuals["tool_poses"] == 8
    assert "is written" in capsys.readouterr().out
    assert cv2.imread(str(plot)) is not None
    # What the file already had, and its comments, stay.
    assert "# Lag of the joints behind their command" in robot.read_text()
    assert calibration.latency_s["command"] == 0.055
    # The bias drifts: a single pose mends it.
    write_touches(tmp_path / "drifted", samples(0.8, COM, BIAS + 0.7, tilted(1), 0.0))
    assert run("bias", "--robot", robot, "--folder", tmp_path / "drifted") == 0
    assert load_robot(robot)[0].calibration.sensor_bias == pytest.approx(BIAS + 0.7, abs=0.1)


def test_a_bag_gives_the_poses_at_rest(robot: Path, tmp_path: Path) -> None:
    write_bag(tmp_path / "bag")
    assert run("tool", "--robot", robot, "--bag", tmp_path / "bag") == 0
    calibration = load_robot(robot)[0].calibration
    assert calibration.tool_mass_kg == pytest.approx(0.8, abs=0.02)
    assert calibration.sensor_bias == pytest.approx(BIAS, abs=0.15)
    assert calibration.residuals["tool_poses"] == 8


def test_nan_in_a_bag_is_passed_over(robot: Path, tmp_path: Path) -> None:
    write_bag(tmp_path / "bag", broken=True)
    assert run("tool", "--robot", robot, "--bag", tmp_path / "bag", "--dry-run") == 0


@pytest.mark.parametrize("beside", [False, True])
def test_a_camera_is_calibrated_from_a_folder(robot: Path, tmp_path: Path, beside: bool) -> None:
    boards = boards_seen(10, 2)
    views = [
        (cv2.cvtColor(render(board), cv2.COLOR_GRAY2RGB), as_pose(hand))
        for board, hand in zip(boards, hands_of(boards, not beside), strict=True)
    ]
    write_pictures(tmp_path / "capture", views, INFO)
    options = ["--beside"] if beside else []
    plot = tmp_path / "views.png"
    assert run("hand-eye", "--robot", robot, "--folder", tmp_path / "capture", *options, "--plot", plot) == 0
    camera = load_robot(robot)[0].calibration.cameras["wrist"]
    found = camera.camera_in_base_link if beside else camera.camera_in_tip
    assert found is not None
    np.testing.assert_allclose(found[:3], CAMERA_IN_TIP.translation, atol=2e-3)
    assert camera.focal_px is None, "the lens was given"
    assert cv2.imread(str(plot)) is not None


def test_latencies_are_calibrated_from_a_folder(robot: Path, tmp_path: Path) -> None:
    write_streams(tmp_path / "capture", step_test(0.02, 0.03, {"tcp_pose": 0.011}, noise=1.0))
    plot = tmp_path / "steps.png"
    assert run("latency", "--robot", robot, "--folder", tmp_path / "capture", "--plot", plot) == 0
    latency_s = load_robot(robot)[0].calibration.latency_s
    assert latency_s["command"] == pytest.approx(0.05, abs=0.002)
    assert latency_s["tcp_pose"] == pytest.approx(0.011, abs=0.001)
    assert cv2.imread(str(plot)) is not None


def test_a_board_is_written(tmp_path: Path) -> None:
    assert run("board", "--out", tmp_path / "board.png", "--dpi", "100") == 0
    assert cv2.imread(str(tmp_path / "board.png")) is not None


def test_wrong_input_is_refused_and_the_file_stays(robot: Path, tmp_path: Path) -> None:
    before, empty, blind = robot.read_text(), tmp_path / "empty", tmp_path / "blind"
    empty.mkdir()
    write_pictures(blind, [(np.zeros((48, 64, 3), np.uint8), as_pose(CAMERA_IN_TIP))] * 6, INFO)
    similar = tmp_path / "similar"
    write_touches(similar, samples(0.8, COM, BIAS, np.repeat(tilted(2), 3, axis=0), 0.01))
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "poses.yaml").write_text(yaml.safe_dump({"poses": [{"tcp_in_base": [0] * 7, "wrench": [0] * 6}]}))
    for words, message in (
        (("tool", "--robot", robot, "--folder", empty), "has no poses.yaml; it is empty"),
        (("tool", "--robot", robot, "--folder", tmp_path / "none"), "there is no such folder"),
        (("tool", "--robot", robot, "--folder", similar), "too similar"),
        (("tool", "--robot", robot, "--folder", odd), "quaternion has length 0"),
        (("tool", "--robot", robot, "--bag", tmp_path / "none"), "there is no bag"),
        (("tool", "--robot", robot, "--bag", empty, "--folder", empty), "expected one of both"),
        (("tool", "--robot", "spot", "--folder", similar), "robot 'spot': there is no"),
        (("bias", "--robot", robot, "--folder", similar), "has no tool weight: run `touchloop calibrate tool"),
        (("hand-eye", "--robot", robot, "--folder", blind), "the board is in none of 6 pictures"),
        (("hand-eye", "--robot", robot, "--folder", similar), "lacks picture or tip_in_base"),
        (("latency", "--robot", robot, "--folder", empty), r"has no streams\.npz"),
        (("latency", "--robot", robot, "--folder", empty, "--axis", "w"), "x, y or z"),
        (("board", "--paper", "a9"), "expected one of a4, a3, letter"),
    ):
        with pytest.raises(InputError, match=message):
            run(*words)
    assert robot.read_text() == before
