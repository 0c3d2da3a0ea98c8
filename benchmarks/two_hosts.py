"""Planner on one host, arm, controller and supervisor on another; the link between them is bad, and is cut in contact.

    sudo .venv/bin/python benchmarks/two_hosts.py [--loss 0.02] [--delay-s 0.01] [--discovery server] [--json FILE]

Both hosts are made on this machine with Linux namespaces (touchloop/deploy/virtual_host.py). Each cut begins while the
tool wipes undisturbed. ``for good`` is watched for ``--for-good-s`` seconds. Exit code 1 if a cut was not borne safely.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import tyro
from rich import box
from rich.console import Console
from rich.table import Table

from touchloop.control.ladder import Mode
from touchloop.deploy.network import Network
from touchloop.deploy.virtual_host import VirtualHost
from touchloop.deploy.virtual_link import Quality, VirtualLink
from touchloop.errors import InputError
from touchloop.launching.environment import ros_environment
from touchloop.launching.own_command import launch_command

INTERFACE = "link0"
FORCE_CAP_N = 25.0
"""The supervisor's limit, config/safety_supervisor.yaml."""
LOWER_M, UPPER_M = np.array([0.25, -0.35, 0.12]), np.array([0.75, 0.35, 0.60])
"""The workspace of the same file."""
MARGIN_M = 0.03
STILL_M_S = 0.02
MOVING_M_S = 0.04
"""Wiping it moves at 0.055 m/s."""
HOLD_LIMIT_S = 0.2
"""Safe hold after a fault that needs one."""
UNDISTURBED_S = 0.5
EARLY_PROGRESS = 0.5
START_S, EPISODE_S, RESUME_S = 120.0, 90.0, 60.0


@dataclass(frozen=True)
class Outcome:
    """What one cut did; times from the moment of the cut, ``resumed_s`` from its end."""

    cut_s: float | None
    """None for one that did not end."""
    held_s: float
    """Until the controller left FOLLOW; all of the time that was watched if it never did."""
    still_s: float
    """Until the tool stood still along the surface and stayed so."""
    max_force_n: float
    outside_m: float
    """How far the TCP was outside of the workspace; 0 inside."""
    lifted: bool
    """Whether it lifted off in the end."""
    resumed_s: float | None
    """From the link's return until it followed again; None if the link did not return."""
    reason: str

    @property
    def safe(self) -> bool:
        """Held in time, never too hard, never outside, and on again where the link was."""
        bounded = self.max_force_n < FORCE_CAP_N and self.outside_m <= MARGIN_M
        resumed = self.resumed_s is None or self.resumed_s < RESUME_S
        return self.held_s <= HOLD_LIMIT_S and bounded and resumed


