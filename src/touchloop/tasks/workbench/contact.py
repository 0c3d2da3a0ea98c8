"""Skills in contact: wipe, insert, press, lift. A task policy does the work in the task's frame; here is the rest."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np

from touchloop.geometry.pose import compose, quat_multiply, rotate
from touchloop.sim.fragile_box import TOOL_FORWARDS
from touchloop.sim.observation import Observation
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.motion import cross, rise
from touchloop.tasks.workbench.skill import GaveUp, Hand, Steps, together
from touchloop.tasks.workbench.task_frame import TaskFrame, frame_of, in_base, lift_frames, start_in_world
from touchloop.tasks.workbench.view import BASES, View
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

TARE_TICKS = 100
SETTLE_S = 0.2
TOUCH_N = 1.2
WIPED_HEIGHT_M = 0.035
PRESSED_HEIGHT_M, PRESSED_S = 0.025, 0.2
NOTHING_M = {"wipe": 0.015, "insert": 0.034, "press": 0.018}
"""A tool that is deeper than this under the surface without touching anything has lost it."""
ON_FLOOR_M, ON_FLOOR_S, STILL_M = 0.014, 0.4, 0.0006
"""A peg that is deeper than this and has not moved by more for so long stands on the hole's floor."""
BOX_UP_M, BOX_UP_S, SQUEEZE_N = 0.125, 0.8, 3.0
LIFT_START_M = 0.14
"""From the box's middle to where a palm starts."""
TASK_LIMIT_S = {"wipe": 14.0, "insert": 14.0, "press": 12.0, "lift": 14.0}


class TaskPolicy(Protocol):
    """What moves the arms in contact: a learned policy or the task's expert."""

    def step(self, observations: tuple[Observation, ...], view: View) -> list[np.ndarray | None]:
        """Target (7,) of each of its arms in the task's frame, from what they sense there; None: as before."""
        ...


MakePolicy = Callable[[str, str, tuple[int, ...], tuple[np.ndarray, ...], View], TaskPolicy]
"""From the task, its target (a hole, or the object), the arms, their frames in the world (7,), and the view."""


class Felt:
    """Tared, filtered force along a tool [N], positive when it presses."""

    def __init__(self) -> None:
        self._samples: list[np.ndarray] = []
        self._bias = np.zeros(6)
        self._wrench = np.zeros(6)
        self._share = low_pass_share(30.0, PERIOD_S)
        self.force_n = 0.0
        self.touched = False

    def step(self, observation: Observation) -> None:
        """Takes in a tick; the first ones tare."""
        if len(self._samples) < TARE_TICKS:
            self._samples.append(observation.wrench_at_sensor)
            self._bias = np.mean(self._samples, axis=0)
            return
        wrench_at_tcp(observation.wrench_at_sensor, self._bias, self._wrench)
        self.force_n += self._share * (-self._wrench[2] - self.force_n)
        self.touched = self.touched or self.force_n > TOUCH_N


def surface_task(hand: Hand, task: str, target: str, make_policy: MakePolicy) -> Steps:
    """Wipe, insert or press with one arm: to the start, the policy until the end is felt or seen, and up."""
    if task == "press":
        hand.grip = "close"

    def start() -> np.ndarray:
        return start_in_world(task, frame_of(task, hand.view, hand.index, target))

    yield from cross(hand, start())
    hand.phase = "start"
    yield from hand.go(start)
    yield from hand.wait(SETTLE_S)
    world_frame = frame_of(task, hand.view, hand.index, target)
    if not hand.turns:
        # It has not turned to the object, so it works as if the object were not turned either.
        world_frame = np.concatenate([world_frame[:3], BASES[hand.index][3:]])
        off = start()[:3] - start_in_world(task, world_frame)[:3]
        world_frame[:3] += off
    frame = in_base(world_frame, hand.index)
    policy = make_policy(task, target, (hand.index,), (world_frame,), hand.view)
    yield from _surface_contact(hand, task, target, frame, policy)
    if task != "insert":
        yield from rise(hand)


