"""An episode in process: world, task, perturbations and, if asked for, pictures. The world node runs the same code."""

from dataclasses import replace
from typing import Self

import numpy as np

from touchloop.errors import InputError
from touchloop.sim.cameras import WRIST_CAMERA, Renderer
from touchloop.sim.observation import Observation
from touchloop.sim.world import CAMERA_TICKS, PERIOD_S, World
from touchloop.tasks import wipe
from touchloop.tasks.perturbation import BoardShift, PerturbationSchedule, Push, checked_kind

TASKS = (wipe.NAME,)


def checked_task(task: str) -> str:
    """The task's name, or an error that lists the valid ones."""
    if task not in TASKS:
        raise InputError(f"task '{task}': expected one of {', '.join(TASKS)}")
    return task


class Environment:
    """``reset`` with a seed, ``step`` with target poses, ``state`` for the score.

    Args:
        task: name of the task.
        pictures: render the wrist camera in this process on its ticks (the world node uses a child process instead).
        gui: open PyBullet's window.
    """

    def __init__(self, task: str = wipe.NAME, pictures: bool = False, gui: bool = False) -> None:
        self.task = checked_task(task)
        self.world = World(gui=gui)
        self._renderer = Renderer() if pictures else None

    def close(self) -> None:
        """Frees the physics clients."""
        self.world.close()
        if self._renderer is not None:
            self._renderer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reset(self, seed: int, perturbation: str = "none") -> Observation:
        """Builds the episode that ``seed`` and ``perturbation`` name and returns its first observation."""
        if seed < 0:
            raise InputError(f"seed {seed}: expected 0 or more")
        kind = checked_kind(perturbation)
        # Separate streams, so that the same seed gives the same cell under every perturbation.
        scene_rng, schedule_rng, sensor_rng = (np.random.default_rng([seed, stream]) for stream in range(3))
        self.seed = seed
        self.schedule = PerturbationSchedule(kind, schedule_rng)
        self._score = wipe.WipeScore()
        observation = self.world.reset(wipe.sample_board(scene_rng), wipe.sample_start(scene_rng), sensor_rng)
        self.state = self._score.step(self.world)
        return self._with_picture(observation)

    def step(self, target_in_base: np.ndarray | None) -> Observation:
        """Advances one tick towards a target pose (7,) in base; None keeps the last."""
        disturbance = self.schedule.at(self.time_s, self._since_contact_s)
        observation = self.world.step(target_in_base, disturbance)
        self.state = self._score.step(self.world)
        return self._with_picture(observation)

    def perturb(self, event: BoardShift | Push) -> None:
        """Adds a disturbance that starts now."""
        self.schedule.add(replace(event, start_s=self.time_s))

    @property
    def time_s(self) -> float:
        """Since the episode's start."""
        return self.world.ticks_since_reset * PERIOD_S

    @property
    def acting_perturbation(self) -> str:
        """Name of what disturbs the cell now; empty for nothing."""
        return self.schedule.acting(self.time_s, self._since_contact_s)

    @property
    def _since_contact_s(self) -> float | None:
        first = self._score.first_contact_s
        return None if first is None else self.time_s - first

    def _with_picture(self, observation: Observation) -> Observation:
        if self._renderer is not None and self.world.ticks_since_reset % CAMERA_TICKS == 0:
            observation.wrist_rgb = self._renderer.render(self.world.scene_state(), WRIST_CAMERA)
        return observation