class Cell:
    """Both hosts at work, and what the arm does."""

    def __init__(
        self, hosts: tuple[VirtualHost, VirtualHost], link: VirtualLink, watch: "subprocess.Popen[str]"
    ) -> None:
        self.hosts, self.link, self._watch = hosts, link, watch
        self.lines: list[dict] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._watch.stdout is not None
        for text in self._watch.stdout:
            self.lines.append(json.loads(text))

    def until(self, condition: Callable[[], bool], patience_s: float, what: str) -> float:
        """Wait; return the time that it took [s].

        Raises:
            InputError: it did not happen in time.
        """
        began_s, pause = time.monotonic(), threading.Event()
        while not condition():
            if time.monotonic() - began_s > patience_s:
                newest = self.lines[-1] if self.lines else "nothing heard"
                raise InputError(f"waited {patience_s:.0f} s in vain for {what}; newest: {newest}")
            pause.wait(0.005)
        return time.monotonic() - began_s

    def wiping(self) -> bool:
        """Whether it has wiped undisturbed for a while, with enough of the episode left."""
        now_s, lines = time.monotonic(), self.lines[-100:]
        recent = [line for line in lines if now_s - line["t_s"] < UNDISTURBED_S]
        if len(recent) < 10 or {line["mode"] for line in recent} != {Mode.FOLLOW}:
            return False
        newest = recent[-1]
        moving = newest["speed_m_s"] > MOVING_M_S
        return (
            newest["phase"] == "wipe" and newest["progress"] < EARLY_PROGRESS and newest["pressed_n"] > 2.0 and moving
        )

    def cut(self, seconds: float, for_good: bool) -> Outcome:
        """Cut the link in contact, for so long, and tell what came of it."""
        self.until(self.wiping, EPISODE_S, "wiping")
        begin_s = time.monotonic()
        self.link.connected = False
        self.until(lambda: time.monotonic() - begin_s > seconds, seconds + 1.0, "the end of the cut")
        end_s, resumed_s = time.monotonic(), None
        if not for_good:
            self.link.connected = True
            try:
                resumed_s = self.until(lambda: self.lines[-1]["mode"] == Mode.FOLLOW, RESUME_S, "FOLLOW")
            except InputError:
                resumed_s = RESUME_S
        during = [line for line in self.lines if begin_s <= line["t_s"] <= end_s + (resumed_s or 0.0)]
        cut = [line for line in during if line["t_s"] <= end_s]
        held = next((line for line in cut if line["mode"] != Mode.FOLLOW), None)
        moving = [
            line["t_s"] - begin_s for line in cut if line["speed_m_s"] > STILL_M_S and line["mode"] != Mode.RETRACT
        ]
        tcp_m = np.array([line["tcp_in_base_m"] for line in during])
        return Outcome(
            cut_s=None if for_good else seconds,
            held_s=held["t_s"] - begin_s if held else end_s - begin_s,
            still_s=max(moving, default=0.0),
            max_force_n=max(line["force_n"] for line in during),
            outside_m=float(max(np.max(LOWER_M - tcp_m), np.max(tcp_m - UPPER_M), 0.0)),
            lifted=any(line["mode"] == Mode.RETRACT for line in cut),
            resumed_s=resumed_s,
            reason=held["reason"] if held else "",
        )

    def undisturbed(self, seconds: float) -> dict[str, float]:
        """How the bad link does with nothing cut: the share of the time that it was not held, and plans' age at use."""
        began_s = time.monotonic()
        self.until(lambda: time.monotonic() - began_s > seconds, seconds + 1.0, "time to pass")
        lines = [line for line in self.lines if line["t_s"] > began_s and line["phase"] == "wipe" and not line["done"]]
        ages_s = [line["plan_age_s"] for line in lines if line["mode"] == Mode.FOLLOW]
        return {
            "wiping_s": len(lines) / 50.0,
            "following": len(ages_s) / max(len(lines), 1),
            "plan_age_p50_s": float(np.median(ages_s)) if ages_s else float("nan"),
            "plan_age_max_s": max(ages_s, default=float("nan")),
        }


