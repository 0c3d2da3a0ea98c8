"""The slow planner: what all arms sense in, a plan for each arm out, by onnxruntime on one core."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from touchloop.errors import InputError
from touchloop.policy.features import shrink_picture, state_vector
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.plan import LatentPlan
from touchloop.policy.weights import FAST, SLOW, read_card, read_tensors
from touchloop.touch.markers import MarkerPca
from touchloop.touch.wrench import wrench_at_tcp

IDENTITY_POSE = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


class Planner:
    """Plans from one observation at a time; the same observation and seed give the same plan.

    Raises:
        InputError: the weights are missing, damaged, or made for another task or layout.
    """

    def __init__(self, weights: Path, task: str | None = None, policy: str | None = None) -> None:
        self.card = read_card(weights, task, policy)
        tensors = read_tensors(weights / FAST)
        self._markers = MarkerPca(tensors["markers.mean"], tensors["markers.components"])
        options = onnxruntime.SessionOptions()
        # Two threads give tails of hundreds of milliseconds on small machines, and spinning steals from the fast loop.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(weights / SLOW), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no public base class
            raise InputError(f"{weights / SLOW}: onnxruntime cannot load it ({error})") from error

    @property
    def weights_id(self) -> str:
        """What the controller's decoder must match."""
        return self.card.weights_id

    @property
    def arms(self) -> int:
        """How many arms it plans for."""
        return self.card.layout.arms

    def warm_up(self) -> None:
        """Plans once from nothing, so that the first real plan takes no longer than the others."""
        pose = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
        nothing = PlannerObservation(
            stamp_ns=0,
            tcp_in_base=np.stack([pose, pose]),
            wrench_at_sensor=np.zeros((2, 6)),
            wrench_bias=np.zeros(6),
            markers=np.zeros((63, 2), np.float32),
            wrist_rgb=np.zeros((128, 128, 3), np.uint8),
        )
        self.plan([nothing] * self.arms, 0, 0)

    def plan(self, observations: Sequence[PlannerObservation], sequence: int, seed: int) -> tuple[LatentPlan, ...]:
        """The plan of each arm.

        Args:
            observations: what each arm senses now, all of one time.
            sequence: number of the plan in its episode.
            seed: the episode's; with the sequence it sets the sampler's noise, whatever the time of day.

        Raises:
            InputError: an observation holds a NaN or an infinity, or their number is not that of the arms.
        """
        layout = self.card.layout
        state = self._checked_state(observations)
        rng = np.random.default_rng([seed, sequence])
        noise = rng.standard_normal((1, layout.steps, layout.arms * layout.size), dtype=np.float32)
        pictures = np.stack([shrink_picture(observation.wrist_rgb) for observation in observations])
        (plan,) = self._session.run(["plan"], {"state": state[None], "pictures": pictures[None], "noise": noise})
        return self._as_plans(observations, sequence, np.asarray(plan)[0])

    def _checked_state(self, observations: Sequence[PlannerObservation]) -> np.ndarray:
        """(arms * STATE_SIZE,) float32, or an error for what cannot be planned from."""
        layout = self.card.layout
        if len(observations) != layout.arms:
            raise InputError(f"observations of {len(observations)} arms; these weights plan for {layout.arms}")
        state = np.concatenate([self._state(observation) for observation in observations]).astype(np.float32)
        if not np.isfinite(state).all():
            raise InputError("the observation holds a NaN or an infinity; expected finite pose, wrench and markers")
        return state

    def _as_plans(
        self, observations: Sequence[PlannerObservation], sequence: int, plan: np.ndarray
    ) -> tuple[LatentPlan, ...]:
        """One plan an arm from the joint one (steps, arms * size)."""
        layout = self.card.layout
        rows = np.split(plan, layout.arms, axis=-1)
        return tuple(
            LatentPlan(
                stamp_ns=observation.stamp_ns,
                sequence=sequence,
                weights_id=self.weights_id,
                base_pose=IDENTITY_POSE.copy() if layout.absolute else observation.tcp_in_base[-1].copy(),
                action_period_s=layout.action_period_ns * 1e-9,
                horizon=layout.horizon,
                latent=np.ascontiguousarray(arm_rows),
            )
            for observation, arm_rows in zip(observations, rows, strict=True)
        )

    def _state(self, observation: PlannerObservation) -> np.ndarray:
        wrench = np.empty((2, 6))
        for sample, row in zip(observation.wrench_at_sensor, wrench, strict=True):
            wrench_at_tcp(sample, observation.wrench_bias, row)
        return state_vector(observation.tcp_in_base, wrench, self._markers(observation.markers.reshape(-1)))
