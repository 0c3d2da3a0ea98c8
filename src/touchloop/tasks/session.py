"""A world that goes on: episode after episode, driven by target poses that arrive when they arrive."""

import numpy as np

from touchloop.arm_names import in_arm
from touchloop.control.standstill import Braking, standstill_pose
from touchloop.errors import InputError
from touchloop.sim.arm import Drive
from touchloop.sim.observation import Observation
from touchloop.sim.world import PERIOD_NS
from touchloop.tasks.environment import Environment
from touchloop.tasks.perturbation import ObjectShift, Push, checked_kind

BASE_FRAME = "base_link"
TOOL_AXIS = np.array([0.0, 0.0, 1.0])
WARM_UP_TICKS = 30
EPISODE_GAP_TICKS = 250
"""Time jumps by this much at a reset, so that nobody takes two episodes for one."""
MAX_JUMP_M = 0.05
"""Between two targets of a motion, as drivers refuse a step that no motion has; a longer way begins after a stop."""
NEAR_M, FASTEST_M_S = 0.005, 2.0
"""A target farther from the one before than that and what this speed makes of their times is doubted until the next one
confirms it: a single damaged one would make the arm twitch."""
MAX_SHIFT_M = 0.05
MAX_SHIFT_SPEED_M_S = 0.2
MAX_PUSH_N = 30.0
MAX_DURATION_S = 10.0
MIN_DURATION_S = 0.05


