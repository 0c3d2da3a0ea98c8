"""Decodes the current plan at any instant, on touch."""

import math

import numpy as np

from touchloop.control.decoder import FastDecoder
from touchloop.control.touch_history import TouchHistory
from touchloop.geometry.pose import (
    action_to_pose,
    compose,
    quat_conjugate,
    quat_multiply,
    rotate,
    rotation_vector,
    slerp,
)
from touchloop.policy.features import ACTION_SIZE, FORCE_INDEX, TOUCH_SIZE
from touchloop.policy.plan import LatentPlan

SHORTEST_PERIOD_S, LONGEST_PERIOD_S = 0.001, 1.0
"""Bounds of a plan's action period."""
LARGEST_LATENT = 1000.0
"""Latents are about 1; the decoder is compiled for numbers that it can add up."""
FARTHEST_M = 100.0
"""No arm reaches so far."""


def is_rotation(quaternion: np.ndarray) -> bool:
    """Whether four numbers are a unit quaternion."""
    # Asked at each pose; Python's own numbers cost a quarter of what an array's methods do. Squares may overflow.
    numbers = quaternion.tolist()
    return all(abs(number) < 2.0 for number in numbers) and abs(math.hypot(*numbers) - 1.0) < 1e-3


class PlanFollower:
    """Holds one plan and the decoder's memory along it.

    Step *k* of a plan is decoded on the touch at its start, ``stamp + k * action period``, as in training, and again
    on every later tick with that tick's touch; the target glides from step *k - 1*'s pose to step *k*'s.
    """

    def __init__(self, decoder: FastDecoder) -> None:
        self.plan: LatentPlan | None = None
        self._decoder = decoder
        self._horizon = decoder.spec.horizon
        size = decoder.hidden_size
        self._hidden = np.zeros(size, np.float32)
        self._next_hidden = np.zeros(size, np.float32)
        self._scratch_hidden = np.zeros(size, np.float32)
        self._touch = np.zeros(TOUCH_SIZE)
        self._action = np.zeros(ACTION_SIZE, np.float32)
        self._from = np.zeros(ACTION_SIZE)
        self._to = np.zeros(ACTION_SIZE)
        self._step = -1

    def refusal(self, plan: LatentPlan) -> str:
        """Why a plan cannot be followed; empty if it can."""
        if plan.weights_id != self._decoder.weights_id:
            return f"plan made by weights {plan.weights_id}, the controller has {self._decoder.weights_id}"
        spec = self._decoder.spec
        if plan.latent.shape != (spec.steps, spec.size) or plan.horizon != spec.horizon:
            return (
                f"plan has latent {plan.latent.shape} for {plan.horizon} steps, "
                f"expected {(spec.steps, spec.size)} for {spec.horizon}"
            )
        if not SHORTEST_PERIOD_S <= plan.action_period_s <= LONGEST_PERIOD_S:
            return (
                f"plan has action period {plan.action_period_s} s, expected {SHORTEST_PERIOD_S} to {LONGEST_PERIOD_S} s"
            )
        if not (np.isfinite(plan.latent).all() and np.isfinite(plan.base_pose).all()):
            return "plan holds a NaN or an infinity"
        if np.abs(plan.latent).max() > LARGEST_LATENT or np.abs(plan.base_pose[:3]).max() > FARTHEST_M:
            return f"plan holds a latent above {LARGEST_LATENT:g} or a base pose beyond {FARTHEST_M:g} m"
        if not is_rotation(plan.base_pose[3:]):
            return "the quaternion of the plan's base pose is not of unit length"
        return ""

    def start(self, plan: LatentPlan, now_ns: int, history: TouchHistory) -> None:
        """Takes a plan and catches up on the touch since its stamp."""
        self.plan = plan
        self._period_ns = round(plan.action_period_s * 1e9)
        self._hidden[:] = 0.0
        self._step = -1
        begun = -((plan.stamp_ns - now_ns) // self._period_ns)
        for step in range(min(max(begun, 0), self._horizon)):
            history.features_at(plan.stamp_ns + step * self._period_ns, plan.base_pose, self._touch)
            self._begin(step)

    def clear(self) -> None:
        """Forgets the plan."""
        self.plan = None

    def exhausted(self, now_ns: int) -> bool:
        """Whether the plan's last step is over."""
        return self.plan is None or now_ns >= self.plan.stamp_ns + self._horizon * self._period_ns

    def age_s(self, now_ns: int) -> float:
        """Since the plan's observation; infinity without a plan."""
        return float("inf") if self.plan is None else (now_ns - self.plan.stamp_ns) * 1e-9

    def step(self, now_ns: int, history: TouchHistory) -> tuple[np.ndarray, float]:
        """Pose (7,) in base and planned force [N] at ``now_ns``; the newest touch must be in ``history``."""
        plan, step = self._decode_at(now_ns, history)
        self._to[:] = self._action
        phase = min(max((now_ns - plan.stamp_ns - step * self._period_ns) / self._period_ns, 0.0), 1.0)
        earlier, later = action_to_pose(self._from[:FORCE_INDEX]), action_to_pose(self._to[:FORCE_INDEX])
        pose = earlier
        pose[:3] += phase * (later[:3] - earlier[:3])
        pose[3:] = slerp(earlier[3:], later[3:], phase)
        force_n = self._from[FORCE_INDEX] + phase * (self._to[FORCE_INDEX] - self._from[FORCE_INDEX])
        return compose(plan.base_pose, pose), float(force_n)

    def increment(self, now_ns: int, history: TouchHistory) -> tuple[np.ndarray, np.ndarray, float]:
        """For plans of increments: velocity (3,) [m/s] and turning velocity (3,) [rad/s] in base, planned force [N]."""
        plan, _ = self._decode_at(now_ns, history)
        motion = action_to_pose(self._action[:FORCE_INDEX].astype(np.float64))
        frame = plan.base_pose[3:]
        turn = rotation_vector(quat_multiply(quat_multiply(frame, motion[3:]), quat_conjugate(frame)))
        velocity = rotate(frame, motion[:3]) / plan.action_period_s
        return velocity, turn / plan.action_period_s, float(self._action[FORCE_INDEX])

    def _decode_at(self, now_ns: int, history: TouchHistory) -> tuple[LatentPlan, int]:
        """Decodes the step of ``now_ns`` on the newest touch into ``self._action``; returns the plan and that step."""
        plan = self.plan
        if plan is None:
            raise RuntimeError("no plan to follow; check exhausted() first")
        step = int(min(max((now_ns - plan.stamp_ns) // self._period_ns, 0), self._horizon - 1))
        history.features_at(now_ns, plan.base_pose, self._touch)
        while self._step < step:
            self._begin(self._step + 1)
        self._decode(step, self._hidden, self._scratch_hidden)
        return plan, step

    def _begin(self, step: int) -> None:
        """Commits the memory of the step before and decodes ``step`` on the touch in ``self._touch``."""
        if step > 0:
            self._hidden[:] = self._next_hidden
        self._decode(step, self._hidden, self._next_hidden)
        self._from[:] = self._to if step > 0 else self._action
        self._to[:] = self._action
        self._step = step

    def _decode(self, step: int, hidden: np.ndarray, next_hidden: np.ndarray) -> None:
        latent = self.plan.latent[step * self._decoder.spec.steps // self._horizon]  # type: ignore[union-attr]
        self._decoder.step(latent, self._touch, hidden, next_hidden, self._action)
