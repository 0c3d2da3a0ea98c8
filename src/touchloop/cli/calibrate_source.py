"""What the verbs of ``touchloop calibrate`` share: whose calibration it is, from where, and what becomes of it."""

import datetime
import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from touchloop.calibration.driver_log import DriverLog
from touchloop.calibration.write_back import Findings, write_findings
from touchloop.errors import InputError
from touchloop.launching.environment import REPOSITORY, ros_environment
from touchloop.launching.packages import package_executable
from touchloop.robots.config import RobotConfig
from touchloop.robots.load import FOLDER, description_of, load_robot, robot_file


@dataclass(frozen=True, kw_only=True)
class Source:
    """Options of every verb that measures."""

    robot: str
    """Name of a file in config/robots, or its path."""
    arm: str = ""
    """Of a robot of several: left or right."""
    family: str = ""
    """Controller family; default: the robot's."""
    bag: Path | None = None
    """Evaluate this bag instead of a running arm."""
    folder: Path | None = None
    """Evaluate this folder of an earlier capture. With neither, the arm is asked, and the capture goes to out."""
    out: Path | None = None
    """Folder for what is captured; default runs/calibrate-VERB-DATE-TIME."""
    namespace: str = ""
    """Of the running stack."""
    use_sim_time: bool = False
    """The arm is simulated: stamps are those of /clock."""
    dry_run: bool = False
    """Show what would be written, and write nothing."""
    plot: Path | None = None
    """Picture (.png) of what the fit leaves."""

    def load(self) -> tuple[RobotConfig, Path]:
        """The arm's configuration and its file.

        Raises:
            InputError: no such robot or arm, or options that exclude each other.
        """
        if self.bag and self.folder:
            raise InputError("--bag and --folder: expected one of both")
        here = FOLDER if FOLDER.is_dir() else REPOSITORY / FOLDER
        config, path = load_robot(robot_file(self.robot, here), self.arm)
        return (replace(config, family=self.family) if self.family else config), path

    def log(self, config: RobotConfig, path: Path) -> DriverLog:
        """The streams of ``--bag``."""
        if self.bag is None:
            raise InputError("no bag was named")
        from touchloop.calibration.bag_log import log_of_bag  # only now: bags are slow to load

        return log_of_bag(self.bag, config, self.arm, urdf_of(config, path))

    def capture(self, verb: str, path: Path, **parameters: object) -> Path:
        """Asks the running arm, by a node of this terminal; returns the folder of what it captured.

        Raises:
            InputError: the node ended without a capture; it has said why.
        """
        folder = self.out or Path("runs") / f"calibrate-{verb}-{datetime.datetime.now():%Y-%m-%d-%H-%M-%S}"
        if folder.exists():
            raise InputError(f"{folder} exists already; choose another folder")
        environment = ros_environment()
        executable = package_executable("touchloop_nodes", "calibrator", environment)
        values = {"what": verb, "robot": str(path.absolute()), "arm": self.arm, "family": self.family}
        values |= {"folder": str(folder.absolute()), **parameters}
        values["use_sim_time"] = self.use_sim_time
        command = [str(executable), "--ros-args"]
        for name, value in values.items():
            command += ["-p", f"{name}:={json.dumps(value)}"]
        space = "/".join(part.strip("/") for part in (self.namespace, self.arm) if part.strip("/"))
        command += ["-r", f"__ns:=/{space}"] if space else []
        code = subprocess.run(command, env=environment, check=False).returncode
        if code:
            raise InputError("nothing was captured") if code == 2 else KeyboardInterrupt
        return folder

    def write(self, path: Path, findings: Findings, console: Console) -> None:
        """Puts findings into the robot's file and shows the change."""
        diff = write_findings(path, findings, datetime.datetime.now().astimezone().date(), self.dry_run)
        for line in diff.splitlines()[2:]:
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            console.print(line, style=colour, markup=False, highlight=False, soft_wrap=True)
        done = "would be changed (dry run)" if self.dry_run else "is written" if diff else "says so already"
        console.print(f"{path} {done}", markup=False, highlight=False, soft_wrap=True)


def urdf_of(config: RobotConfig, path: Path) -> str:
    """The description where a driver gives no pose; it is needed for nothing else."""
    return "" if config.topics.pose or config.description == "topic" else description_of(config, path)
