"""Runs the world in lock-step: each tick waits for every arm's target pose made from it. No thread, no clock."""

import time
from collections.abc import Callable
from typing import TypeVar

from touchloop.arm_names import in_arm
from touchloop.errors import InputError
from touchloop.sim.camera_process import CameraProcess
from touchloop.sim.observation import Observation
from touchloop.sim.world import CAMERA_TICKS
from touchloop.tasks.session import Session
from touchloop_nodes.cdr import stamp_of
from touchloop_nodes.world_streams import WorldStreams
from touchloop_nodes.world_targets import offer_joints, offer_pose

T = TypeVar("T")


class LockstepWorld:
    """Advances ``session`` when ``take_target`` has brought every arm's answer to the tick that was published last.

    All methods are to be called from one thread. When an episode is done the world pauses by itself, so that the
    number of ticks does not depend on who resets it when.

    Args:
        ready: says who has not connected yet, empty when all have; the first tick waits for that.
        on_news: called with (is it an error, text).
        describe_peers: says who is there, for the error when nobody answers.
    """

    def __init__(
        self,
        session: Session,
        streams: WorldStreams,
        cameras: CameraProcess,
        peer_timeout_s: float,
        ready: Callable[[], str],
        describe_peers: Callable[[], str],
        on_news: Callable[[bool, str], None],
    ) -> None:
        self._session, self._streams, self._cameras = session, streams, cameras
        self._offer = offer_joints if session.drive == "joints" else offer_pose
        self._timeout_s = peer_timeout_s
        self._ready, self._describe_peers, self._on_news = ready, describe_peers, on_news
        self._first: tuple[Observation, ...] | None = None
        self._arms = session.environment.task.arms
        self._unanswered = set(range(len(self._arms)))
        self._done = False
        self._paused = False
        self._steps_left = 0
        self._on_stepped: Callable[[], None] | None = None
        self._waiting_since_s = time.monotonic()
        self._silent = False
        self.refusals = 0

    def close(self) -> None:
        """Nothing to end."""

    @property
    def paused(self) -> bool:
        """Whether a person paused it."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        if not paused:
            self._done = False
            self._advance()

    def reset(self, seed: int, perturbation: str) -> None:
        """Begins an episode; its first tick follows as soon as all peers are connected."""
        self._first = self._session.reset(seed, perturbation)
        self._cameras.drop_pending()
        self._unanswered, self._done = set(range(len(self._arms))), False
        self._waiting_since_s = time.monotonic()
        self._streams.publish_episode()

    def call(self, function: Callable[[], T]) -> T:
        """Runs a function between two ticks, that is, now."""
        return function()

    def step(self, ticks: int, on_stepped: Callable[[], None]) -> None:
        """Advances a paused world by some ticks, then calls back."""
        if self._unanswered:
            raise InputError("the last tick has not been answered yet; try again when the controller is there")
        self._steps_left, self._on_stepped = ticks, on_stepped
        self._advance()

    def take_target(self, arm: int, data: bytes) -> None:
        """An arm's serialised target pose came; one that is refused counts as an answer, and the target stays."""
        stamp_ns, session = stamp_of(data), self._session
        if self._first is not None or arm not in self._unanswered or stamp_ns != session.now_ns:
            return
        if not self._offer(session, arm, data):
            self.refusals += 1
            if self.refusals == 1:
                self._on_news(True, f"refused: {session.refusal}")
        if self._silent:
            self._silent = False
            self._on_news(False, "the answer came; going on")
        self._unanswered.remove(arm)
        self._done = self._done or session.environment.state.done
        self._advance()

    def check(self) -> None:
        """To be called a few times a second: begins when all are connected, complains when nobody answers."""
        if self._first is not None:
            missing = self._ready()
            if not missing:
                first, self._first = self._first, None
                self._publish(first)
            else:
                self._complain(f"the first tick waits for {missing}")
        elif self._session.episode >= 0 and self._unanswered:
            topics = ", ".join(in_arm(self._arms[arm], "target_pose") for arm in sorted(self._unanswered))
            self._complain(f"no {topics} for {self._session.now_ns * 1e-9:.3f} s; {self._describe_peers()}")

    def _complain(self, problem: str) -> None:
        if not self._silent and time.monotonic() - self._waiting_since_s > self._timeout_s:
            self._silent = True
            self._on_news(True, f"{problem}; paused until then")

    def _advance(self) -> None:
        stepping = self._steps_left > 0
        if self._unanswered or ((self._paused or self._done) and not stepping):
            return
        self._unanswered = set(range(len(self._arms)))
        self._publish(self._session.step())
        if stepping:
            self._steps_left -= 1
            if self._steps_left == 0 and self._on_stepped is not None:
                on_stepped, self._on_stepped = self._on_stepped, None
                on_stepped()

    def _publish(self, seen: tuple[Observation, ...]) -> None:
        world, streams, stamp_ns = self._session.environment.world, self._streams, self._session.now_ns
        self._waiting_since_s = time.monotonic()
        pictures_due = world.ticks_since_reset % CAMERA_TICKS == 0
        if pictures_due:
            self._cameras.request(stamp_ns, world.scene_state())
        streams.publish_sensors(seen)
        if pictures_due:
            streams.publish_pictures(self._cameras.wait())
        streams.publish_clock(stamp_ns)