@contextmanager
def cell(
    folder: Path, quality: Quality, discovery: Literal["peers", "server"], heartbeat_timeout_s: float
) -> Iterator[Cell]:
    """Both hosts with their nodes; all end with the block."""
    with ExitStack() as stack:
        robot = stack.enter_context(VirtualHost("robot", "10.79.0.1/24"))
        workstation = stack.enter_context(VirtualHost("workstation", "10.79.0.2/24"))
        link = stack.enter_context(VirtualLink((robot, workstation), INTERFACE, quality))
        environments = []
        for host, other in ((robot, workstation), (workstation, robot)):
            server = f"{robot.ip}:11811" if discovery == "server" else ""
            peers = (other.ip,) if discovery == "peers" else ()
            network = Network((INTERFACE,), peers, discovery, server)
            network.write(folder / host.name)
            own = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "ROS_LOG_DIR": str(folder / "ros_log")}
            environments.append(ros_environment() | network.environment(folder / host.name) | own)
        if discovery == "server":
            words = ("fastdds", "discovery", "-i", 0, "-l", robot.ip, "-p", 11811)
            robot.start(*words, log=folder / "server.log", environment=environments[0])
        values = {"planner": False, "safety": True, "episodes": 1000, "run_dir": folder / "run"}
        values["heartbeat_timeout_s"] = heartbeat_timeout_s
        robot.start(*launch_command("sim.launch.xml", values), log=folder / "robot.log", environment=environments[0])
        workstation.start(
            *launch_command("planner.launch.xml", {}), log=folder / "workstation.log", environment=environments[1]
        )
        watch = subprocess.Popen(
            robot.command(sys.executable, Path(__file__).with_name("two_hosts_watch.py")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environments[0],
        )
        running = Cell((robot, workstation), link, watch)
        running.until(lambda: bool(running.lines), START_S, "the controller's first word")
        yield running


def main(
    loss: float = 0.02,
    delay_s: float = 0.01,
    jitter_s: float = 0.005,
    cuts_s: tuple[float, ...] = (1.0, 10.0),
    for_good_s: float = 40.0,
    discovery: Literal["peers", "server"] = "peers",
    heartbeat_timeout_s: float = 0.12,
    undisturbed_s: float = 20.0,
    log_dir: Path | None = None,
    json_file: Path | None = None,
) -> int:
    """Measure.

    Args:
        loss: share of the frames that the link loses, each way.
        delay_s: of each frame, each way.
        jitter_s: and up to so much more.
        cuts_s: lengths of the cuts.
        for_good_s: how long the last cut, which does not end, is watched; 0: none.
        discovery: how the hosts find each other.
        heartbeat_timeout_s: silence of the planner that means hold.
        undisturbed_s: how long to watch before the first cut.
        log_dir: keep what the nodes wrote here.
        json_file: write the figures here.
    """
    console = Console(width=110)
    with ExitStack() as stack:
        folder = log_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        quality = Quality(delay_s, jitter_s, loss)
        running = stack.enter_context(cell(folder, quality, discovery, heartbeat_timeout_s))
        running.until(running.wiping, START_S, "wiping")
        before = running.undisturbed(undisturbed_s)
        outcomes = [running.cut(seconds, for_good=False) for seconds in cuts_s]
        if for_good_s > 0.0:
            outcomes.append(running.cut(for_good_s, for_good=True))
        carried, lost = running.link.carried, running.link.lost
    table = Table(
        title=f"{1e3 * delay_s:g} to {1e3 * (delay_s + jitter_s):g} ms, {100 * loss:g} % lost, found by {discovery}",
        box=box.SIMPLE,
        caption="held: until the controller held; still: until the tool stood below 0.02 m/s along the surface;\n"
        "resumed: from the link's return until it followed again; s",
    )
    for heading in ("cut", "held", "still", "max force N", "outside m", "lifted off", "resumed", "safe"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in outcomes:
        cut = "for good" if one.cut_s is None else f"{one.cut_s:g} s"
        resumed = "" if one.resumed_s is None else f"{one.resumed_s:.2f}"
        figures = (f"{one.held_s:.3f}", f"{one.still_s:.3f}", f"{one.max_force_n:.1f}", f"{one.outside_m:.3f}")
        table.add_row(cut, *figures, "yes" if one.lifted else "no", resumed, "yes" if one.safe else "NO")
    console.print(table)
    console.print(
        f"before the cuts: followed {100 * before['following']:.1f} % of {before['wiping_s']:.1f} s of wiping, "
        f"plans {before['plan_age_p50_s']:.2f} s old (median; at most {before['plan_age_max_s']:.2f}); "
        f"{carried} frames carried, {lost} lost"
    )
    if json_file is not None:
        rows = [asdict(one) | {"safe": one.safe} for one in outcomes]
        json_file.write_text(json.dumps({"before": before, "cuts": rows}, indent=2) + "\n")
    return 0 if all(one.safe for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
