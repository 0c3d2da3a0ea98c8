"""Bags of made-up runs whose every number is known, whole or broken in one way."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from touchloop.data.bag_types import MessageTypes
from touchloop.data.bag_writer import BagWriter
from touchloop.geometry.pose import quat_multiply, rotate
from touchloop.report.streams import SHARED
from touchloop.tasks import wipe

TICK_NS = 4_000_000
HOME = (0.0, -0.25, 0.0, -2.45, 0.0, 2.2, 0.785)
BIAS_Z_N = 1.75
PRESS_N = 5.0
TYPES = {
    "/clock": "rosgraph_msgs/msg/Clock",
    "/diagnostics": "diagnostic_msgs/msg/DiagnosticArray",
    "joint_states": "sensor_msgs/msg/JointState",
    "tcp_pose": "geometry_msgs/msg/PoseStamped",
    "target_pose": "geometry_msgs/msg/PoseStamped",
    "wrench": "geometry_msgs/msg/WrenchStamped",
    "wrench_bias": "geometry_msgs/msg/WrenchStamped",
    "camera/wrist/image_raw": "sensor_msgs/msg/Image",
    "camera/scene/image_raw": "sensor_msgs/msg/Image",
    "episode": "touchloop_msgs/msg/Episode",
    "task_state": "touchloop_msgs/msg/TaskState",
    "plan": "touchloop_msgs/msg/LatentPlan",
    "controller_state": "touchloop_msgs/msg/ControllerState",
    "heartbeat": "touchloop_msgs/msg/Heartbeat",
}
_TYPES = MessageTypes()
for _name in TYPES.values():
    _TYPES.ensure(_name)
_NEW = _TYPES.store.types


@dataclass
class Script:
    """What the run does.

    Attributes:
        seconds: Length of an episode; the tool presses in the middle 60 %.
        seeds: One episode each.
        leave_out: Topics without namespace that are not written.
        silent_s: No message of ``silent`` topics in this part of each episode.
        press_n: Force while pressing.
        nan_wrenches: Every hundredth wrench holds a NaN.
        namespace: Such as ``/left``.
        shared: Namespace of what several arms share; None for that of the arm.
        task: Its name.
        close: Whether the bag is closed.
        result: Whether there is a ``result.json``.
        progress: Reached while pressing.
        start_s: Stamp of the first message.
    """

    seconds: float = 2.0
    seeds: tuple[int, ...] = (7,)
    leave_out: Collection[str] = ()
    silent: Collection[str] = ()
    silent_s: tuple[float, float] = (0.0, 0.0)
    press_n: float = PRESS_N
    nan_wrenches: bool = False
    namespace: str = ""
    shared: str | None = None
    task: str = "wipe"
    close: bool = True
    result: bool = True
    progress: float = 0.93
    start_s: float = 0.04
    written: dict[str, list[int]] = field(default_factory=dict)
    """Filled by ``write_run``: stamps of each topic."""


def write_run(folder: Path, script: Script) -> Path:
    """Writes ``bag/`` and ``result.json`` into a folder and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(BagWriter(folder / "bag", _TYPES), script)
    for number, seed in enumerate(script.seeds):
        run.episode(number, seed)
    if script.close:
        run.bag.close()
    else:
        run.bag.flush()
        run.bag.abort()
    if script.result:
        rows = [_row(script, seed) for seed in script.seeds]
        (folder / "result.json").write_text(json.dumps({"task": script.task, "rows": rows}))
    return folder


def one_message(folder: Path, topic: str = "wrench", name: str = "") -> Path:
    """A run whose bag holds a single message of a topic's type, under that or another name."""
    message = {"wrench": lambda: _wrench(5 * TICK_NS, 1.0), "plan": lambda: _plan(5 * TICK_NS, 0)}[topic]()
    bag = BagWriter(folder / "bag", _TYPES)
    bag.add_topic(name or f"/{topic}", TYPES[topic])
    bag.write(name or f"/{topic}", 5 * TICK_NS, _bytes(message, TYPES[topic]))
    bag.close()
    return folder


