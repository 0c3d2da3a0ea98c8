"""Compiles everything that the fast loop calls, before it matters."""

import numpy as np

from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController
from touchloop.policy.features import TARE_SAMPLES
from touchloop.policy.plan import LatentPlan

_POSE = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])


def warm_up(decoder: FastDecoder) -> None:
    """Runs a controller of its own through following, holding and lifting off; takes seconds on the first use ever."""
    controller = FastController(decoder)
    controller.reset(in_air=True)
    period_ns = round(controller.config.period_s * 1e9)
    markers = np.zeros((63, 2), np.float32)
    spec = decoder.spec
    latent = np.zeros((spec.steps, spec.size), np.float32)
    for tick in range(1, TARE_SAMPLES + 60):
        now_ns = tick * period_ns
        pressing = tick > TARE_SAMPLES + 40
        controller.observe_wrench(now_ns, np.array([0.0, 0.0, -30.0 if pressing else -3.0, 0.0, 0.0, 0.0]))
        controller.observe_tcp_pose(now_ns, _POSE)
        controller.observe_markers(now_ns, markers)
        if tick == TARE_SAMPLES + 20:
            period_s = spec.action_period_ns * 1e-9
            plan = LatentPlan(now_ns, 0, decoder.weights_id, _POSE, period_s, spec.horizon, latent)
            controller.accept_plan(plan, now_ns + 4 * period_ns)
        controller.step(now_ns)
