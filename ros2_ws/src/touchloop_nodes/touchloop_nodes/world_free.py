"""Runs the world freely: on wall-clock deadlines, in a thread of its own."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from touchloop.control.deadline import DeadlineLoop, prefer_all_threads, prefer_this_thread
from touchloop.sim.camera_process import CameraFailure, CameraProcess
from touchloop.sim.observation import Observation
from touchloop.sim.world import CAMERA_TICKS, PERIOD_S
from touchloop.tasks.session import Session
from touchloop_nodes.owned_input import OwnedInput
from touchloop_nodes.world_streams import WorldStreams
from touchloop_nodes.world_targets import offer_joints, offer_pose

T = TypeVar("T")

PRIORITY = 5
SETTLE_S = 0.05
"""Pause between the news of an episode and its first tick, so that everybody hears the news first."""
CALL_TIMEOUT_S = 5.0


class FreeRunningWorld:
    """Advances ``session`` by one tick each period / real-time factor and publishes it.

    Args:
        on_news: called from the loop's thread with (is it an error, text) when something begins or ends to be wrong.

    Attributes:
        inputs: targets of each arm; taken from until the loop ends.
    """

    def __init__(
        self,
        session: Session,
        streams: WorldStreams,
        cameras: CameraProcess,
        real_time_factor: float,
        on_news: Callable[[bool, str], None],
    ) -> None:
        self._session, self._streams, self._cameras = session, streams, cameras
        self._period_s = PERIOD_S / real_time_factor
        self._loop = DeadlineLoop(self._period_s)
        self._offer = offer_joints if session.drive == "joints" else offer_pose
        self._on_news = on_news
        self._calls: deque[Callable[[], None]] = deque()
        self.inputs: Sequence[OwnedInput] = ()
        self._first: tuple[Observation, ...] | None = None
        self._steps_left = 0
        self._on_stepped: Callable[[], None] | None = None
        self._fresh = True
        self._refused = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="world", daemon=True)
        self.paused = False
        self.scheduling = ""
        self.failure = ""
        self.real_time_factor = 0.0
        self._real_time = real_time_factor <= 1.0
        self._thread.start()
        if self._real_time:
            prefer_all_threads(PRIORITY - 1)

    def close(self) -> None:
        """Ends the loop."""
        self._ended.set()
        self._thread.join(timeout=CALL_TIMEOUT_S)

    @property
    def problem(self) -> str:
        """What is wrong now; empty if nothing."""
        strangers = "; ".join(filter(None, (source.strangers for source in self.inputs)))
        if self.failure or strangers or self._fresh:
            return self.failure or strangers
        return "no fresh target_pose: the arm stops"

    def figures(self) -> dict[str, object]:
        """For diagnostics."""
        timing, session = self._loop.timing(), self._session
        return {
            "episode": session.episode,
            "real_time_factor": self.real_time_factor,
            "tick_lateness_p99_s": timing.lateness_p99_s,
            "missed_ticks": timing.missed_ticks,
            "scheduling": self.scheduling,
            "refused_targets": session.refused_targets,
            "last_refusal": session.refusal,
            "camera_restarts": self._cameras.restarts,
            "skipped_pictures": self._cameras.skipped,
        }

    def call(self, function: Callable[[], T]) -> T:
        """Runs a function between two ticks and returns its result; its exceptions come through."""
        done = threading.Event()
        outcome: dict[str, Any] = {}

        def run() -> None:
            try:
                outcome["result"] = function()
            except Exception as error:  # noqa: BLE001 raised again in the caller's thread
                outcome["error"] = error
            done.set()

        self._calls.append(run)
        if not done.wait(CALL_TIMEOUT_S):
            raise RuntimeError(f"the world's loop did not answer within {CALL_TIMEOUT_S:g} s")
        if "error" in outcome:
            raise outcome["error"]
        return outcome["result"]

    def reset(self, seed: int, perturbation: str) -> None:
        """Begins an episode."""
        self.call(lambda: self._reset(seed, perturbation))

    def step(self, ticks: int, on_stepped: Callable[[], None]) -> None:
        """Advances a paused world by some ticks, then calls back from the loop's thread."""

        def begin() -> None:
            self._steps_left, self._on_stepped = ticks, on_stepped

        self.call(begin)

    def _reset(self, seed: int, perturbation: str) -> None:
        self._first = self._session.reset(seed, perturbation)
        self._streams.publish_episode()
        self._fresh = True
        self._loop.restart(self._period_s, first_in_s=SETTLE_S)
        self._counted_from = (time.monotonic(), self._session.now_ns)

    def _run(self) -> None:
        self.scheduling = prefer_this_thread(PRIORITY) if self._real_time else "normal"
        while not self._ended.is_set():
            self._loop.wait()
            while self._calls:
                self._calls.popleft()()
            stepping = self._steps_left > 0
            if self._session.episode < 0 or (self.paused and not stepping):
                continue
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 whatever it is, the node must say so and go to its end
                self.failure = f"the simulation failed: {type(error).__name__}: {error}"
                self._on_news(True, self.failure)
                return
            if stepping:
                self._count_step()

    def _tick(self) -> None:
        session, streams = self._session, self._streams
        for arm, source in enumerate(self.inputs):
            for data in source.take():
                self._offer(session, arm, data)
        first, self._first = self._first, None
        seen = session.step() if first is None else first
        streams.publish_sensors(seen)
        streams.publish_clock(session.now_ns)
        self._pictures()
        self._watch_target()
        self._measure_factor()

    def _pictures(self) -> None:
        world = self._session.environment.world
        try:
            if world.ticks_since_reset % CAMERA_TICKS == 0:
                self._cameras.request(world.stamp_ns, world.scene_state())
            pictures = self._cameras.poll()
        except CameraFailure as error:
            raise RuntimeError(str(error)) from error
        if pictures is not None and pictures.stamp_ns >= self._session.start_ns:
            self._streams.publish_pictures(pictures)

    def _watch_target(self) -> None:
        fresh = self._session.target_is_fresh
        if fresh != self._fresh and self._session.environment.time_s > 1.0:
            self._fresh = fresh
            self._on_news(not fresh, self.problem or "target_pose is back")
        if self._session.refused_targets != self._refused:
            if self._refused == 0:
                self._on_news(True, f"refused: {self._session.refusal}")
            self._refused = self._session.refused_targets

    def _measure_factor(self) -> None:
        wall_s, sim_ns = self._counted_from
        passed_s = time.monotonic() - wall_s
        if passed_s >= 1.0:
            self.real_time_factor = (self._session.now_ns - sim_ns) * 1e-9 / passed_s
            self._counted_from = (time.monotonic(), self._session.now_ns)

    def _count_step(self) -> None:
        self._steps_left -= 1
        if self._steps_left == 0 and self._on_stepped is not None:
            on_stepped, self._on_stepped = self._on_stepped, None
            on_stepped()
