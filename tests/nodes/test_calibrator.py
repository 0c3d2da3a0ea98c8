"""`touchloop calibrate` on a simulated arm behind its driver's topics: what is true there is found."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from node_processes import Processes, own_domain, text_of, wait_until

from touchloop.robots.load import load_robot

pytestmark = [pytest.mark.nodes, pytest.mark.slow, pytest.mark.timeout(400)]
ROBOTS = Path(__file__).parents[2] / "config" / "robots"
FAMILY = "forward_command_controller"
TOUCHLOOP = (sys.executable, "-m", "touchloop.cli.main")


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[tuple[Processes, Path]]:
    """The simulated arm with 20 ms on every message, adapter and supervisor, and a copy of the robot's file."""
    robot = Path(shutil.copy(ROBOTS / "panda.yaml", tmp_path / "robot.yaml"))
    with own_domain() as domain:
        processes = Processes(tmp_path, domain)
        try:
            arm = processes.start(*TOUCHLOOP, "launch", "rehearsal.launch.xml", f"family:={FAMILY}", "latency_s:=0.02")
            words = ("robot:=panda", f"robot_file:={robot}", f"family:={FAMILY}", "use_sim_time:=true")
            stack = processes.start(*TOUCHLOOP, "launch", "calibrate.launch.xml", *words)
            for launch in (arm, stack):
                wait_until(lambda launch=launch: "all nodes are active" in text_of(launch), 120.0, "active nodes")
            yield processes, robot
        finally:
            processes.close()


def calibrate(processes: Processes, robot: Path, verb: str, *options: str) -> str:
    """Runs a verb with a person who presses Enter when asked."""
    reader, writer = os.pipe()
    log = processes.folder / f"{verb}.log"
    words = (*TOUCHLOOP, "calibrate", verb, "--robot", str(robot), "--family", FAMILY, "--use-sim-time", *options)
    with log.open("wb") as output:
        words = (*words, "--out", str(processes.folder / verb))
        child = subprocess.Popen(
            words, stdin=reader, stdout=output, stderr=subprocess.STDOUT, env=processes.environment
        )
    processes.children.append(child)
    os.close(reader)
    answered = 0

    def ended() -> bool:
        nonlocal answered
        asked = log.read_text().count("Press Enter")
        for _ in range(asked - answered):
            os.write(writer, b"\n")
        answered = max(asked, answered)
        return child.poll() is not None

    try:
        wait_until(ended, 200.0, f"the end of {verb}")
    finally:
        os.close(writer)
    assert child.returncode == 0, log.read_text()
    return log.read_text()


def test_latencies_are_those_of_the_line(cell: tuple[Processes, Path]) -> None:
    processes, robot = cell
    text = calibrate(processes, robot, "latency", "--steps", "8")
    assert "THE ARM WILL MOVE by 5 mm along z" in text
    latency_s = load_robot(robot)[0].calibration.latency_s
    # Both ways 20 ms: to the joints, on top of the servo's 20 ms; and back, on top of the stamps.
    assert latency_s["command"] == pytest.approx(0.04, abs=0.012)
    for stream in ("joint_states", "tcp_pose"):
        assert latency_s[stream] == pytest.approx(0.02, abs=0.01)


def test_the_tools_weight_is_that_of_the_model(cell: tuple[Processes, Path]) -> None:
    processes, robot = cell
    text = calibrate(processes, robot, "tool", "--poses", "tilts", "--count", "8")
    assert "THE ARM WILL MOVE through tilts" in text
    calibration = load_robot(robot)[0].calibration
    # The wiper and its tip, from its URDF: 0.25 kg at 40 mm, and 1 g at 110 mm and at the camera.
    assert calibration.tool_mass_kg == pytest.approx(0.252, abs=0.02)
    np.testing.assert_allclose(calibration.tool_com_in_sensor_m, [0.0, 0.0, 0.04], atol=0.008)
    assert calibration.date is not None
