"""Follows a bench through its messages: state, scene and the camera behind the board become ``Sensed``."""

from typing import Any

import numpy as np

from touchloop.errors import InputError
from touchloop.monitor.evidence.geometry import CLEAN_INK_SHARE, tcp_in_world
from touchloop.monitor.evidence.sensed import Sensed
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.run.bench_messages import SensedReader, nanoseconds_of
from touchloop.monitor.run.ink_watch import InkWatch
from touchloop.monitor.run.seen_facts import seen_facts
from touchloop.sim.world import PERIOD_S

MOST_HELD_S = 1.0
"""A picture comes each 0.3 s, and one when a skill ends."""


class BenchListener:
    """What has been heard of a bench.

    Attributes:
        sensed: the newest state; None before the first.
        episode: of it.
        owner: the run that has the arms, in it.
        stamp_ns: of it.
        fault: what is wrong with what comes; empty if nothing.
    """

    def __init__(self) -> None:
        self.episode, self.owner, self.stamp_ns = -1, 0, 0
        self.sensed: Sensed | None = None
        self.fault = ""
        self._reader, self._ink = SensedReader(), InkWatch()
        self._box_rest_z = 0.0
        self._wipe, self._wiped_s = (0, 0), 0.0

    @property
    def facts(self) -> SceneFacts:
        """Of the scene as it is seen now."""
        if self.sensed is None:
            return SceneFacts()
        left, right = (tcp_in_world(o.tcp_in_base, arm) for arm, o in enumerate(self.sensed.observations))
        share = self._ink.share
        clean = None if share is None else share <= CLEAN_INK_SHARE
        return seen_facts(self.sensed, (left, right), self._box_rest_z, clean)

    def scene(self, scene: Any) -> None:
        """A BenchScene: another episode begins."""
        self._reader.scene, self._ink = scene, InkWatch()

    def state(self, state: Any, run: int) -> tuple[Sensed, float] | None:
        """A BenchState: what is sensed by a run, and the time since the last one [s]; None if it is of no use.

        Args:
            state: as it came.
            run: whose skills are told; 0 for nobody's.
        """
        try:
            sensed = self._reader.read(state, run, self._ink.share, self._held(state, run))
        except (InputError, ValueError) as error:
            self.fault = str(error)
            return None
        if sensed is None:
            return None
        fresh = state.episode != self.episode or self.sensed is None
        dt_s = PERIOD_S if fresh or self.sensed is None else max(sensed.time_s - self.sensed.time_s, PERIOD_S)
        if fresh:
            self._box_rest_z = float(sensed.view.box[2])
        self.fault, self.owner = "", state.run
        self.sensed, self.episode, self.stamp_ns = sensed, state.episode, nanoseconds_of(state.header.stamp)
        return sensed, dt_s

    def picture(self, image: Any) -> None:
        """An Image of the camera behind the board."""
        scene, sensed = self._reader.scene, self.sensed
        if scene is None or sensed is None or scene.episode != self.episode:
            return
        time_s = 1e-9 * (nanoseconds_of(image.header.stamp) - nanoseconds_of(scene.header.stamp))
        if image.encoding != "rgb8" or len(image.data) != 3 * image.width * image.height:
            self.fault = f"camera/back/image_raw is {image.encoding}, {len(image.data)} bytes; expected rgb8"
        elif time_s >= 0.0:
            picture = np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)
            self._ink.look(picture, time_s, sensed.view.board, sensed.view.lit)

    def _held(self, state: Any, run: int) -> bool:
        """A wipe has ended for the program once a camera has looked at the board since, or does not come to it."""
        if state.skill != "wipe" or not state.done or state.run != run:
            return False
        if (state.run, state.number) != self._wipe:
            self._wipe, self._wiped_s = (state.run, state.number), state.time_s
            self._ink.wiped(state.time_s)
        return self._ink.looked_s < self._wiped_s - 1e-6 and state.time_s - self._wiped_s < MOST_HELD_S
