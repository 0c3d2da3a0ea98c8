"""Episodes that are done, on disk: an interrupted benchmark goes on where it stopped."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from touchloop.bench.evaluate import Job
from touchloop.bench.results import EpisodeResult
from touchloop.errors import InputError
from touchloop.policy.weights import CARD, file_hash

NAME = "episodes.jsonl"


class RowLog:
    """One line an episode in ``folder``; ``run`` runs only the jobs that are not there yet.

    Raises:
        InputError: the file there is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._done: dict[str, EpisodeResult] = {}
        self._hashes: dict[Path, str] = {}
        if not self._path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            return
        text = self._path.read_text()
        # A killed run may leave half of its last line.
        whole, _, _ = text.rpartition("\n")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                entry = json.loads(line)
                self._done[entry["job"]] = EpisodeResult(**entry["result"])
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise InputError(f"{self._path}:{number}: damaged line ({error}); delete it to go on") from error
        if len(whole) + 1 < len(text):
            self._path.write_text(whole + "\n" if whole else "")

    def missing(self, jobs: Iterable[Job]) -> int:
        """How many are still to run."""
        return sum(self._key(job) not in self._done for job in jobs)

    def run(
        self, jobs: Sequence[Job], evaluate: Callable[[Sequence[Job]], Iterator[EpisodeResult]]
    ) -> Iterator[EpisodeResult]:
        """All results in the order of ``jobs``; ``evaluate`` runs the missing ones."""
        fresh = evaluate([job for job in jobs if self._key(job) not in self._done])
        with self._path.open("a") as file:
            for job in jobs:
                key = self._key(job)
                if key not in self._done:
                    self._done[key] = next(fresh)
                    file.write(json.dumps({"job": key, "result": asdict(self._done[key])}) + "\n")
                    file.flush()
                yield self._done[key]

    def _key(self, job: Job) -> str:
        """Names all that the result depends on, the weights' content included."""
        if job.weights not in self._hashes:
            self._hashes[job.weights] = file_hash(job.weights / CARD)[:16]
        rates = tuple(asdict(job.rates).values())
        return repr((job.task, self._hashes[job.weights], job.perturbation, job.seed, *rates))
