from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rdp_samples import untrained_weights

from touchloop.bench import on_ray
from touchloop.bench.evaluate import Job, evaluate
from touchloop.bench.on_ray import evaluate_on_ray
from touchloop.bench.protocol import Rates
from touchloop.errors import InputError

ray = pytest.importorskip("ray")
# torch warns of its older exporter to ONNX.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning"),
]
RATES = Rates(plan_period_ns=2_000_000_000, fast_rate_hz=24.0)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    weights = untrained_weights(tmp_path_factory.mktemp("weights"), task="press")
    return [Job("press", weights, seed, kind, RATES) for seed, kind in ((3, "none"), (4, "before"), (3, "none"))]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cluster of two processors that stays when an evaluation is over."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.usefixtures("cluster")
def test_a_cluster_gives_the_same_results_in_the_same_order(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_ray, "CHUNK", 2)
    assert list(evaluate_on_ray(jobs)) == list(evaluate(jobs, workers=1))
    assert ray.is_initialized()


def test_a_cluster_of_its_own_ends_with_it_and_a_users_mistake_stays_one(
    jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(InputError) as caught:
        list(evaluate_on_ray([replace(jobs[0], weights=tmp_path)]))
    assert str(caught.value).startswith(f"{tmp_path}: no weights here")
    assert not ray.is_initialized()


def test_an_address_without_a_cluster_is_named(jobs: list[Job]) -> None:
    with pytest.raises(InputError, match=r"no Ray cluster at nonsense"):
        list(evaluate_on_ray(jobs, "nonsense"))
    assert not ray.is_initialized()
