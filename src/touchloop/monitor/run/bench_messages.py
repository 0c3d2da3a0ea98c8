"""Reads what bench_world says, live or from a bag, into what the monitor works with.

Messages are taken as they are, by their fields: the library knows no ROS.
"""

from typing import Any

import numpy as np

from touchloop.data.message_fields import nanoseconds_of, pose_of, twist_of, wrench_of
from touchloop.errors import InputError
from touchloop.monitor.evidence.sensed import Sensed
from touchloop.sim.board import BoardConfig
from touchloop.sim.hole_plate import HolePlateConfig
from touchloop.sim.observation import Observation
from touchloop.sim.switch_panel import PanelConfig
from touchloop.sim.workbench.layout import ARMS, BOX_PLACES, HOLES, TOOLS
from touchloop.tasks.workbench.view import NOMINAL_DEPTH_M, NOMINAL_FRICTION, NOMINAL_STIFFNESS, View

_NO_JOINTS = np.zeros(7)


class SensedReader:
    """Turns BenchState into ``Sensed``; the end of a skill is told once, and other runs' skills are left out."""

    def __init__(self) -> None:
        self.scene: Any = None
        self._told: tuple[int, int] = (0, 0)

    def read(self, state: Any, run: int, ink_share: float | None, held: bool = False) -> Sensed | None:
        """What is sensed by a run; None while the scene of the state's episode is not known.

        Args:
            state: as it came.
            run: whose skills are told; 0 for nobody's.
            ink_share: of the board.
            held: the end of the skill is not told yet.

        Raises:
            InputError: a pose is missing or not finite, or there are not two arms.
        """
        if self.scene is None or self.scene.episode != state.episode:
            return None
        mine = run != 0 and state.run == run
        number = int(state.number) if mine else 0
        over = state.done and self._told == (run, number)
        done = mine and state.done and not over and not held
        if done:
            self._told = (run, number)
        observations, grips = _arms(state)
        return Sensed(
            time_s=state.time_s,
            step=number,
            skill="" if over or not mine else state.skill,
            args=dict(zip(state.arg_names, state.arg_values, strict=True)) if mine else {},
            view=view_of(state, self.scene),
            observations=observations,
            grips=grips,
            done=done,
            gave_up=state.gave_up if done else "",
            ink_share=ink_share,
        )


def view_of(state: Any, scene: Any) -> View:
    """Poses as cameras report them, with what stays as it is.

    Raises:
        InputError: a pose is missing or not finite.
    """
    poses = {named.name: pose_of(named.pose) for named in state.poses}
    for name, found in poses.items():
        if not np.isfinite(found).all():
            raise InputError(f"bench_state: the pose of {name} is not finite")

    def pose(name: str) -> np.ndarray:
        if name not in poses:
            raise InputError(f"bench_state has no pose '{name}'")
        return poses[name]

    left, right = state.arms
    left_spots, right_spots = ({tool: pose(f"spot/{arm}/{tool}") for tool in TOOLS} for arm in ARMS)
    return View(
        time_s=state.seen_s,
        lit=state.lit,
        tools={name: pose(f"tool/{name}") for name in TOOLS},
        slots={name: pose(f"slot/{name}") for name in TOOLS},
        rack=pose("rack"),
        box=pose("box"),
        box_places={name: pose(f"place/{name}") for name in BOX_PLACES},
        tray_spots=(left_spots, right_spots),
        half_width_m=scene.box_half_width_m,
        commanded=(pose_of(left.commanded), pose_of(right.commanded)),
        board=board_of(pose("board"), scene),
        holes={name: _hole(pose(f"hole/{name}"), name, scene) for name in HOLES},
        panel=PanelConfig(
            pose_in_base=pose("switch"),
            cap_on_panel=np.array(scene.cap_on_panel),
            operating_travel_m=0.002,
            operating_force_n=8.0,
            drop_share=0.45,
            stiffness=NOMINAL_STIFFNESS,
            friction=NOMINAL_FRICTION,
        ),
        lamp=state.lamp,
        coupled=(left.coupled, right.coupled),
        wrist=_no_wrist,
    )


def board_of(pose: np.ndarray, scene: Any) -> BoardConfig:
    """The board (7,) with its ink."""
    return BoardConfig(
        pose_in_base=pose,
        friction=NOMINAL_FRICTION,
        stiffness=NOMINAL_STIFFNESS,
        ink_start=np.array(scene.ink_start),
        ink_heading_rad=scene.ink_heading_rad,
        ink_length_m=scene.ink_length_m,
        ink_width_m=scene.ink_width_m,
        rgb=_rgb(scene.board_color),
        ink_rgb=_rgb(scene.ink_color),
    )


def _hole(pose: np.ndarray, name: str, scene: Any) -> HolePlateConfig:
    if name not in scene.hole_names:
        raise InputError(f"bench_scene has no hole '{name}'; it has {', '.join(scene.hole_names)}")
    index = scene.hole_names.index(name)
    form = scene.hole_forms[index]
    if form not in ("round", "square"):
        raise InputError(f"bench_scene: the form of {name} is '{form}'; expected round or square")
    clearance_m = scene.hole_clearances_m[index]
    return HolePlateConfig(pose, form, clearance_m, NOMINAL_DEPTH_M, NOMINAL_FRICTION)


def _arms(state: Any) -> tuple[tuple[Observation, Observation], tuple]:
    if [arm.name for arm in state.arms] != list(ARMS):
        raise InputError(f"bench_state has arms {[arm.name for arm in state.arms]}; expected {list(ARMS)}")
    left, right = (_observation(nanoseconds_of(state.header.stamp), arm) for arm in state.arms)
    return (left, right), tuple("close" if arm.grip == "close" else "open" for arm in state.arms)


def _observation(stamp_ns: int, arm: Any) -> Observation:
    tcp = pose_of(arm.tcp)
    twist, wrench = twist_of(arm.twist), wrench_of(arm.wrench)
    if not all(np.isfinite(values).all() for values in (tcp, twist, wrench)):
        raise InputError(f"bench_state: what the {arm.name} arm reports is not finite")
    return Observation(stamp_ns, _NO_JOINTS, _NO_JOINTS, _NO_JOINTS, tcp, twist, wrench)


def _rgb(color: Any) -> tuple[float, float, float]:
    # Colours travel as float32; three digits are what they were made with or finer than a pixel shows.
    return round(color.r, 4), round(color.g, 4), round(color.b, 4)


def _no_wrist(_: int) -> np.ndarray:
    raise InputError("the monitor gets no wrist pictures")
