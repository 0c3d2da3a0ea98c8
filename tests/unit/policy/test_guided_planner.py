from pathlib import Path

import numpy as np
import pytest
import torch
from rdp_samples import marker_components, untrained, untrained_weights

from touchloop.errors import InputError
from touchloop.policy.dynamics import TouchDynamics
from touchloop.policy.export import export
from touchloop.policy.features import HORIZON, TOUCH_FLOOR, TOUCH_SIZE
from touchloop.policy.guidance import ReachGoal
from touchloop.policy.guided_planner import GuidedPlanner
from touchloop.policy.normaliser import Normaliser
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.train import TrainConfig

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")

TCP = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
SEEN = PlannerObservation(
    stamp_ns=1_000_000_000,
    tcp_in_base=np.stack([TCP, TCP]),
    wrench_at_sensor=np.zeros((2, 6)),
    wrench_bias=np.zeros(6),
    markers=np.zeros((63, 2), np.float32),
    wrist_rgb=np.full((128, 128, 3), 90, np.uint8),
)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    trained = untrained(3)
    trained.dynamics = TouchDynamics()
    # Else the inputs lie far beyond where an untrained decoder has any slope.
    trained.touch = Normaliser(np.zeros(TOUCH_SIZE, np.float32), TOUCH_FLOOR.astype(np.float32))
    with torch.no_grad():
        trained.policy.denoiser.leave.weight *= 0.02
    export(tmp_path, trained, marker_components(), TrainConfig(), "wipe", 1, "none", "none", "none")
    return tmp_path


def test_a_guided_plan_costs_less_and_the_same_seed_gives_the_same(weights: Path) -> None:
    goal = ReachGoal(TCP[:3] + np.array([0.04, 0.03, 0.0]))
    costs = {}
    for name, guides in (("free", ()), ("guided", (goal,))):
        planner = GuidedPlanner(weights, guides=guides)
        (plan,) = planner.plan([SEEN], 0, 7)
        (again,) = GuidedPlanner(weights, guides=guides).plan([SEEN], 0, 7)
        np.testing.assert_array_equal(plan.latent, again.latent)
        assert plan.weights_id == planner.weights_id
        costs[name] = cost_of(planner, plan.latent, goal)
    assert costs["guided"] < costs["free"]


def cost_of(planner: GuidedPlanner, latent: np.ndarray, goal: ReachGoal) -> float:
    planner.guides = [goal]
    normal = (torch.from_numpy(latent)[None] - planner._plan_mean) / planner._plan_scale
    return float(planner._cost(normal, torch.zeros(1, HORIZON, TOUCH_SIZE), SEEN))


def test_without_guides_it_plans_too(weights: Path) -> None:
    planner = GuidedPlanner(weights)
    (plan,) = planner.plan([SEEN], 0, 7)
    assert np.isfinite(plan.latent).all()
    assert planner.sampled == 4


def test_weights_that_cannot_be_guided_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be guided"):
        GuidedPlanner(untrained_weights(tmp_path, policy="rdp"))
