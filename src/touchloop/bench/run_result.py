"""``result.json``: what a run leaves behind about its episodes."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from touchloop.bench.results import EpisodeResult, summarise

NAME = "result.json"


def write_result(folder: Path, task: str, perturbation: str, results: Sequence[EpisodeResult]) -> Path:
    """Writes the summary and one row an episode; never leaves half a file.

    Args:
        folder: the run's; made if needed.
        task: its name.
        perturbation: none, before, after, push or both.
        results: at least one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    summary = asdict(summarise(results))
    del summary["episodes"]
    content = {"task": task, "perturbation": perturbation, **summary, "rows": [asdict(row) for row in results]}
    part = folder / f"{NAME}.part"
    part.write_text(json.dumps(content, indent=2) + "\n")
    return part.replace(folder / NAME)
