"""What bench_world says of a bench, as messages."""

from collections.abc import Sequence

import numpy as np
from geometry_msgs.msg import Vector3
from std_msgs.msg import ColorRGBA
from touchloop_msgs.msg import ArmState, BenchScene, BenchState, NamedPose

from touchloop.monitor.run.skill_server import SkillServer
from touchloop.sim.observation import Observation
from touchloop.sim.workbench.layout import ARMS
from touchloop.tasks.workbench.execution import Tick
from touchloop.tasks.workbench.view import View
from touchloop_nodes.conversions import WORLD_FRAME, header, to_pose


def scene_message(stamp_ns: int, episode: int, seed: int, view: View) -> BenchScene:
    """What stays as it is for an episode."""
    board, holes = view.board, view.holes
    return BenchScene(
        header=header(stamp_ns, WORLD_FRAME),
        episode=episode,
        seed=seed,
        box_half_width_m=view.half_width_m,
        ink_start=[float(v) for v in board.ink_start],
        ink_heading_rad=float(board.ink_heading_rad),
        ink_length_m=float(board.ink_length_m),
        ink_width_m=float(board.ink_width_m),
        board_color=_color(board.rgb),
        ink_color=_color(board.ink_rgb),
        hole_names=list(holes),
        hole_forms=[str(hole.form) for hole in holes.values()],
        hole_clearances_m=[float(hole.clearance_m) for hole in holes.values()],
        cap_on_panel=[float(v) for v in view.panel.cap_on_panel],
    )


class StateMessages:
    """Makes BenchState; wrenches are averaged between two messages."""

    def __init__(self) -> None:
        self._sums = np.zeros((len(ARMS), 6))
        self._count = 0
        self._seen_s, self._poses = -1.0, []

    def add(self, observations: Sequence[Observation]) -> None:
        """One tick's touch."""
        self._sums += [observation.wrench_at_sensor for observation in observations]
        self._count += 1

    def message(self, stamp_ns: int, episode: int, tick: Tick, server: SkillServer) -> BenchState:
        """The state after a tick."""
        view = tick.view
        if view.time_s != self._seen_s:
            self._seen_s, self._poses = view.time_s, named_poses(view)
        means = self._sums / max(self._count, 1)
        self._sums, self._count = np.zeros_like(self._sums), 0
        arms = []
        for index, (name, observation) in enumerate(zip(ARMS, tick.observations, strict=True)):
            arm = ArmState(name=name, grip=tick.grips[index], coupled=view.coupled[index])
            arm.tcp, arm.commanded = to_pose(observation.tcp_in_base), to_pose(view.commanded[index])
            arm.twist.linear, arm.twist.angular = _vectors(observation.tcp_twist_in_base)
            arm.wrench.force, arm.wrench.torque = _vectors(means[index])
            arms.append(arm)
        return BenchState(
            header=header(stamp_ns, WORLD_FRAME),
            episode=episode,
            time_s=tick.time_s,
            seen_s=view.time_s,
            lit=view.lit,
            lamp=view.lamp,
            poses=self._poses,
            arms=arms,
            run=server.run,
            number=server.number,
            skill=server.skill,
            arg_names=list(server.args),
            arg_values=list(server.args.values()),
            done=server.done,
            gave_up=server.gave_up,
        )


def named_poses(view: View) -> list[NamedPose]:
    """All poses of a view, by the names that BenchState.msg tells."""
    poses = {"rack": view.rack, "box": view.box, "board": view.board.pose_in_base, "switch": view.panel.pose_in_base}
    poses |= {f"tool/{name}": pose for name, pose in view.tools.items()}
    poses |= {f"slot/{name}": pose for name, pose in view.slots.items()}
    poses |= {f"place/{name}": pose for name, pose in view.box_places.items()}
    poses |= {f"hole/{name}": hole.pose_in_base for name, hole in view.holes.items()}
    for arm, spots in zip(ARMS, view.tray_spots, strict=True):
        poses |= {f"spot/{arm}/{name}": pose for name, pose in spots.items()}
    return [NamedPose(name=name, pose=to_pose(pose)) for name, pose in poses.items()]


def _vectors(values: np.ndarray) -> tuple[Vector3, Vector3]:
    x, y, z, a, b, c = values.tolist()
    return Vector3(x=x, y=y, z=z), Vector3(x=a, y=b, z=c)


def _color(rgb: Sequence[float]) -> ColorRGBA:
    r, g, b = (float(v) for v in rgb)
    return ColorRGBA(r=r, g=g, b=b, a=1.0)
