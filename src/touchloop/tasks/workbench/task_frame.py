"""The frame in which a learned or scripted task works: as if its object lay where it lies in the task's own scene."""

from dataclasses import dataclass, replace

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, relative, rotate
from touchloop.sim.fragile_box import CELL_X_M as LIFT_X_M
from touchloop.sim.fragile_box import bases_in_world as lift_bases
from touchloop.sim.observation import Observation
from touchloop.sim.workbench.layout import DOWN
from touchloop.tasks.lift import BOX_Z_M as LIFT_Z_M
from touchloop.tasks.workbench.motion import facing_yaw, frame_at
from touchloop.tasks.workbench.view import BASES, View

OBJECT_IN_FRAME = np.array([0.50, 0.0, 0.20])
"""Where board, plate and panel lie before the only arm of their own tasks."""
STARTS = {"wipe": (0.42, 0.0, 0.33), "insert": (0.46, 0.0, 0.31), "press": (0.46, 0.0, 0.31)}
"""Where the TCP is in the frame at the start, tool down."""
SYMMETRY_RAD = {"wipe": np.pi, "insert": 0.5 * np.pi, "press": np.pi}


@dataclass(frozen=True, slots=True)
class TaskFrame:
    """Of one arm; it stands upright, so that gravity and the tared wrench are as in the task.

    Attributes:
        in_base: (7,) in the arm's base.
    """

    in_base: np.ndarray

    def observation(self, observation: Observation) -> Observation:
        """As the task's own arm would sense it."""
        back = quat_conjugate(self.in_base[3:])
        twist = observation.tcp_twist_in_base
        return replace(
            observation,
            tcp_in_base=relative(self.in_base, observation.tcp_in_base),
            tcp_twist_in_base=np.concatenate([rotate(back, twist[:3]), rotate(back, twist[3:])]),
        )

    def target_in_base(self, target_in_frame: np.ndarray) -> np.ndarray:
        """(7,) what the arm is told for a target of the task (7,)."""
        return compose(self.in_base, target_in_frame)


def frame_of(task: str, view: View, arm: int, target: str) -> np.ndarray:
    """(7,) of a task's frame in the world, from where its object (``target``) is seen; not for lift."""
    pose = {"wipe": view.board, "press": view.panel}.get(task, view.holes.get(target, view.board)).pose_in_base
    return frame_at(pose[:3], facing_yaw(pose, arm, SYMMETRY_RAD[task]), OBJECT_IN_FRAME)


def lift_frames(view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(7,) of both arms' frames in the world, and (3,) by how much the lift task's own cell lies elsewhere."""
    shift = np.array([view.box[0] - LIFT_X_M, view.box[1], view.box[2] - LIFT_Z_M])
    left, right = (np.concatenate([base[:3] + shift, base[3:]]) for base in lift_bases())
    return left, right, shift


def in_base(frame_in_world: np.ndarray, arm: int) -> TaskFrame:
    """The frame as an arm has it."""
    return TaskFrame(relative(BASES[arm], frame_in_world))


def start_in_world(task: str, frame_in_world: np.ndarray) -> np.ndarray:
    """(7,) where the TCP begins."""
    return compose(frame_in_world, np.array([*STARTS[task], *DOWN]))
