"""Task policies from the tasks' own experts, who get the object as it is seen instead of as it is."""

from dataclasses import replace

import numpy as np

from touchloop.geometry.pose import relative
from touchloop.sim.board import Board
from touchloop.sim.contact import Material
from touchloop.sim.fragile_box import FragileBox, FragileBoxConfig, bases_in_world
from touchloop.sim.hole_plate import HolePlate
from touchloop.sim.observation import Observation
from touchloop.sim.scene import IDENTITY_POSE
from touchloop.sim.switch_panel import SwitchPanel
from touchloop.tasks.insert_expert import InsertExpert
from touchloop.tasks.lift_expert import LiftExpert
from touchloop.tasks.press_expert import PressExpert
from touchloop.tasks.task import Expert
from touchloop.tasks.wipe_expert import WipeExpert
from touchloop.tasks.workbench.contact import TaskPolicy
from touchloop.tasks.workbench.view import View


class ExpertPolicy:
    """One of the tasks' experts at work. It follows what it sees until first touch by its own rules."""

    def __init__(
        self, task: str, target: str, frames_in_world: tuple[np.ndarray, ...], view: View, rng: np.random.Generator
    ) -> None:
        self._target, self._frame = target, frames_in_world[0]
        self._panel: SwitchPanel | None = None
        self._placed: Board | HolePlate | SwitchPanel | None = None
        if task == "wipe":
            self._placed = Board(replace(view.board, pose_in_base=self._seen(view)), IDENTITY_POSE)
            self._expert: Expert = WipeExpert(self._placed, rng)
        elif task == "insert":
            self._placed = HolePlate(replace(view.holes[target], pose_in_base=self._seen(view)), IDENTITY_POSE)
            self._expert = InsertExpert(self._placed, rng)
        elif task == "press":
            self._placed = self._panel = SwitchPanel(replace(view.panel, pose_in_base=self._seen(view)), IDENTITY_POSE)
            self._expert = PressExpert(self._panel, rng)
        else:
            self._expert = LiftExpert(_seen_box(frames_in_world, view), rng)

    def step(self, observations: tuple[Observation, ...], view: View) -> list[np.ndarray | None]:
        """See ``TaskPolicy``."""
        if self._placed is not None:
            self._placed.pose_in_base = self._seen(view)
        if self._panel is not None:
            self._panel.toggles = int(view.lamp)
        return [command.target_in_base for command in self._expert.step(observations)]

    def _seen(self, view: View) -> np.ndarray:
        """(7,) of the object in the task's frame."""
        part = view.holes.get(self._target, view.panel if self._target == "switch" else view.board)
        return relative(self._frame, part.pose_in_base)


def _seen_box(frames_in_world: tuple[np.ndarray, ...], view: View) -> FragileBox:
    """The box in the lift task's own cell."""
    shift = frames_in_world[0][:3] - bases_in_world()[0][:3]
    yaw = 2.0 * float(np.arctan2(view.box[5], view.box[6]))
    # Turned by half a round it looks the same.
    yaw = (yaw + 0.5 * np.pi) % np.pi - 0.5 * np.pi
    config = FragileBoxConfig(
        position_in_world=view.box[:3] - shift,
        yaw_rad=yaw,
        width_m=2.0 * view.half_width_m,
        mass_kg=0.35,
        palm=Material(3000.0, 25.0, 0.5),
    )
    return FragileBox(config, (IDENTITY_POSE, IDENTITY_POSE))


class ExpertPolicies:
    """See ``MakePolicy``."""

    def __init__(self, seed: int) -> None:
        self._seed, self._count = seed, 0

    def __call__(
        self,
        task: str,
        target: str,
        arms: tuple[int, ...],  # noqa: ARG002 the frames say it
        frames_in_world: tuple[np.ndarray, ...],
        view: View,
    ) -> TaskPolicy:
        """An expert for one run of a task."""
        self._count += 1
        return ExpertPolicy(task, target, frames_in_world, view, np.random.default_rng([self._seed, 11, self._count]))
