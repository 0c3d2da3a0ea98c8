"""A decoder with made-up weights, plans for it, and a bench that feeds a controller tick by tick."""

import functools
from dataclasses import replace

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastCommand, FastController
from touchloop.control.limits import LimitsConfig
from touchloop.geometry.pose import pose_to_action, quat_from_rotation_vector
from touchloop.policy.features import (
    ACTION_FLOOR,
    ACTION_PERIOD_NS,
    ACTION_SIZE,
    HORIZON,
    INCREMENT_FLOOR,
    LATENT_DIM,
    LATENT_STEPS,
    MARKER_COMPONENTS,
    MARKER_SIZE,
    TARE_SAMPLES,
    TOUCH_FLOOR,
    TOUCH_SIZE,
)
from touchloop.policy.plan import LatentPlan
from touchloop.policy.spec import POLICIES

TICK_NS = 4_000_000
POSE = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
BIAS = np.array([1.0, -0.5, -3.0, 0.02, 0.01, -0.03])
WEIGHTS_ID = "made-up"
NO_LIMITS = replace(
    ControllerConfig(),
    limits=LimitsConfig(
        lower_in_base=np.full(3, -10.0),
        upper_in_base=np.full(3, 10.0),
        speed_m_s=1e3,
        acceleration_m_s2=1e9,
        jerk_m_s3=1e12,
        turning_speed_rad_s=1e4,
    ),
)
INCREMENTS, POSES = "touchloop", "touchloop_absolute"
"""A policy that plans motions, and one that plans poses; both plan force."""


@functools.cache
def decoder_tensors(hidden: int = 64) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    shapes = {
        "decoder.weight_ih_l0": (3 * hidden, LATENT_DIM + TOUCH_SIZE),
        "decoder.weight_hh_l0": (3 * hidden, hidden),
        "decoder.bias_ih_l0": (3 * hidden,),
        "decoder.bias_hh_l0": (3 * hidden,),
        "to_action.weight": (ACTION_SIZE, hidden),
        "to_action.bias": (ACTION_SIZE,),
    }
    tensors = {name: rng.uniform(-0.12, 0.12, shape).astype(np.float32) for name, shape in shapes.items()}
    # Without motion: no turn, no force.
    mean = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0], np.float32)
    components = np.linalg.qr(rng.standard_normal((MARKER_SIZE, MARKER_COMPONENTS)))[0].T
    return tensors | {
        "actions.mean": mean,
        "actions.scale": ACTION_FLOOR.astype(np.float32),
        "touch.mean": np.zeros(TOUCH_SIZE, np.float32),
        "touch.scale": TOUCH_FLOOR.astype(np.float32),
        "markers.mean": np.zeros(MARKER_SIZE, np.float32),
        "markers.components": components.astype(np.float32),
    }


def make_decoder(policy: str = INCREMENTS) -> FastDecoder:
    floor = INCREMENT_FLOOR if POLICIES[policy].increments else ACTION_FLOOR
    tensors = decoder_tensors() | {"actions.scale": floor.astype(np.float32)}
    return FastDecoder(tensors, WEIGHTS_ID, POLICIES[policy])


def steady_decoder(motion_m: np.ndarray, turn_rad: np.ndarray | None = None, force_n: float = 0.0) -> FastDecoder:
    """Of a policy whose every step is the same motion (3,) and turn (3,) in the plan's frame, and planned force."""
    action = np.empty(ACTION_SIZE, np.float32)
    turn_rad = np.zeros(3) if turn_rad is None else turn_rad
    action[:-1] = pose_to_action(np.concatenate([motion_m, quat_from_rotation_vector(turn_rad)]))
    action[-1] = force_n
    tensors = decoder_tensors()
    silent = {name: np.zeros_like(tensors[name]) for name in ("to_action.weight", "to_action.bias")}
    return FastDecoder(tensors | silent | {"actions.mean": action}, WEIGHTS_ID, POLICIES[INCREMENTS])


def chunk_decoder() -> FastDecoder:
    """Of a policy without a latent space."""
    tensors = {k: v for k, v in decoder_tensors().items() if not k.startswith(("decoder.", "to_action."))}
    return FastDecoder(tensors, WEIGHTS_ID, POLICIES["dp_touch"])


def make_plan(stamp_ns: int, seed: int = 0, **changes: object) -> LatentPlan:
    fields = {
        "stamp_ns": stamp_ns,
        "sequence": seed,
        "weights_id": WEIGHTS_ID,
        "base_pose": POSE.copy(),
        "action_period_s": ACTION_PERIOD_NS * 1e-9,
        "horizon": HORIZON,
        "latent": np.random.default_rng(seed).standard_normal((LATENT_STEPS, LATENT_DIM)).astype(np.float32),
    }
    return LatentPlan(**{**fields, **changes})  # type: ignore[arg-type]


class Bench:
    """Ticks a controller whose arm is wherever its target is; a test says what it feels."""

    def __init__(
        self,
        config: ControllerConfig | None = None,
        in_air: bool = True,
        decoder: FastDecoder | None = None,
        start: np.ndarray = POSE,
    ) -> None:
        self.controller = FastController(decoder or make_decoder(), config)
        self.controller.reset(in_air=in_air)
        self.now_ns = 0
        self.tcp = start.copy()
        self.force_n = 0.0
        self.commands: list[FastCommand] = []

    def wrench(self) -> np.ndarray:
        """Pressing pushes the tool back along its own axis."""
        wrench = BIAS.copy()
        wrench[2] -= self.force_n
        return wrench

    def tick(self, wrench: bool = True, pose: bool = True, times: int = 1) -> FastCommand:
        for _ in range(times):
            self.now_ns += TICK_NS
            if wrench:
                self.controller.observe_wrench(self.now_ns, self.wrench())
            if pose:
                self.controller.observe_tcp_pose(self.now_ns, self.tcp)
            command = self.controller.step(self.now_ns)
            if command.target_in_base is not None:
                self.tcp = command.target_in_base.copy()
            self.commands.append(command)
        return self.commands[-1]

    def tared(self) -> "Bench":
        self.tick(times=TARE_SAMPLES)
        return self

    def following(self, seed: int = 0) -> "Bench":
        self.tared()
        self.plan(seed)
        self.tick()
        return self

    def plan(self, seed: int = 0, latency_ticks: int = 0, **changes: object) -> str:
        plan = make_plan(self.now_ns - latency_ticks * TICK_NS, seed, **changes)
        return self.controller.accept_plan(plan, self.now_ns)