def _surface_contact(hand: Hand, task: str, target: str, frame: TaskFrame, policy: TaskPolicy) -> Steps:
    felt, away_s, since_s = Felt(), 0.0, 0.0
    heights: deque[float] = deque(maxlen=round(ON_FLOOR_S / PERIOD_S))
    hand.phase = "approach"
    while True:
        felt.step(hand.observation)
        since_s += PERIOD_S
        (wanted,) = policy.step((frame.observation(hand.observation),), hand.view)
        if wanted is not None:
            hand.nominal = compose(BASES[hand.index], frame.target_in_base(wanted))
        height = height_over(task, target, hand)
        heights.append(height)
        hand.phase = "contact" if felt.touched else hand.phase
        if task == "wipe" and felt.touched and height > WIPED_HEIGHT_M:
            return
        still = len(heights) == heights.maxlen and max(heights) - min(heights) < STILL_M
        if task == "insert" and height < -ON_FLOOR_M and still and felt.force_n > 0.5 * TOUCH_N:
            return
        if task == "press":
            away_s = away_s + PERIOD_S if hand.view.lamp and height > PRESSED_HEIGHT_M else 0.0
            if away_s > PRESSED_S:
                return
        if height < -NOTHING_M[task] and felt.force_n < TOUCH_N:
            raise GaveUp("nothing is there to touch")
        if since_s > TASK_LIMIT_S[task]:
            raise GaveUp(f"time is over for {task}")
        yield


def height_over(task: str, target: str, hand: Hand) -> float:
    """[m] of the TCP over where the board's face, the hole's mouth or the released cap is seen."""
    name = {"wipe": "board", "press": "switch"}.get(task, target)
    pose = {"wipe": hand.view.board, "press": hand.view.panel}.get(task, hand.view.holes.get(target, hand.view.board))
    normal = rotate(pose.pose_in_base[3:], np.array([0.0, 0.0, 1.0]))
    return float((hand.tcp[:3] - hand.view.point(name, hand.index)) @ normal)


def lift_task(hands: list[Hand], make_policy: MakePolicy) -> Steps:
    """Both arms: palms open, to both sides of the box, then the policy until the box is felt to stay up."""
    if any(hands[0].view.coupled):
        raise GaveUp("an arm is not free")
    for hand in hands:
        hand.grip = "open"

    def start(hand: Hand) -> np.ndarray:
        base = BASES[hand.index]
        side = 1.0 - 2.0 * hand.index
        point = hand.view.box[:3] + np.array([0.0, side * LIFT_START_M, 0.02])
        return np.concatenate([point, quat_multiply(base[3:], TOOL_FORWARDS)])

    yield from together(*(cross(hand, start(hand)) for hand in hands))
    for hand in hands:
        hand.phase = "start"
    yield from together(*(hand.go(lambda hand=hand: start(hand)) for hand in hands))
    yield from hands[0].wait(SETTLE_S)
    left, right, _ = lift_frames(hands[0].view)
    policy = make_policy("lift", "box", (0, 1), (left, right), hands[0].view)
    frames = (in_base(left, 0), in_base(right, 1))
    felt, first_z, up_s, since_s = [Felt(), Felt()], 0.0, 0.0, 0.0
    while up_s < BOX_UP_S:
        since_s += PERIOD_S
        for hand, feeling in zip(hands, felt, strict=True):
            feeling.step(hand.observation)
        seen = tuple(frame.observation(hand.observation) for frame, hand in zip(frames, hands, strict=True))
        for hand, frame, wanted in zip(hands, frames, policy.step(seen, hands[0].view), strict=True):
            if wanted is not None:
                hand.nominal = compose(BASES[hand.index], frame.target_in_base(wanted))
            hand.phase = "contact" if all(f.touched for f in felt) else "approach"
        z = float(np.mean([hand.tcp[2] for hand in hands]))
        if not all(feeling.touched for feeling in felt):
            first_z = z
        squeezed = min(feeling.force_n for feeling in felt) > SQUEEZE_N
        up_s = up_s + PERIOD_S if squeezed and z - first_z > BOX_UP_M else 0.0
        if since_s > TASK_LIMIT_S["lift"]:
            raise GaveUp("time is over for lift")
        yield
