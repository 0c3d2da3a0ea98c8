"""The simulated bench as a node: cameras, arms and a skill server, in real time."""

import gc
import time
from collections.abc import Callable

from touchloop.errors import InputError
from touchloop.monitor.run.caps import Caps
from touchloop.monitor.run.skill_server import SkillServer
from touchloop.sim.camera_process import CameraProcess
from touchloop.sim.world import PERIOD_NS
from touchloop.tasks.workbench.bench import Workbench
from touchloop_nodes.bench_loop import BenchLoop
from touchloop_nodes.bench_parameters import declare_parameters
from touchloop_nodes.bench_services import BenchServices
from touchloop_nodes.bench_streams import CAMERAS, BenchStreams
from touchloop_nodes.cdr import NS_PER_S
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.watchdog import Watchdog

PICTURE_TICKS = 75
POLL_TICKS = 5


class BenchWorld(ManagedNode):
    """Owns the bench and ``/clock``; see docs/monitor.md for its topics and services."""

    def __init__(self) -> None:
        super().__init__("bench_world")
        declare_parameters(self.parameters)
        self._bench: Workbench | None = None
        self._server: SkillServer | None = None
        self._cameras: CameraProcess | None = None
        self._streams: BenchStreams | None = None
        self._loop: BenchLoop | None = None
        self._episode, self._start_ns, self._ticks = -1, 0, 0
        self._lost, self._wanted = "", False
        self._watchdog = Watchdog(self, self.parameters["monitor_timeout_s"])
        BenchServices(self, self)

    def on_configure_checked(self) -> None:
        """Make the simulation, its cameras and its publishers."""
        if self.lockstep:
            raise InputError("bench_world does not run in lock-step; expected lockstep: false")
        get = self.parameters
        caps = Caps.of(get["allowed_skills"], get["max_speed_m_s"], get["max_force_n"])
        self._bench = Workbench()
        self._bench.warm_up()
        # Goes on from the wall clock, so that time does not go back when the bench is started again.
        self._bench.world.tick = time.time_ns() // PERIOD_NS
        self._server = SkillServer(self._bench, get["backend"], caps)
        self._cameras = CameraProcess([camera.name for camera in CAMERAS], wrists=False)
        self._streams = BenchStreams(self)
        self._reset(get["seed"], get["failure"], get["failure_step"] if get["failure"] else 0)
        gc.collect()
        gc.freeze()

    def on_activate_checked(self) -> None:
        """Let the bench run."""
        self._loop = BenchLoop(self._tick, self.parameters["real_time_factor"], self._on_failure)

    def on_deactivate_checked(self) -> None:
        """Stop where it is."""
        if self._loop is not None:
            self._loop.close()
        self._loop = None

    def on_cleanup_checked(self) -> None:
        """Free the simulation."""
        self.on_deactivate_checked()
        for part in (self._streams, self._cameras, self._bench):
            if part is not None:
                part.close()
        self._streams = self._cameras = self._bench = self._server = None

    def diagnose(self) -> Diagnosis:
        """Real-time factor, what runs, and a lost monitor."""
        if self._loop is None or self._server is None:
            return Diagnosis(OK, "not active")
        values = {"episode": self._episode, **self._loop.figures()}
        values |= {"run": self._server.run, "number": self._server.number, "skill": self._server.skill}
        level = ERROR if self._loop.failure else WARN if self._lost else OK
        return Diagnosis(level, self._loop.failure or self._lost or "running", values)

    def with_server(self, function: Callable[[SkillServer], str]) -> str:
        """See ``ServedBench``."""
        loop, server = self._running()
        return loop.call(lambda: function(server))

    def reset(self, seed: int, failure: str, failure_step: int) -> tuple[int, int]:
        """See ``ServedBench``."""
        loop, _ = self._running()
        self._watchdog.watch("")
        loop.call(lambda: self._reset(seed, failure, failure_step))
        return self._episode, self._start_ns

    def watch(self, node: str) -> None:
        """See ``ServedBench``."""
        self._watchdog.watch(node)
        self._lost = ""

    def light(self, on: bool) -> None:
        """See ``ServedBench``."""
        loop, _ = self._running()
        loop.call(lambda: self._bench.light(on))

    def _running(self) -> tuple[BenchLoop, SkillServer]:
        if self._loop is None or self._server is None:
            raise InputError(f"{self.get_name()} is not active")
        return self._loop, self._server

    def _reset(self, seed: int, failure: str, failure_step: int) -> None:
        world = self._bench.world
        world.tick += NS_PER_S // PERIOD_NS
        self._server.reset(seed, failure, failure_step)
        self._episode += 1
        self._start_ns, self._ticks = world.stamp_ns, 0
        self._streams.begin(self._start_ns, self._episode, seed, self._bench.view())

    def _tick(self) -> None:
        if self._ticks % POLL_TICKS == 0 and self._server.run and (problem := self._watchdog.problem()):
            if self._server.busy:
                self._lost = f"{problem}: the arms stop where they stand"
                self.get_logger().error(self._lost)
            self._server.abandon()
        tick = self._server.tick()
        self._ticks += 1
        world = self._bench.world
        self._streams.tick(world.stamp_ns, self._episode, tick, self._server)
        self._wanted = self._wanted or tick.done or self._ticks % PICTURE_TICKS == 1
        if self._ticks % POLL_TICKS == 0:
            self._look(world.stamp_ns)

    def _look(self, stamp_ns: int) -> None:
        """Pictures every 0.3 s and when a skill ends; rendered in another process."""
        pictures = self._cameras.poll()
        if pictures is not None and pictures.stamp_ns > self._start_ns:
            self._streams.pictures(pictures)
        if self._wanted:
            self._wanted = not self._cameras.request(stamp_ns, self._bench.world.scene_state())

    def _on_failure(self, text: str) -> None:
        self.get_logger().error(text)
        self.stop.request(1)


def main() -> None:
    """Run the node."""
    run_node(BenchWorld)


if __name__ == "__main__":
    main()