def path_on_board(seed: int, share: float) -> np.ndarray:
    """TCP pose (7,) in base: above the seed's board, along its stroke while pressing."""
    board = wipe.sample_board(np.random.default_rng([seed, 0]))
    along = min(max((share - 0.2) / 0.6, 0.0), 1.0) * board.ink_length_m
    height = 0.0 if 0.2 <= share < 0.8 else 0.05
    heading = np.array([np.cos(board.ink_heading_rad), np.sin(board.ink_heading_rad)])
    point = np.array([*(board.ink_start + along * heading), height])
    position = board.pose_in_base[:3] + rotate(board.pose_in_base[3:], point)
    return np.concatenate([position, quat_multiply(board.pose_in_base[3:], np.array([1.0, 0.0, 0.0, 0.0]))])


class _Run:
    def __init__(self, bag: BagWriter, script: Script) -> None:
        self.bag, self.script = bag, script
        for name in TYPES:
            if name not in script.leave_out:
                bag.add_topic(self._topic(name), TYPES[name])
        self._start_ns = round(script.start_s * 1e9)

    def episode(self, number: int, seed: int) -> None:
        script = self.script
        ticks = round(script.seconds * 1e9 / TICK_NS)
        start_ns = self._start_ns
        self._start_ns += (ticks + 5) * TICK_NS
        board = wipe.sample_board(np.random.default_rng([seed, 0]))
        episode = _NEW[TYPES["episode"]]
        self._put("episode", 0.0, start_ns, lambda: episode(_header(start_ns), number, seed, script.task, "push"))
        plan = -1
        for tick in range(ticks):
            share, stamp_ns, time_s = tick / ticks, start_ns + tick * TICK_NS, tick * TICK_NS * 1e-9
            pressing = 0.2 <= share < 0.8
            force_n = script.press_n if pressing else 0.0
            tcp = path_on_board(seed, share)
            nan = script.nan_wrenches and tick % 100 == 50
            if tick and tick % 125 == 0:
                plan += 1
                self._put("plan", time_s, stamp_ns, lambda s=stamp_ns, p=plan: _plan(s, p))
            self._put("joint_states", time_s, stamp_ns, lambda s=stamp_ns: _joints(s))
            self._put("tcp_pose", time_s, stamp_ns, lambda s=stamp_ns, p=tcp: _pose_stamped(s, p))
            self._put("target_pose", time_s, stamp_ns, lambda s=stamp_ns, p=tcp: _pose_stamped(s, p))
            value = float("nan") if nan else BIAS_Z_N - force_n
            self._put("wrench", time_s, stamp_ns, lambda s=stamp_ns, v=value: _wrench(s, v))
            if tick == 20:
                self._put("wrench_bias", time_s, stamp_ns, lambda s=stamp_ns: _wrench(s, BIAS_Z_N))
            if tick % 5 == 0:
                state = _controller(stamp_ns, tick, force_n, 5.5 * pressing, plan, tick % 125)
                self._put("controller_state", time_s, stamp_ns, lambda m=state: m)
            if tick % 25 == 0 or tick == ticks - 1:
                acting = "arm" if 0.4 <= share < 0.5 else ""
                done = tick == ticks - 1
                progress = script.progress * min(max((share - 0.2) / 0.6, 0.0), 1.0)
                task = _task(script, stamp_ns, number, done, progress, force_n, board.pose_in_base, acting)
                self._put("task_state", time_s, stamp_ns, lambda m=task: m)
                for name, size in (("wrist", (8, 8)), ("scene", (12, 16))):
                    picture = _picture(stamp_ns, size, tick)
                    self._put(f"camera/{name}/image_raw", time_s, stamp_ns, lambda m=picture: m)
            if tick == 100:
                self._put("/diagnostics", time_s, stamp_ns, lambda s=stamp_ns: _warning(s))
            self._put("/clock", time_s, stamp_ns, lambda s=stamp_ns: _NEW[TYPES["/clock"]](_time(s)))

    def _put(self, name: str, time_s: float, stamp_ns: int, make: Callable[[], Any]) -> None:
        first_s, last_s = self.script.silent_s
        if name in self.script.leave_out or (name in self.script.silent and first_s <= time_s < last_s):
            return
        self.script.written.setdefault(self._topic(name), []).append(stamp_ns)
        self.bag.write(self._topic(name), stamp_ns, _bytes(make(), TYPES[name]))

    def _topic(self, name: str) -> str:
        script = self.script
        space = script.shared if script.shared is not None and name in SHARED else script.namespace
        return name if name.startswith("/") else f"{space}/{name}"


