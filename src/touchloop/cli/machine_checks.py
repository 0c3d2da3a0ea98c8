"""What ``touchloop doctor`` looks at: one function a thing, each returns a `Finding`."""

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from touchloop.control.real_time import missing_rights
from touchloop.deploy.realtime import PRIORITY
from touchloop.deploy.sockets import OpenSocket, reachable
from touchloop.errors import InputError
from touchloop.launching.environment import REPOSITORY, WORKSPACE, ros_environment

CHILD_TIMEOUT_S = 30.0
SHARED_MEMORY_BYTES = 60 * 1000**2
"""Each of about ten processes takes a segment of 5 MB (config/fastdds.xml)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is there or not."""

    name: str
    status: Literal["ok", "missing", "absent"]
    """``missing`` must be mended; ``absent`` is only needed for what ``detail`` says."""
    detail: str
    remedy: str = ""


def _present(name: str, detail: str) -> Finding:
    return Finding(name, "ok", detail)


def check_python() -> Finding:
    """Python's version and machine."""
    text = f"{platform.python_version()} at {sys.executable}"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13) or platform.machine() != "x86_64":
        return Finding("Python", "missing", f"{text}, {platform.machine()}", "use Python 3.11 to 3.13 on x86_64")
    return _present("Python", text)


def check_tool(name: str, *candidates: str) -> Finding:
    """A program on the PATH, with its version."""
    for candidate in candidates:
        path = shutil.which(candidate)
        if path:
            result = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
            lines = result.stdout.splitlines()
            return _present(name, lines[0] if lines else path)
    return Finding(
        name, "missing", f"none of {', '.join(candidates)} on the PATH", "sudo apt install build-essential cmake"
    )


def check_disk() -> Finding:
    """Room for runs: a bag of one minute is about 50 MB."""
    free = shutil.disk_usage(REPOSITORY).free
    if free < 1e9:
        return Finding("disk", "missing", f"{free / 1e9:.1f} GB free", "make room: a set-up needs 4 GB, a run 0.1 GB")
    return _present("disk", f"{free / 1e9:.0f} GB free")


def check_shared_memory(folder: Path = Path("/dev/shm"), free: int | None = None) -> Finding:
    """Room for the middleware's shared-memory segments, which crashed processes leave behind."""
    if free is None:
        free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    left = len(list(folder.glob("fastdds_*"))) // 2
    text = f"{free / 1e6:.0f} MB free in {folder}" + (
        f", {left} segments of running or crashed processes" if left else ""
    )
    if free < SHARED_MEMORY_BYTES:
        remedy = (
            "`source .venv/touchloop_env.sh; fastdds shm clean` removes what crashed processes left; "
            "in a container use --shm-size=256m"
        )
        return Finding("shared memory", "missing", text, remedy)
    return _present("shared memory", text)


def check_ros() -> Finding:
    """ROS 2 from wheels or from a distribution."""
    if (Path(sys.prefix) / "share/rclpy").is_dir():
        try:
            return _present("ROS 2", f"Kilted wheels, rclpy {version('ros-rclpy')}")
        except PackageNotFoundError:
            return Finding("ROS 2", "missing", "the wheels in .venv are damaged", "rm -rf .venv && make setup")
    distribution = _environment().get("ROS_DISTRO")
    if distribution:
        return _present("ROS 2", f"distribution {distribution}")
    return Finding("ROS 2", "missing", "neither wheels nor a distribution", "make setup")


def check_workspace() -> Finding:
    """The built workspace, with every package of its sources."""
    install = WORKSPACE / "install/share"
    sources = {path.parent.name: path.parent for path in (WORKSPACE / "src").glob("**/package.xml")}
    wanted = [name for name, folder in sources.items() if folder.parent.name != "interfaces"]
    lacking = [name for name in wanted if not (install / name / "package.xml").is_file()]
    if lacking:
        return Finding("workspace", "missing", f"not built: {', '.join(sorted(lacking))}", "make setup")
    return _present("workspace", f"{len(wanted)} packages built")


def check_messages() -> Finding:
    """The message modules, imported by a child process as nodes do."""
    code = "import touchloop_msgs.msg, touchloop_msgs.srv, tf2_msgs.msg"
    result = _child([sys.executable, "-c", code])
    if result.returncode:
        return Finding("messages", "missing", _last_line(result.stderr), "make setup")
    return _present("messages", "touchloop_msgs and tf2_msgs import")


def check_loopback() -> Finding:
    """A message to another process and back."""
    result = _child([sys.executable, "-m", "touchloop_nodes.loopback"])
    if result.returncode:
        detail = _last_line(result.stderr) or "no message came back within 10 s"
        return Finding("DDS loopback", "missing", detail, "is the loopback interface up, and /dev/shm writable?")
    answer = json.loads(result.stdout.splitlines()[-1])
    return _present("DDS loopback", f"{answer['rmw']}, round trip {answer['round_trip_ms']:.1f} ms")


