from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rdp_samples import marker_components, untrained, untrained_weights

from touchloop.errors import InputError
from touchloop.policy.export import _PlannerGraph
from touchloop.policy.features import HORIZON, LATENT_DIM, LATENT_STEPS, shrink_picture, state_vector
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.planner import Planner
from touchloop.policy.spec import POLICIES
from touchloop.policy.weights import file_hash, read_card
from touchloop.touch.wrench import wrench_at_tcp

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def planner(weights: Path) -> Planner:
    return Planner(weights, "wipe")


def observation(seed: int = 0) -> PlannerObservation:
    rng = np.random.default_rng(seed)
    pose = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
    return PlannerObservation(
        stamp_ns=1_000_000_000,
        tcp_in_base=np.stack([pose, pose]) + [[0.01 * rng.standard_normal(), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]] * 2,
        wrench_at_sensor=rng.standard_normal((2, 6)),
        wrench_bias=rng.standard_normal(6),
        markers=(1e-5 * rng.standard_normal((63, 2))).astype(np.float32),
        wrist_rgb=rng.integers(0, 256, (128, 128, 3), dtype=np.uint8),
    )


def state_of(seen: PlannerObservation, seed: int) -> np.ndarray:
    wrench = np.empty((2, 6))
    for i in range(2):
        wrench_at_tcp(seen.wrench_at_sensor[i], seen.wrench_bias, wrench[i])
    return state_vector(seen.tcp_in_base, wrench, marker_components(seed)(seen.markers.reshape(-1)))


def planned_by_torch(policy: str, seen: list[PlannerObservation], sequence: int, seed: int) -> np.ndarray:
    """Rows (steps, arms * size) of the untrained networks of a seed, which is the episode's too."""
    arms, spec = len(seen), POLICIES[policy]
    state = np.concatenate([state_of(s, seed) for s in seen]).astype(np.float32)
    pictures = np.stack([shrink_picture(s.wrist_rgb) for s in seen])
    shape = (1, spec.steps, arms * spec.size)
    noise = np.random.default_rng([seed, sequence]).standard_normal(shape, dtype=np.float32)
    graph = _PlannerGraph(untrained(seed, policy, arms)).eval()
    with torch.no_grad():
        return graph(*map(torch.from_numpy, (state[None], pictures[None], noise)))[0].numpy()


@pytest.mark.parametrize(("policy", "arms"), [("touchloop", 1), ("touchloop", 2), ("act", 1), ("dp", 2)])
def test_an_export_plans_as_in_torch_for_each_arm(tmp_path: Path, policy: str, arms: int) -> None:
    spec = POLICIES[policy]
    made = Planner(untrained_weights(tmp_path, seed=3, policy=policy, arms=arms), "wipe", policy)
    for sequence in range(3):
        seen = [observation(10 * sequence + arm) for arm in range(arms)]
        plans = made.plan(seen, sequence, 3)
        assert len(plans) == made.arms == arms
        rows = np.concatenate([plan.latent for plan in plans], axis=1)
        np.testing.assert_allclose(rows, planned_by_torch(policy, seen, sequence, 3), atol=1e-3, rtol=1e-3)
        for plan, sample in zip(plans, seen, strict=True):
            assert (plan.latent.shape, plan.horizon) == ((spec.steps, spec.size), spec.horizon)
            assert plan.action_period_s == pytest.approx(spec.action_period_ns * 1e-9)
            np.testing.assert_array_equal(plan.base_pose, sample.tcp_in_base[-1])


def test_a_card_fits_its_files_and_the_seed_makes_the_weights(tmp_path: Path, weights: Path) -> None:
    card = read_card(weights, "wipe")
    assert card.files == {name: file_hash(weights / name) for name in card.files}
    again, other = (read_card(untrained_weights(tmp_path / str(seed), seed)) for seed in (0, 4))
    assert again.weights_id == card.weights_id != other.weights_id


def test_the_same_observation_and_seed_give_the_same_plan(planner: Planner, weights: Path) -> None:
    (plan,), (again,) = planner.plan([observation()], 3, 11), Planner(weights).plan([observation()], 3, 11)
    np.testing.assert_array_equal(plan.latent, again.latent)
    for sequence, seed in ((4, 11), (3, 12)):
        assert not np.array_equal(planner.plan([observation()], sequence, seed)[0].latent, plan.latent)


def test_the_time_of_day_does_not_matter_and_the_plan_carries_it(planner: Planner) -> None:
    (plan,), (later,) = planner.plan([observation()], 0, 0), planner.plan([replace(observation(), stamp_ns=9)], 0, 0)
    np.testing.assert_array_equal(plan.latent, later.latent)
    assert (plan.stamp_ns, later.stamp_ns) == (1_000_000_000, 9)
    assert (plan.weights_id, plan.horizon) == (planner.card.weights_id, HORIZON)
    assert plan.latent.shape == (LATENT_STEPS, LATENT_DIM)


def test_plans_heed_pose_touch_and_picture(planner: Planner) -> None:
    seen = observation()
    (plan,) = planner.plan([seen], 0, 0)
    for change in (
        {"tcp_in_base": seen.tcp_in_base + np.array([0.0, 0.02, 0.0, 0.0, 0.0, 0.0, 0.0])},
        {"wrench_bias": seen.wrench_bias + 1.0},
        {"markers": seen.markers + np.float32(3e-5)},
        {"wrist_rgb": 255 - seen.wrist_rgb},
    ):
        assert np.abs(planner.plan([replace(seen, **change)], 0, 0)[0].latent - plan.latent).max() > 1e-4


@pytest.mark.parametrize("name", ["tcp_in_base", "wrench_at_sensor", "wrench_bias", "markers"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_observation_that_is_not_finite_is_refused(planner: Planner, name: str, bad: float) -> None:
    spoilt = getattr(observation(), name).copy()
    spoilt.flat[-1] = bad
    with np.errstate(invalid="ignore"), pytest.raises(InputError, match="NaN or an infinity"):
        planner.plan([replace(observation(), **{name: spoilt})], 0, 0)


def test_another_number_of_arms_is_refused(planner: Planner) -> None:
    with pytest.raises(InputError, match="observations of 2 arms; these weights plan for 1"):
        planner.plan([observation()] * 2, 0, 0)
