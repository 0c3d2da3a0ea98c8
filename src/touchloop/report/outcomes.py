"""Outcomes of a run: which row of ``result.json`` belongs to which episode of the bag, and how to run it again."""

from collections.abc import Sequence

from touchloop.report.episodes import Episode
from touchloop.report.load import Loaded
from touchloop.report.run_folder import EpisodeRow, RunFolder


def written_rows(run: RunFolder, episodes: Sequence[Episode]) -> list[EpisodeRow | None]:
    """The row of ``result.json`` that belongs to each episode of the bag; None for one that has no row.

    An episode that was begun anew, since a node died, is in the bag twice and in the file once.
    """
    rows = iter(run.result.episodes if run.result else [])
    row = next(rows, None)
    found: list[EpisodeRow | None] = []
    for index, episode in enumerate(episodes):
        seed = episode.start.seed if episode.start else None
        again = any(later.start and later.start.seed == seed for later in episodes[index + 1 :])
        if row is not None and (row.seed == seed or None in (row.seed, seed)) and (episode.finished or not again):
            found.append(row)
            row = next(rows, None)
        else:
            found.append(None)
    return found


def outcome_rows(run: RunFolder, episodes: Sequence[Episode]) -> list[EpisodeRow]:
    """One row an episode: from ``result.json``, and from the bag for episodes after the last one written there."""
    written = written_rows(run, episodes)
    known = [index for index, row in enumerate(written) if row is not None]
    rest = episodes[known[-1] + 1 :] if known else episodes if not (run.result and run.result.episodes) else []
    return [*(run.result.episodes if run.result else []), *(episode.outcome for episode in rest)]


def command_to_reproduce(run: RunFolder, loaded: Loaded | None, episodes: Sequence[Episode]) -> str:
    """The launch command for the same episodes; empty when the seed is not known."""
    rows = outcome_rows(run, episodes)
    if not rows or rows[0].seed is None:
        return ""
    start = episodes[0].start if episodes else None
    task = start.task if start else (run.result.task if run.result else None) or "wipe"
    words = ["touchloop launch sim.launch.xml", f"task:={task}", f"seed:={rows[0].seed}"]
    words += [f"perturb:={rows[0].perturbation}"] if rows[0].perturbation else []
    words += [f"episodes:={len(rows)}"] if len(rows) > 1 else []
    return " ".join([*words, *(["lockstep:=true"] if in_lockstep(loaded) else [])])


def in_lockstep(loaded: Loaded | None) -> bool:
    """Whether simulated time waited for the nodes: only free-running bags have heartbeats, which carry wall time."""
    return loaded is not None and not any(topic.endswith("/heartbeat") for topic in loaded.types)


def disagreements(run: RunFolder, episodes: Sequence[Episode]) -> list[str]:
    """Where ``result.json`` and the bag tell different stories, in sentences."""
    found = []
    written = written_rows(run, episodes)
    for index, (row, episode) in enumerate(zip(written, episodes, strict=True)):
        seen = episode.outcome.success
        if row is not None and None not in (row.success, seen) and seen != row.success:
            found.append(f"Episode {index}: result.json says success {row.success}, the bag says {seen}.")
    missing = len(run.result.episodes) - sum(row is not None for row in written) if run.result else 0
    if episodes and missing > 0:
        found.append(f"{missing} episodes of result.json are not in the bag.")
    return found
