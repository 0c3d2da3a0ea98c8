"""Whatever bytes of a measurement or a plan are damaged: the controller goes on, its target stays in the workspace."""

import numpy as np
import pytest

from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController
from touchloop.policy.plan import LatentPlan
from touchloop.policy.weights import default_weights

TICK_NS = 4_000_000
TCP = np.array([0.45, 0.0, 0.25, 1.0, 0.0, 0.0, 0.0])
CALM_TICKS = 100
"""In them it tares and takes a plan."""


@pytest.fixture(scope="module")
def decoder() -> FastDecoder:
    return FastDecoder.load(default_weights("wipe", "touchloop"), "wipe")


def damaged(dice: np.random.Generator, values: np.ndarray) -> np.ndarray:
    """Up to four bytes changed."""
    changed = bytearray(values.tobytes())
    for _ in range(dice.integers(1, 5)):
        changed[dice.integers(len(changed))] ^= int(dice.integers(1, 256))
    return np.frombuffer(bytes(changed), values.dtype).reshape(values.shape).copy()


@pytest.mark.parametrize("seed", range(8))
def test_damaged_bytes_neither_end_the_controller_nor_lead_it_out_of_the_workspace(
    decoder: FastDecoder, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    controller = FastController(decoder)
    limits, spec = controller.config.limits, decoder.spec
    for tick in range(400):
        now_ns = 1_000_000_000 + tick * TICK_NS
        wrench = np.array([0.0, 0.0, -3.0 - (5.0 if tick > 80 else 0.0), 0.0, 0.0, 0.0])
        pose, markers = TCP.copy(), 1e-4 * dice.standard_normal((63, 2)).astype(np.float32)
        plan = dice.standard_normal((spec.steps, spec.size)).astype(np.float32)
        base, stamp_ns = TCP.copy(), now_ns
        what = dice.integers(12) if tick > CALM_TICKS else -1
        if what == 0:
            wrench = damaged(dice, wrench)
        elif what == 1:
            pose = damaged(dice, pose)
        elif what == 2:
            markers = damaged(dice, markers)
        elif what == 3:
            plan, base = damaged(dice, plan), damaged(dice, base)
        elif what == 4:
            stamp_ns += int(dice.integers(-(10**8), 10**8))
        controller.observe_wrench(stamp_ns, wrench)
        controller.observe_tcp_pose(stamp_ns, pose)
        if tick % 10 == 0 or what == 2:
            controller.observe_markers(now_ns, markers)
        if tick % 125 == 50 or what == 3:
            controller.accept_plan(LatentPlan(now_ns, tick, decoder.weights_id, base, 0.04, spec.horizon, plan), now_ns)
        target = controller.step(now_ns).target_in_base
        if target is not None:
            assert np.isfinite(target).all()
            assert (target[:3] >= limits.lower_in_base - 1e-9).all()
            assert (target[:3] <= limits.upper_in_base + 1e-9).all()
