"""An episode in process: world, task, perturbations and, if asked for, pictures. The world node runs the same code."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np

from touchloop.errors import InputError
from touchloop.sim.appearance import Appearance
from touchloop.sim.cameras import WRIST_CAMERA, Renderer
from touchloop.sim.observation import Observation
from touchloop.sim.world import CAMERA_TICKS, PERIOD_S, World
from touchloop.tasks.perturbation import Event, PerturbationSchedule, checked_kind
from touchloop.tasks.registry import checked_task


class Environment:
    """``reset`` with a seed, ``step`` with target poses, ``state`` for the score.

    Args:
        task: name of the task.
        pictures: put the wrist cameras' pictures into the observations on their ticks, rendered in this process (the
            world node uses a child process instead). Without, ``render`` gives single ones.
        gui: open PyBullet's window.

    Attributes:
        state: score and phase after the last tick.
        variant: of this episode; empty where the task has none.
    """

    def __init__(self, task: str, pictures: bool = False, gui: bool = False) -> None:
        self.task = checked_task(task)
        self.world = World(gui=gui)
        self._pictures = pictures
        self._renderer: Renderer | None = None

    def close(self) -> None:
        """Frees the physics clients."""
        self.world.close()
        if self._renderer is not None:
            self._renderer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reset(self, seed: int, perturbation: str = "none") -> tuple[Observation, ...]:
        """Builds the episode that ``seed`` and ``perturbation`` name and returns the first observation of each arm."""
        if seed < 0:
            raise InputError(f"seed {seed}: expected 0 or more")
        kind = checked_kind(perturbation)
        # Separate streams, so that the same seed gives the same cell under every perturbation.
        scene_rng, schedule_rng, sensor_rng, look_rng = (np.random.default_rng([seed, stream]) for stream in range(4))
        self.seed = seed
        self.schedule = PerturbationSchedule(kind, self.task.magnitudes, schedule_rng)
        self._score = self.task.score()
        scene, self.variant = self.task.sample(scene_rng)
        observations = self.world.reset(scene, sensor_rng, Appearance.sample(look_rng, len(scene.mounts)))
        self._near_s: float | None = None
        self._judge()
        return self._with_pictures(observations)

    def step(self, targets_in_base: Sequence[np.ndarray | None]) -> tuple[Observation, ...]:
        """Advances one tick towards a target pose (7,) for each arm; None keeps that arm's last."""
        disturbance = self.schedule.at(*self._clocks)
        observations = self.world.step(targets_in_base, disturbance)
        self._judge()
        return self._with_pictures(observations)

    def render(self, arm: int = 0) -> np.ndarray:
        """The picture (128, 128, 3) uint8 of an arm's wrist camera now."""
        if self._renderer is None:
            self._renderer = Renderer()
        return self._renderer.render(self.world.scene_state(), WRIST_CAMERA, arm)

    def perturb(self, event: Event) -> None:
        """Adds a disturbance that starts now."""
        self.schedule.add(replace(event, start_s=self.time_s))

    @property
    def time_s(self) -> float:
        """Since the episode's start."""
        return self.world.ticks_since_reset * PERIOD_S

    @property
    def acting_perturbation(self) -> str:
        """Name of what disturbs the cell now; empty for nothing."""
        return self.schedule.acting(*self._clocks)

    @property
    def _clocks(self) -> tuple[float, float | None, float | None]:
        contact_s, near_s, now_s = self.state.first_contact_s, self._near_s, self.time_s
        return now_s, None if near_s is None else now_s - near_s, None if contact_s is None else now_s - contact_s

    def _judge(self) -> None:
        self.state = self._score.step(self.world)
        if self._near_s is None and self.state.near:
            self._near_s = self.time_s

    def _with_pictures(self, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
        if self._pictures and self.world.ticks_since_reset % CAMERA_TICKS == 0:
            for arm, observation in enumerate(observations):
                observation.wrist_rgb = self.render(arm)
        return observations