def _row(script: Script, seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "perturbation": "push",
        "success": True,
        "score": 1.0,
        "progress": script.progress,
        "in_band_ratio": 0.875,
        "peak_force_n": script.press_n,
        "duration_s": script.seconds,
    }


def _bytes(message: Any, msgtype: str) -> bytes:
    return bytes(_TYPES.store.serialize_cdr(message, msgtype))


def _time(stamp_ns: int) -> Any:
    return _NEW["builtin_interfaces/msg/Time"](stamp_ns // 10**9, stamp_ns % 10**9)


def _header(stamp_ns: int, frame: str = "base_link") -> Any:
    return _NEW["std_msgs/msg/Header"](_time(stamp_ns), frame)


def _vector(x: float, y: float, z: float) -> Any:
    return _NEW["geometry_msgs/msg/Vector3"](x, y, z)


def _pose(pose: np.ndarray) -> Any:
    values = [float(value) for value in pose]
    point = _NEW["geometry_msgs/msg/Point"](*values[:3])
    return _NEW["geometry_msgs/msg/Pose"](point, _NEW["geometry_msgs/msg/Quaternion"](*values[3:]))


def _pose_stamped(stamp_ns: int, pose: np.ndarray) -> Any:
    return _NEW["geometry_msgs/msg/PoseStamped"](_header(stamp_ns), _pose(pose))


def _wrench(stamp_ns: int, force_z_n: float) -> Any:
    wrench = _NEW["geometry_msgs/msg/Wrench"](_vector(0.0, 0.0, force_z_n), _vector(0.0, 0.0, 0.0))
    return _NEW["geometry_msgs/msg/WrenchStamped"](_header(stamp_ns, "ft_sensor"), wrench)


def _joints(stamp_ns: int) -> Any:
    names = [f"panda_joint{number}" for number in range(1, 8)]
    zeros = np.zeros(7)
    return _NEW["sensor_msgs/msg/JointState"](_header(stamp_ns), names, np.array(HOME), zeros, zeros)


def _plan(stamp_ns: int, sequence: int) -> Any:
    period = _NEW["builtin_interfaces/msg/Duration"](0, 40_000_000)
    latent = np.zeros(4, np.float32)
    pose = _pose(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]))
    return _NEW[TYPES["plan"]](_header(stamp_ns), sequence, "weights", pose, period, 8, 2, 2, latent)


def _controller(stamp_ns: int, tick: int, force_n: float, planned_n: float, plan: int, age_ticks: int) -> Any:
    mode = 0 if tick < 20 else 2 if plan < 0 else 1
    reason = {0: "measuring the wrench bias", 2: "no plan yet"}.get(mode, "")
    age_s = age_ticks * 0.004 if plan >= 0 else -1.0
    lateness_s = 1e-6 * (tick % 200)
    forces = (planned_n, force_n, 0.0)
    ages = (age_s, 0.0, 0.0, 0.0)
    return _NEW[TYPES["controller_state"]](
        _header(stamp_ns), mode, reason, tick, max(plan, 0), *ages, *forces, lateness_s, tick // 250
    )


def _task(
    script: Script,
    stamp_ns: int,
    number: int,
    done: bool,
    progress: float,
    force_n: float,
    object_in_world: np.ndarray,
    acting: str,
) -> Any:
    phase = "done" if done else "wipe" if force_n else "approach"
    return _NEW[TYPES["task_state"]](
        _header(stamp_ns, "world"),
        number,
        script.task,
        "",
        phase,
        done,
        done,
        1.0 if progress >= 0.9 else 0.0,
        progress,
        force_n,
        0.875,
        script.press_n,
        _pose(object_in_world),
        acting,
    )


def _picture(stamp_ns: int, size: tuple[int, int], tick: int) -> Any:
    rows, columns = size
    data = np.full(rows * columns * 3, tick % 256, np.uint8)
    return _NEW["sensor_msgs/msg/Image"](_header(stamp_ns), rows, columns, "rgb8", 0, 3 * columns, data)


def _warning(stamp_ns: int) -> Any:
    status = _NEW["diagnostic_msgs/msg/DiagnosticStatus"](1, "slow_planner", "plans come late", "", [])
    return _NEW["diagnostic_msgs/msg/DiagnosticArray"](_header(stamp_ns), [status])
