"""The bench in process: reset with a seed, step with targets and grips, look, and ask for the truth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np

from touchloop.errors import InputError
from touchloop.geometry.pose import slerp
from touchloop.sim.appearance import Appearance
from touchloop.sim.cameras import BACK_CAMERA, OVERVIEW_CAMERA, SCENE_CAMERA, WRIST_CAMERA, Renderer
from touchloop.sim.observation import Observation
from touchloop.sim.scene import IDENTITY_POSE, Disturbance
from touchloop.sim.workbench.coupler import Grip
from touchloop.sim.workbench.layout import ARMS
from touchloop.sim.workbench.scene import BenchScene
from touchloop.sim.world import CAMERA_TICKS, PERIOD_S, World
from touchloop.tasks.workbench.sampling import sample_bench
from touchloop.tasks.workbench.truth import Truth, truth_of
from touchloop.tasks.workbench.view import Eyes, View
from touchloop.touch.wrench import wrench_at_tcp

DARK = 0.04
"""Brightness of pictures when the light is out."""
FIXED_CAMERAS = {camera.name: camera for camera in (OVERVIEW_CAMERA, BACK_CAMERA, SCENE_CAMERA)}
CAMERAS = (*ARMS, *FIXED_CAMERAS)
MOST_TIMES = 8
GRIPS: tuple[Grip | None, ...] = ("open", "close", None)


class Workbench:
    """The bench and all its sensors. The same seed and the same commands give the same episode.

    Args:
        pictures: put wrist and overview pictures into the observations at 10 Hz; the overview is ``scene_rgb`` of the
            left arm's. Without, ``render`` gives single ones.
        gui: open PyBullet's window.

    Attributes:
        scene: of this episode; its ``drop``, ``put`` and ``obstacle`` are for who disturbs.
    """

    scene: BenchScene

    def __init__(self, pictures: bool = False, gui: bool = False) -> None:
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

    def reset(self, seed: int) -> tuple[Observation, ...]:
        """Builds the bench that ``seed`` names and returns the first observation of the left and the right arm.

        Raises:
            InputError: a negative seed.
        """
        if seed < 0:
            raise InputError(f"seed {seed}: expected 0 or more")
        scene_rng, sensor_rng, look_rng, view_rng = (np.random.default_rng([seed, 7, i]) for i in range(4))
        self.seed = seed
        self.scene = BenchScene(sample_bench(scene_rng))
        self._eyes = Eyes(self.scene, view_rng, self._wrist)
        self._view: View | None = None
        # One more mounting error than arms: the overview camera's.
        appearance = Appearance.sample(look_rng, len(ARMS) + 1)
        self.world.brightness = 1.0
        self.observations = self._with_pictures(self.world.reset(self.scene, sensor_rng, appearance))
        return self.observations

    def step(
        self,
        targets_in_base: Sequence[np.ndarray | None],
        grips: Sequence[Grip | None] = (None, None),
        disturbance: Disturbance | None = None,
    ) -> tuple[Observation, ...]:
        """Advances by one tick.

        Args:
            targets_in_base: (7,) for the left and the right arm, each in its own base; None keeps the last.
            grips: what each coupler is told; None: nothing new.
            disturbance: pushes on both arms' flanges or on the box.

        Raises:
            InputError: a target or a grip is not usable.
        """
        if len(grips) != len(ARMS) or any(grip not in GRIPS for grip in grips):
            raise InputError(f"grips {list(grips)}: expected open, close or None for each of {', '.join(ARMS)}")
        self.scene.grips = list(grips)
        self.observations = self._with_pictures(self.world.step(targets_in_base, disturbance or Disturbance()))
        return self.observations

    def view(self) -> View:
        """What is seen now; renewed at 10 Hz, except for what couplers and arms report of themselves."""
        if self._view is None or (self.lit and self.time_s - self._view.time_s >= CAMERA_TICKS * PERIOD_S - 1e-9):
            self._view = self._eyes.look(self.time_s)
        coupled = (self.scene.couplers[0].holds is not None, self.scene.couplers[1].holds is not None)
        left, right = self.world.targets_in_base
        self._view = replace(self._view, coupled=coupled, lit=self.lit, commanded=(left, right))
        return self._view

    def warm_up(self) -> None:
        """Compiles what contact takes, so that no first touch stops a bench that runs in real time; reset after it."""
        self.reset(0)
        self.scene.warm_up(PERIOD_S)
        wrench_at_tcp(np.zeros(6), np.zeros(6), np.zeros(6))
        slerp(IDENTITY_POSE[3:], IDENTITY_POSE[3:], 0.5)
        self.reset(0)
        self.step([None, None])

    def truth(self) -> Truth:
        """All conditions now."""
        left, right = (arm.tcp_in_world() for arm in self.world.arms)
        return truth_of(self.scene, (left, right), self.lit, self.time_s)

    def render(self, camera: str, times: int = 1) -> np.ndarray:
        """A picture (height, width, 3) uint8 RGB of ``left`` or ``right`` wrist, ``overview``, ``back`` or ``scene``.

        Args:
            camera: which.
            times: so many times the camera's own width and height.

        Raises:
            InputError: no such camera, or no such size.
        """
        if not 1 <= times <= MOST_TIMES:
            raise InputError(f"times {times}: expected 1 to {MOST_TIMES} times the camera's own width and height")
        if camera not in CAMERAS:
            raise InputError(f"camera '{camera}': expected one of {', '.join(CAMERAS)}")
        if self._renderer is None:
            self._renderer = Renderer()
        state = self.world.scene_state()
        config = WRIST_CAMERA if camera in ARMS else FIXED_CAMERAS[camera]
        config = replace(config, width=times * config.width, height=times * config.height)
        return self._renderer.render(state, config, ARMS.index(camera) if camera in ARMS else 0)

    @property
    def time_s(self) -> float:
        """Since the episode's start."""
        return self.world.ticks_since_reset * PERIOD_S

    @property
    def lit(self) -> bool:
        """Whether the light is on."""
        return self.world.brightness > DARK

    def light(self, on: bool) -> None:
        """Switches the light of the bench."""
        self.world.brightness = 1.0 if on else DARK

    def _wrist(self, arm: int) -> np.ndarray:
        return self.render(ARMS[arm])

    def _with_pictures(self, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
        if self._pictures and self.world.ticks_since_reset % CAMERA_TICKS == 0:
            for arm, observation in enumerate(observations):
                observation.wrist_rgb = self._wrist(arm)
            observations[0].scene_rgb = self.render(OVERVIEW_CAMERA.name)
        return observations
