"""Which episodes of a benchmark are looked at closely: a win, a failure, and another policy in the same place."""

from collections.abc import Sequence
from dataclasses import dataclass

from touchloop.bench.results import EpisodeResult

OURS = "touchloop"
OTHERS = ("rdp", "dp")
"""Compared with, the first that has results."""
HARDEST_FIRST = ("after", "both", "push", "before", "none")


@dataclass(frozen=True, slots=True)
class Chosen:
    """An episode of the benchmark."""

    task: str
    policy: str
    result: EpisodeResult

    @property
    def name(self) -> str:
        """For its files."""
        return f"{self.task}-{self.policy}-{self.result.perturbation}-{self.result.seed}"


def choose_episodes(episodes: Sequence[tuple[str, str, EpisodeResult]], most: int) -> list[Chosen]:
    """For each task in order: a win of ours, another policy in the same episode, a failure of ours; at most ``most``.

    The win is one that the other policy fails, if there is one, under the hardest disturbance; the other's episode is a
    failure of its own elsewhere if it failed in none of ours.

    Args:
        episodes: task, policy and result.
        most: of each task.
    """
    chosen: list[Chosen] = []
    for task in dict.fromkeys(task for task, _, _ in episodes):
        of: dict[str, list[EpisodeResult]] = {}
        for other_task, policy, result in episodes:
            if other_task == task:
                of.setdefault(policy, []).append(result)
        ours = OURS if OURS in of else next(iter(of))
        other = next((name for name in OTHERS if name in of and name != ours), None)
        picks: list[Chosen] = []
        wins, failures = _split(of[ours])
        their_wins, their_failures = _split(of[other]) if other else ([], [])
        lost = {(r.seed, r.perturbation): r for r in their_failures}
        both = [r for r in wins if (r.seed, r.perturbation) in lost]
        if wins:
            picks.append(Chosen(task, ours, (both or wins)[0]))
        if other:
            same = [lost[both[0].seed, both[0].perturbation]] if both else []
            picks.append(Chosen(task, other, [*same, *their_failures, *their_wins][0]))
        if failures:
            picks.append(Chosen(task, ours, failures[0]))
        chosen += picks[:most]
    return chosen


def _split(results: Sequence[EpisodeResult]) -> tuple[list[EpisodeResult], list[EpisodeResult]]:
    """Wins and failures, hardest first."""
    ranked = sorted(results, key=lambda r: (HARDEST_FIRST.index(r.perturbation), r.seed))
    return [r for r in ranked if r.success], [r for r in ranked if not r.success]