class Session:
    """The environment behind a world node; no ROS in here.

    Args:
        task: name of the task.
        gui: open the simulator's window.
        start_ns: where the clock starts.
        command_timeout_s: a target older than this counts as missing and the arm stops where it is.
        drive: what targets are: poses, or positions of the joints.
        doubts: wait for a second target where one lies aside; careless drivers do not.

    Attributes:
        drive: what targets are.
        episode: index of the episode, -1 before the first reset.
        refused_targets: how many targets were refused.
        refusal: why the last one was.
    """

    def __init__(
        self,
        task: str,
        gui: bool,
        start_ns: int,
        command_timeout_s: float,
        drive: Drive = "pose",
        doubts: bool = True,
    ) -> None:
        self._doubts = doubts
        self.environment = Environment(task, gui=gui)
        self.drive: Drive = drive
        self.environment.world.tick = start_ns // PERIOD_NS
        self._timeout_ns = round(command_timeout_s * 1e9)
        self.episode = -1
        self.seed = 0
        self.perturbation = "none"
        self.start_ns = 0
        self.refused_targets = 0
        self.refusal = ""
        self._clear_targets()

    def _clear_targets(self) -> None:
        count = len(self.environment.task.arms)
        self._targets: list[np.ndarray | None] = [None] * count
        self._doubted: list[np.ndarray | None] = [None] * count
        self._targets_ns = [-1] * count
        self._stopped = [False] * count
        self._braking = [Braking(TOOL_AXIS) for _ in range(count)]

    def close(self) -> None:
        """Frees the simulator."""
        self.environment.close()

    def warm_up(self) -> None:
        """Compiles what an episode's ticks call; takes seconds on the first use ever. Leaves time where it was."""
        world = self.environment.world
        tick = world.tick
        targets = [seen.tcp_in_base for seen in self.environment.reset(0)]
        for _ in range(WARM_UP_TICKS):
            self.environment.step([standstill_pose(target, target, TOOL_AXIS) for target in targets])
        world.tick = tick

    @property
    def now_ns(self) -> int:
        """Stamp of the last observation."""
        return self.environment.world.stamp_ns

    @property
    def target_is_fresh(self) -> bool:
        """Whether a target younger than the time-out drives every arm."""
        return all(self._is_fresh(arm) for arm in range(len(self._targets)))

    def _is_fresh(self, arm: int) -> bool:
        stamp_ns = self._targets_ns[arm]
        return stamp_ns >= self.start_ns and self.now_ns - stamp_ns <= self._timeout_ns

    def reset(self, seed: int, perturbation: str) -> tuple[Observation, ...]:
        """Begins an episode with the arms at rest in free air.

        Raises:
            InputError: unknown perturbation.
        """
        world = self.environment.world
        tick = world.tick
        if self.episode >= 0:
            world.tick += EPISODE_GAP_TICKS
        try:
            observations = self.environment.reset(seed, perturbation)
        except InputError:
            world.tick = tick
            raise
        self.episode += 1
        self.seed, self.perturbation = seed, checked_kind(perturbation)
        self.start_ns = observations[0].stamp_ns
        self._clear_targets()
        if self.drive != "pose":
            world.drive_by(self.drive)
        return observations

    def offer_target(self, stamp_ns: int, frame: str, tcp_in_base: np.ndarray, arm: int = 0) -> bool:
        """Takes a target pose (7,) of an arm for the next tick; what is wrong with a refused one is in ``refusal``.

        One made before this episode is passed over without a word.
        """
        if stamp_ns < self.start_ns:
            return False
        age_s = (self.now_ns - stamp_ns) * 1e-9
        expected = in_arm(self.environment.task.arms[arm], BASE_FRAME)
        if frame != expected:
            return self.refuse(f"target_pose is in frame '{frame}'; expected '{expected}'")
        if not np.isfinite(tcp_in_base).all():
            return self.refuse(f"target_pose {tcp_in_base.tolist()} is not finite")
        norm = float(np.linalg.norm(tcp_in_base[3:]))
        if abs(norm - 1.0) > 1e-3:
            return self.refuse(f"target_pose's quaternion has length {norm:.4f}; expected 1")
        if abs(age_s) > self._timeout_ns * 1e-9:
            return self.refuse(f"target_pose is {age_s:.3f} s old; expected at most {self._timeout_ns * 1e-9:g} s")
        if stamp_ns < self._targets_ns[arm]:
            return self.refuse("target_pose is older than the one before; is there a second publisher?")
        before = self._targets[arm]
        if before is not None and not self._stopped[arm] and stamp_ns - self._targets_ns[arm] <= self._timeout_ns:
            jump_m = float(np.linalg.norm(tcp_in_base[:3] - before[:3]))
            if jump_m > MAX_JUMP_M:
                return self.refuse(f"target_pose jumps by {jump_m:.3f} m; expected at most {MAX_JUMP_M:g} m")
            doubted, self._doubted[arm] = self._doubted[arm], None
            passed_s = (min(stamp_ns, self.now_ns) - self._targets_ns[arm]) * 1e-9
            alone = doubted is None or float(np.linalg.norm(tcp_in_base[:3] - doubted[:3])) > NEAR_M
            if self._doubts and alone and jump_m > NEAR_M + FASTEST_M_S * passed_s:
                self._doubted[arm] = tcp_in_base
                return self.refuse(f"target_pose jumps by {jump_m:.3f} m and is alone there")
        self._targets[arm], self._stopped[arm] = tcp_in_base, False
        # One whose stamp was damaged must not outlast those that come after it.
        self._targets_ns[arm] = min(stamp_ns, self.now_ns)
        return True

    def offer_joints(self, stamp_ns: int, positions: np.ndarray, arm: int = 0) -> bool:
        """Takes joint positions (7,) [rad] of an arm for the next tick, where joints drive it; else as for a pose."""
        if stamp_ns < self.start_ns:
            return False
        age_s = (self.now_ns - stamp_ns) * 1e-9
        if positions.shape != (7,) or not np.isfinite(positions).all():
            return self.refuse(f"target_joints {positions.tolist()}: expected 7 finite numbers")
        if abs(age_s) > self._timeout_ns * 1e-9:
            return self.refuse(f"target_joints is {age_s:.3f} s old; expected at most {self._timeout_ns * 1e-9:g} s")
        self._targets[arm], self._targets_ns[arm], self._stopped[arm] = positions, stamp_ns, False
        return True

    def step(self) -> tuple[Observation, ...]:
        """Advances one tick towards the newest targets; an arm without a fresh one stops where it is."""
        for arm, target in enumerate(self._targets):
            if target is not None and not self._is_fresh(arm) and self.drive != "joints":
                self._brake(arm, target)
        return self.environment.step(self._targets)

    def _brake(self, arm: int, target: np.ndarray) -> None:
        """Joints are stiff and stand where they were told to; a pose is a spring that has to be taken back."""
        measured = self.environment.world.arms[arm]
        tcp = measured.tcp_in_base()
        if not self._stopped[arm]:
            self._stopped[arm] = True
            self._targets[arm] = target = standstill_pose(target, tcp, TOOL_AXIS, run_on_share=0.0)
            self._braking[arm].begin(self.now_ns)
        self._braking[arm].step(target, tcp, measured.twist_before_step[:3], self.now_ns)

    def perturb(self, target: str, vector: np.ndarray, duration_s: float) -> str:
        """Moves the object by a vector (3,) [m] or pushes the arms with a force (3,) [N]; returns what begins now.

        Args:
            target: object (or its older name, board) or arm.
            vector: in the world.
            duration_s: 0 for the task's usual one.

        Raises:
            InputError: unknown target, a vector or duration out of bounds, or no episode yet.
        """
        if self.episode < 0:
            raise InputError("there is no episode to perturb; reset the world first")
        if target not in ("object", "board", "arm"):
            raise InputError(f"perturbation target '{target}': expected object or arm")
        if not (np.isfinite(vector).all() and np.isfinite(duration_s)):
            raise InputError(f"vector {vector.tolist()} for {duration_s} s: expected finite numbers")
        magnitudes = self.environment.task.magnitudes
        usual_s = magnitudes.push_duration_s if target == "arm" else magnitudes.shift_duration_s
        duration_s = duration_s or usual_s
        if not MIN_DURATION_S <= duration_s <= MAX_DURATION_S:
            raise InputError(
                f"duration {duration_s:g} s: expected {MIN_DURATION_S:g} to {MAX_DURATION_S:g} s, "
                f"or 0 for {usual_s:g} s"
            )
        size = float(np.linalg.norm(vector))
        if target == "arm":
            _require(0.0 < size <= MAX_PUSH_N, f"force of {size:g} N: expected more than 0, at most {MAX_PUSH_N:g} N")
            self.environment.perturb(Push(0.0, vector, duration_s))
            return f"pushing the arm with {size:.1f} N for {duration_s:g} s"
        _require(0.0 < size <= MAX_SHIFT_M, f"shift of {size:g} m: expected more than 0, at most {MAX_SHIFT_M:g} m")
        _require(
            size / duration_s <= MAX_SHIFT_SPEED_M_S,
            f"shift of {size:g} m in {duration_s:g} s: expected at most {MAX_SHIFT_SPEED_M_S:g} m/s",
        )
        self.environment.perturb(ObjectShift(0.0, vector, duration_s))
        return f"moving the object by {1000 * size:.0f} mm in {duration_s:g} s"

    def refuse(self, reason: str) -> bool:
        """Counts a target that is not taken, and says why; returns False."""
        self.refused_targets += 1
        self.refusal = reason
        return False


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise InputError(problem)
