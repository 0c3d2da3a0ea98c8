import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.policy.guidance import AvoidRegion, ForceBound, ReachGoal

GOAL = np.array([0.5, 0.1, 0.2])
STEPS = 32


def still_at(position: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(position).float().expand(1, STEPS, 3)


@given(st.floats(0.002, 0.1), st.floats(0.0, 6.28))
def test_the_goal_costs_the_square_of_the_distance_beside_it(beside_m: float, angle: float) -> None:
    offset = np.array([beside_m * np.cos(angle), beside_m * np.sin(angle), 0.3])
    cost = ReachGoal(GOAL).cost(still_at(GOAL + offset), torch.zeros(1, STEPS))
    assert cost.item() == pytest.approx(beside_m**2 / 1e-4, rel=1e-2)


def test_coming_down_costs_only_beside_the_goal() -> None:
    guide, in_air = ReachGoal(GOAL), torch.zeros(1, STEPS)
    low = np.array([0.0, 0.0, 0.005])
    assert guide.cost(still_at(GOAL + low), in_air).item() == pytest.approx(0.0, abs=1e-3)
    beside = np.array([0.03, 0.0, 0.0])
    high = guide.cost(still_at(GOAL + beside + 20 * low), in_air)
    assert guide.cost(still_at(GOAL + beside + low), in_air) > high


def test_in_contact_the_goal_is_silent() -> None:
    assert ReachGoal(GOAL).cost(still_at(GOAL + 0.05), torch.full((1, STEPS), 5.0)).item() == 0.0


def test_the_slope_of_the_goal_points_to_it() -> None:
    tcp = still_at(GOAL + np.array([0.02, -0.01, 0.2])).clone().requires_grad_(True)
    ReachGoal(GOAL).cost(tcp, torch.zeros(1, STEPS)).sum().backward()
    slope = tcp.grad.sum(dim=(0, 1)).numpy()
    assert slope[0] > 0.0
    assert slope[1] < 0.0


def test_only_force_above_the_bound_costs() -> None:
    force = torch.tensor([[2.0, 4.0, 7.0]])
    tcp = torch.zeros(1, 3, 3)
    assert ForceBound(8.0).cost(tcp, force).item() == 0.0
    assert ForceBound(5.0).cost(tcp, force).item() == pytest.approx(4.0 / 3.0)


def test_a_region_costs_inside_and_pushes_outwards() -> None:
    region = AvoidRegion(GOAL, 0.05)
    assert region.cost(still_at(GOAL + np.array([0.06, 0.0, 0.0])), torch.zeros(1, STEPS)).item() == 0.0
    tcp = still_at(GOAL + np.array([0.02, 0.0, 0.0])).clone().requires_grad_(True)
    region.cost(tcp, torch.zeros(1, STEPS)).sum().backward()
    assert tcp.grad[..., 0].sum() < 0.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: ReachGoal(np.array([0.5, np.nan, 0.2])),
        lambda: ReachGoal(np.zeros(2)),
        lambda: ForceBound(0.0),
        lambda: ForceBound(float("nan")),
        lambda: AvoidRegion(GOAL, -0.1),
        lambda: AvoidRegion(np.full(3, np.inf), 0.1),
    ],
)
def test_what_cannot_be_guided_by_is_refused(make) -> None:
    with pytest.raises(InputError, match="expected"):
        make()
