"""A whole simulated arm at work, started as a user starts it, and an observer of what it does and says."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from geometry_msgs.msg import TwistStamped
from node_processes import Observer, Processes, text_of, wait_until
from nodes_under_test import stamp_ns
from touchloop_msgs.msg import ControllerState, Episode, Hold, TaskState

from touchloop.control.deadline import prefer_all_threads
from touchloop.geometry.pose import rotate
from touchloop_nodes.cdr import StampedDoubles

OBSERVER_PRIORITY = 3
EARLY_PROGRESS = 0.6
EARLY_NS = 10_000_000_000
"""Of an episode that does not end within the next seconds."""
FOLLOW = ControllerState.FOLLOW
read_twist = StampedDoubles(6).stamp_and_values
Heard = list[tuple[float, Any]]


class WipingRun:
    """``touchloop launch sim.launch.xml`` with many episodes. Instants are stamps in simulated time [ns]."""

    def __init__(self, processes: Processes, observer: Observer, folder: Path, *words: str) -> None:
        self.observer, self.folder = observer, folder
        self.kills_ns: dict[str, int] = {}
        self.states: Heard = observer.listen(ControllerState, "controller_state")
        self.tasks: Heard = observer.listen(TaskState, "task_state")
        self.twists: list[bytes] = []
        observer.node.create_subscription(TwistStamped, "tcp_twist", self.twists.append, 100, raw=True)
        self.episodes: Heard = observer.listen(Episode, "episode")
        self.holds: Heard = observer.listen(Hold, "hold")
        # On a machine with too much to do an observer that hears late would take its own delay for the arm's.
        prefer_all_threads(OBSERVER_PRIORITY)
        command = (sys.executable, "-m", "touchloop.cli.main", "launch", "sim.launch.xml", f"run_dir:={folder}")
        self.launch = processes.start(*command, *words)

    @property
    def bag(self) -> Path:
        return self.folder / "bag"

    def text(self) -> str:
        return text_of(self.launch)

    def pid(self, name: str) -> int:
        return int(re.findall(rf"{name} started, pid (\d+)", self.text())[-1])

    def until(self, condition: Callable[[], Any], timeout_s: float, what: str) -> None:
        """As the observer's, but an error shows what the nodes wrote."""
        try:
            self.observer.until(condition, timeout_s, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text()}") from error

    def until_wiping(self, timeout_s: float = 90.0) -> None:
        """Waits until the tool has wiped undisturbed for half a second."""

        def undisturbed() -> bool:
            state, task = self.states[-1][1], self.tasks[-1][1]
            now_s = time.monotonic()
            recent = [message.mode for when, message in self.states if now_s - when < 0.5]
            fresh = now_s - self.tasks[-1][0] < 0.2
            early = self.now_ns - stamp_ns(self.episodes[-1][1]) < EARLY_NS and task.progress < EARLY_PROGRESS
            wiping = task.phase == "wipe" and state.force_n > 2.0
            return fresh and early and wiping and len(recent) > 10 and set(recent) == {FOLLOW}

        self.until(lambda: self.states and self.tasks and self.episodes and undisturbed(), timeout_s, "wiping")

    def forget(self) -> None:
        for heard in (self.states, self.tasks, self.twists, self.holds):
            heard.clear()

    @property
    def now_ns(self) -> int:
        """Newest stamp heard."""
        return read_twist(self.twists[-1])[0] if self.twists else -1

    def kill(self, name: str) -> int:
        """Kills a node and returns the last stamp before."""
        pid = self.pid(name)
        self._catch_up()
        before_ns = self.now_ns
        os.kill(pid, signal.SIGKILL)
        self.forget()
        self.kills_ns[name] = before_ns
        return before_ns

    def _catch_up(self) -> None:
        """Returns when the newest message is one that was waited for, so that no newer one is queued."""
        deadline_s = time.monotonic() + 5.0
        while time.monotonic() < deadline_s:
            heard, began_s = len(self.twists), time.monotonic()
            self.observer.executor.spin_once(timeout_sec=0.02)
            if len(self.twists) > heard and time.monotonic() - began_s > 0.001:
                return
        raise AssertionError("the observer is too slow for the messages that it gets")

    def speed_along_surface_m_s(self, from_ns: int, to_ns: int) -> np.ndarray:
        """Of each tick in that time."""
        board = self.tasks[-1][1].object_pose.orientation
        normal = rotate(np.array([board.x, board.y, board.z, board.w]), np.array([0.0, 0.0, 1.0]))
        speeds = []
        for stamp, twist in map(read_twist, self.twists):
            if from_ns < stamp <= to_ns:
                v = twist[:3]
                speeds.append(np.linalg.norm(v - (v @ normal) * normal))
        return np.array(speeds)

    def until_holding(self) -> None:
        self.until(lambda: self.states and self.states[-1][1].mode != FOLLOW, 5.0, "the end of FOLLOW")

    def until_follow(self) -> None:
        self.until_holding()
        self.until(lambda: self.states[-1][1].mode == FOLLOW, 60.0, "FOLLOW")

    def reasons(self) -> str:
        """All that hold and controller_state said since the kill."""
        return "\n".join(message.reason for _, message in [*self.holds, *self.states])

    def peak_force_n(self) -> float:
        return max(message.peak_force_n for _, message in self.tasks)

    def episodes_done(self) -> int:
        return len(re.findall(r"\[task_runner\].*success: score", self.text()))

    def end(self) -> None:
        for task in Path("/proc/self/task").iterdir():
            os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))
        if self.launch.poll() is not None:
            return
        os.kill(self.launch.pid, signal.SIGINT)
        wait_until(lambda: self.launch.poll() is not None, 30.0, "the end of the launch")
