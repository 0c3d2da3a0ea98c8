"""`touchloop calibrate` on a simulated arm behind its driver's topics: what is true there is found."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from node_processes import Processes, own_domain, text_of, wait_until

from touchloop.robots.load import load_robot

pytestmark = [pytest.mark.nodes, pytest.mark.slow, pytest.mark.timeout(400)]
ROBOTS = Path(__file__).parents[2] / "config" / "robots"
FAMILY = "forward_command_controller"
LINE_S = 0.02
TOUCHLOOP = (sys.executable, "-m", "touchloop.cli.main")


@contextmanager
def running(folder: Path, latency_s: float) -> Iterator[tuple[Processes, Path]]:
    """The simulated arm with so much on every message, adapter and supervisor, and a copy of the robot's file."""
    folder.mkdir(exist_ok=True)
    robot = Path(shutil.copy(ROBOTS / "panda.yaml", folder / "robot.yaml"))
    with own_domain() as domain:
        processes = Processes(folder, domain)
        try:
            late = (f"family:={FAMILY}", f"latency_s:={latency_s}")
            arm = processes.start(*TOUCHLOOP, "launch", "rehearsal.launch.xml", *late)
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


def test_latencies_grow_by_what_the_line_adds(tmp_path: Path) -> None:
    found = []
    for latency_s in (0.0, LINE_S):
        with running(tmp_path / f"{latency_s:g}", latency_s) as (processes, robot):
            text = calibrate(processes, robot, "latency", "--steps", "8")
            assert "THE ARM WILL MOVE by 5 mm along z" in text
            found.append(load_robot(robot)[0].calibration.latency_s)
    direct, late = found
    # The servo's lag is 20 ms, and each process on the way takes a tick.
    assert 0.02 <= direct["command"] < 0.06
    for name in ("command", "joint_states", "tcp_pose"):
        assert late[name] - direct[name] == pytest.approx(LINE_S, abs=0.008)


def test_the_tools_weight_is_that_of_the_model(tmp_path: Path) -> None:
    with running(tmp_path, LINE_S) as (processes, robot):
        text = calibrate(processes, robot, "tool", "--poses", "tilts", "--count", "8")
        assert "THE ARM WILL MOVE through tilts" in text
    calibration = load_robot(robot)[0].calibration
    # The wiper and its tip, from its URDF: 0.25 kg at 40 mm, and 1 g at 110 mm and at the camera.
    assert calibration.tool_mass_kg == pytest.approx(0.252, abs=0.02)
    np.testing.assert_allclose(calibration.tool_com_in_sensor_m, [0.0, 0.0, 0.04], atol=0.008)
    assert calibration.date is not None
