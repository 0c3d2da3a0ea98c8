from collections.abc import Iterator

import pytest
from rdp_samples import untrained_weights

from touchloop.bench import on_ray
from touchloop.bench.evaluate import Job, evaluate
from touchloop.bench.on_ray import evaluate_on_ray
from touchloop.bench.protocol import Rates

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


def test_a_cluster_gives_the_same_results_in_the_same_order(
    jobs: list[Job], cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_ray, "CHUNK", 2)
    assert list(evaluate_on_ray(jobs)) == list(evaluate(jobs, workers=1))
    assert ray.is_initialized()
