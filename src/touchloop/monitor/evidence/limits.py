"""What is usual for each skill on this bench: conformal limits from undisturbed runs, kept in a readable file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from touchloop.errors import InputError

SCORES = ("aside_m", "height_m", "turn_rad", "lag_m", "duration_s", "force_n", "unsteady_m_s", "sinks_m")
"""Of a step: the tool beside its aim at contact, its height there, its turn, how far an arm that hardly moves is behind
its command, how long the step took, the force that was felt, how much the commanded velocity changed at once, and how
far from its aim the arm went down."""
FLOOR = {
    "aside_m": 0.006,
    "height_m": 0.008,
    "turn_rad": 0.10,
    "lag_m": 0.015,
    "force_n": 4.0,
    "unsteady_m_s": 0.05,
    "sinks_m": 0.08,
}
"""No limit is below what errors of sight (1.2 mm, 0.8 degrees), play and a soft arm explain by themselves."""
MARGIN = 1.15
"""On what was seen, for a run outside the calibration."""


@dataclass(frozen=True)
class Limits:
    """Highest usual scores by skill.

    The limit is the highest score of n good runs: by exchangeability a new good run exceeds it with a chance of at most
    1 / (n + 1) a score (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005), the margin aside.

    Attributes:
        highest: skill -> score -> highest value seen.
        runs: skill -> how many good steps are in it.
    """

    highest: Mapping[str, Mapping[str, float]]
    runs: Mapping[str, int] = field(default_factory=dict)

    def of(self, skill: str, score: str) -> float:
        """The limit of a score; infinite for one that was never seen."""
        return max(MARGIN * self.highest.get(skill, {}).get(score, float("inf")), FLOOR.get(score, 0.0))

    @staticmethod
    def calibrated(steps: Sequence[tuple[str, Mapping[str, float]]]) -> "Limits":
        """From the scores of good steps."""
        highest: dict[str, dict[str, float]] = {}
        runs: dict[str, int] = {}
        for skill, scores in steps:
            runs[skill] = runs.get(skill, 0) + 1
            kept = highest.setdefault(skill, {})
            for name, value in scores.items():
                kept[name] = max(kept.get(name, 0.0), float(value))
        return Limits(highest, runs)

    def save(self, path: Path, about: str) -> None:
        """As YAML, with a comment."""
        content = {
            skill: {"runs": self.runs.get(skill, 0), **{k: round(v, 5) for k, v in sorted(scores.items())}}
            for skill, scores in sorted(self.highest.items())
        }
        path.write_text(f"# {about}\n{yaml.safe_dump(content, sort_keys=False)}", encoding="utf-8")

    @staticmethod
    def load(path: Path) -> "Limits":
        """Read a file.

        Raises:
            InputError: no such file, or not what ``save`` writes.
        """
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InputError(f"limits {path}: cannot be read ({error}); make them with 'monitor calibrate'") from error
        highest: dict[str, dict[str, float]] = {}
        runs: dict[str, int] = {}
        if not isinstance(content, dict):
            raise InputError(f"limits {path}: expected skills with their scores; make them with 'monitor calibrate'")
        for skill, scores in content.items():
            if not isinstance(scores, dict) or not all(isinstance(v, int | float) for v in scores.values()):
                raise InputError(f"limits {path}: {skill}: expected numbers for {', '.join(SCORES)}")
            unknown = set(scores) - {"runs", *SCORES}
            if unknown:
                raise InputError(f"limits {path}: {skill}: {sorted(unknown)[0]!r}; expected {', '.join(SCORES)}")
            runs[skill] = int(scores.get("runs", 0))
            highest[skill] = {name: float(value) for name, value in scores.items() if name != "runs"}
        return Limits(highest, runs)
