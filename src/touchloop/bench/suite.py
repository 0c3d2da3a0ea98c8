"""A benchmark as a list of cells: task, policy and perturbation, each over the same seeds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from touchloop.bench.evaluate import Job
from touchloop.bench.protocol import Rates, rates_of
from touchloop.bench.results import EpisodeResult, Summary, summarise
from touchloop.policy.spec import checked_policy


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of the table."""

    task: str
    policy: str
    perturbation: str
    weights: Path
    rates: Rates

    def jobs(self, seeds: Sequence[int]) -> list[Job]:
        """Its episodes."""
        return [Job(self.task, self.weights, seed, self.perturbation, self.rates) for seed in seeds]

    def row(self, results: Sequence[EpisodeResult]) -> dict:
        """Its row in a results file."""
        summary = summarise(results)
        return {
            "task": self.task,
            "policy": self.policy,
            "perturb": self.perturbation,
            "episodes": summary.episodes,
            "success_rate": summary.success_rate,
            "interval": [summary.success_low, summary.success_high],
            "score_mean": summary.score_mean,
            "progress_mean": summary.progress_mean,
            "in_band_mean": summary.in_band_mean,
            "peak_force_max_n": summary.peak_force_max_n,
            "variants": {
                variant: asdict(summarise([r for r in results if r.variant == variant]))
                for variant in sorted({r.variant for r in results} - {""})
            },
        }


def cells_of(
    tasks: Iterable[str],
    policies: Iterable[str],
    perturbations: Iterable[str],
    protocol: str,
    weights: dict[tuple[str, str], Path],
) -> list[Cell]:
    """Every combination, tasks slowest."""
    return [
        Cell(task, policy, kind, weights[task, policy], rates_of(protocol, checked_policy(policy)))
        for task, policy, kind in product(tasks, policies, perturbations)
    ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished cell."""

    cell: Cell
    results: tuple[EpisodeResult, ...]

    @property
    def summary(self) -> Summary:
        """Its statistics."""
        return summarise(self.results)


def gather(cells: Sequence[Cell], seeds: Sequence[int], results: Iterable[EpisodeResult]) -> Iterator[Outcome]:
    """Groups the results of all cells' jobs, in their order, by cell; each as soon as it is complete."""
    stream = iter(results)
    for cell in cells:
        yield Outcome(cell, tuple(next(stream) for _ in seeds))


def mean_success(outcomes: Sequence[Outcome], policy: str, perturbation: str) -> float | None:
    """Mean over the tasks of a policy's success; None if nothing was run."""
    rates = [o.summary.success_rate for o in outcomes if (o.cell.policy, o.cell.perturbation) == (policy, perturbation)]
    return sum(rates) / len(rates) if rates else None
