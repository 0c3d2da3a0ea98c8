from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rdp_samples import untrained, untrained_weights

from touchloop.errors import InputError
from touchloop.policy.export import _PlannerGraph
from touchloop.policy.features import HORIZON, LATENT_DIM, LATENT_STEPS, shrink_picture, state_vector
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.planner import Planner
from touchloop.policy.weights import FAST, SLOW_TENSORS, default_weights, file_hash, read_card, read_tensors
from touchloop.touch.markers import MarkerPca
from touchloop.touch.wrench import wrench_at_tcp

COMMITTED = default_weights("wipe")


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(COMMITTED, "wipe")


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


def planned_by_torch(weights: Path, seen: PlannerObservation, sequence: int, seed: int) -> np.ndarray:
    graph = _PlannerGraph(untrained())
    graph.load_state_dict(
        {k: torch.from_numpy(v) for k, v in read_tensors(weights / SLOW_TENSORS).items() if "tokenizer." not in k}
    )
    fast = read_tensors(weights / FAST)
    markers = MarkerPca(fast["markers.mean"], fast["markers.components"])(seen.markers.reshape(-1))
    wrench = np.empty((2, 6))
    for i in range(2):
        wrench_at_tcp(seen.wrench_at_sensor[i], seen.wrench_bias, wrench[i])
    state = state_vector(seen.tcp_in_base, wrench, markers).astype(np.float32)
    noise = np.random.default_rng([seed, sequence]).standard_normal((1, LATENT_STEPS, LATENT_DIM), dtype=np.float32)
    with torch.no_grad():
        arguments = (state[None], shrink_picture(seen.wrist_rgb)[None], noise)
        return graph.eval()(*map(torch.from_numpy, arguments))[0].numpy()


def test_the_committed_graph_plans_as_its_tensors_do_in_torch(planner: Planner) -> None:
    for seed in range(4):
        seen = observation(seed)
        latent = planner.plan(seen, seed, 7).latent
        np.testing.assert_allclose(latent, planned_by_torch(COMMITTED, seen, seed, 7), atol=2e-3, rtol=2e-3)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_an_export_plans_as_in_torch_and_its_card_fits(tmp_path: Path) -> None:
    folder = untrained_weights(tmp_path / "weights", seed=3)
    seen = observation(1)
    latent = Planner(folder, "wipe").plan(seen, 0, 0).latent
    np.testing.assert_allclose(latent, planned_by_torch(folder, seen, 0, 0), atol=1e-3, rtol=1e-3)
    card = read_card(folder, "wipe")
    assert card.files == {name: file_hash(folder / name) for name in card.files}
    again = read_card(untrained_weights(tmp_path / "again", seed=3))
    other = read_card(untrained_weights(tmp_path / "other", seed=4))
    assert again.weights_id == card.weights_id != other.weights_id


def test_the_same_observation_and_seed_give_the_same_plan(planner: Planner) -> None:
    plan, again = planner.plan(observation(), 3, 11), Planner(COMMITTED).plan(observation(), 3, 11)
    np.testing.assert_array_equal(plan.latent, again.latent)
    for sequence, seed in ((4, 11), (3, 12)):
        assert not np.array_equal(planner.plan(observation(), sequence, seed).latent, plan.latent)


def test_the_time_of_day_does_not_matter_and_the_plan_carries_it(planner: Planner) -> None:
    plan, later = planner.plan(observation(), 0, 0), planner.plan(replace(observation(), stamp_ns=9), 0, 0)
    np.testing.assert_array_equal(plan.latent, later.latent)
    assert (plan.stamp_ns, later.stamp_ns) == (1_000_000_000, 9)
    assert (plan.weights_id, plan.horizon) == (planner.card.weights_id, HORIZON)
    assert plan.action_period_s == pytest.approx(0.04)
    np.testing.assert_array_equal(plan.base_pose, observation().tcp_in_base[-1])
    assert plan.latent.shape == (LATENT_STEPS, LATENT_DIM)


def test_plans_heed_pose_touch_and_picture(planner: Planner) -> None:
    seen = observation()
    plan = planner.plan(seen, 0, 0).latent
    for change in (
        {"tcp_in_base": seen.tcp_in_base + np.array([0.0, 0.02, 0.0, 0.0, 0.0, 0.0, 0.0])},
        {"wrench_bias": seen.wrench_bias + 1.0},
        {"markers": seen.markers + np.float32(3e-5)},
        {"wrist_rgb": 255 - seen.wrist_rgb},
    ):
        assert np.abs(planner.plan(replace(seen, **change), 0, 0).latent - plan).max() > 1e-4


@pytest.mark.parametrize("name", ["tcp_in_base", "wrench_at_sensor", "wrench_bias", "markers"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_observation_that_is_not_finite_is_refused(planner: Planner, name: str, bad: float) -> None:
    spoilt = getattr(observation(), name).copy()
    spoilt.flat[-1] = bad
    with np.errstate(invalid="ignore"), pytest.raises(InputError, match="NaN or an infinity"):
        planner.plan(replace(observation(), **{name: spoilt}), 0, 0)