def check_sockets() -> Finding:
    """Where nodes can be reached: on loopback alone, or also on the interfaces of TOUCHLOOP_INTERFACES."""
    result = _child([sys.executable, "-m", "touchloop_nodes.loopback"])
    if result.returncode:
        return Finding("sockets", "missing", "not known, since no message came back", "see DDS loopback")
    sockets = [OpenSocket(**one) for one in json.loads(result.stdout.splitlines()[-1])["sockets"]]
    named = _environment().get("TOUCHLOOP_INTERFACES", "").split()
    outside = reachable(sockets, named)
    if outside:
        places = ", ".join(sorted({f"{one.protocol} {one.address}" for one in outside}))
        remedy = (
            "unset ROS_AUTOMATIC_DISCOVERY_RANGE and FASTDDS_DEFAULT_PROFILES_FILE, or use those of "
            "`touchloop deploy network`; `touchloop deploy sockets` lists those of running nodes"
        )
        return Finding("sockets", "missing", f"nodes can be reached from outside: {places}", remedy)
    return _present("sockets", f"{len(sockets)} of two nodes, all on {', '.join(['loopback', *named])}")


def check_real_time() -> Finding:
    """Whether the fast nodes may have real-time priority and lock their memory."""
    missing = missing_rights(PRIORITY)
    if missing:
        return Finding("real time", "absent", "; ".join(missing), "see `touchloop deploy realtime`")
    return _present("real time", f"priority {PRIORITY} and memory locking are allowed")


def check_security() -> Finding:
    """DDS Security in Fast DDS; the wheels are built without."""
    for entry in _environment().get("LD_LIBRARY_PATH", "").split(os.pathsep):
        for library in Path(entry).glob("libfastdds.so*") if entry else ():
            if b"dds.sec.auth.builtin.PKI-DH" in library.read_bytes():
                return _present("DDS security", f"in {library}")
    detail = (
        "no security plug-in in this Fast DDS: nodes that can be reached are obeyed; ROS_SECURITY_ENABLE=true fails"
    )
    remedy = "policies of `touchloop deploy policies` need a ROS distribution; the wheels are built without"
    return Finding("DDS security", "absent", detail, remedy)


def check_weights() -> Finding:
    """The trained weights that come with the project."""
    from touchloop.policy.weights import default_weights, read_card

    try:
        card = read_card(default_weights("wipe"), "wipe")
    except InputError as error:
        return Finding("weights", "missing", str(error), "git checkout -- weights, or touchloop train rdp --task wipe")
    return _present("weights", f"{card.policy} for {card.task}, {card.weights_id}")


def check_video() -> Finding:
    """PyAV with an H.264 encoder, for run.mp4."""
    if importlib.util.find_spec("av") is None:
        return Finding("video", "missing", "PyAV is not installed", "make setup")
    import av

    encoder = next((name for name in ("libx264", "libopenh264", "h264") if name in av.codecs_available), None)
    if encoder is None:
        return Finding("video", "missing", f"PyAV {av.__version__} has no H.264 encoder", "make setup")
    return _present("video", f"PyAV {av.__version__}, {encoder}")


def check_gpu() -> Finding:
    """An NVIDIA GPU; everything runs without."""
    tool = shutil.which("nvidia-smi")
    if tool:
        command = [tool, "--query-gpu=name", "--format=csv,noheader"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0 and result.stdout.strip():
            return _present("GPU", ", ".join(result.stdout.split("\n")).strip(", "))
    return Finding("GPU", "absent", "none; only training would be faster with one")


def check_display(environment: Mapping[str, str] = os.environ) -> Finding:
    """A display for the simulator's window."""
    display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    if display:
        return _present("display", display)
    return Finding("display", "absent", "none; needed only for gui:=true")


CHECKS: tuple[Callable[[], Finding], ...] = (
    check_python,
    lambda: check_tool("C++ compiler", "c++", "g++", "clang++"),
    lambda: check_tool("CMake", "cmake"),
    check_disk,
    check_shared_memory,
    check_ros,
    check_workspace,
    check_messages,
    check_loopback,
    check_sockets,
    check_security,
    check_real_time,
    check_weights,
    check_video,
    check_gpu,
    check_display,
)


def _environment() -> dict[str, str]:
    try:
        return ros_environment()
    except InputError:
        return dict(os.environ)


def _child(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, env=_environment(), capture_output=True, text=True, timeout=CHILD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {CHILD_TIMEOUT_S:.0f} s")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
