"""What repairs have worked, kept across runs in a file of JSON lines that people can read.

One line an outcome, as ``{"skill": "grasp", "cause": "no_grasp", "repair": "slower", "worked": true}``. Lines are only
ever added. A file with a damaged line is neither used nor written to until somebody has looked at it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from touchloop.errors import InputError
from touchloop.monitor.repair.ways import WAYS
from touchloop.monitor.verdict import Cause


class Outcome(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    skill: str
    cause: Cause
    repair: str
    worked: bool


@dataclass(slots=True)
class RepairMemory:
    """Remembers outcomes; ``file`` None, or ``problem``, leaves it empty and silent."""

    file: Path | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    problem: str = ""
    """Why the file is not used; to be shown to the user."""

    def __post_init__(self) -> None:
        if self.file is None or not self.file.exists():
            return
        try:
            self.outcomes = read_outcomes(self.file)
        except InputError as error:
            self.problem = f"{error}; repairs go on without what was learnt, and the file stays as it is"

    def record(self, skill: str, cause: Cause, repair: str, worked: bool) -> None:
        """Add one outcome, to the file as well."""
        outcome = Outcome(skill=skill, cause=cause, repair=repair, worked=worked)
        if self.file is None or self.problem:
            return
        self.outcomes.append(outcome)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("ab+") as stream:
                line = json.dumps(outcome.model_dump()).encode() + b"\n"
                stream.write(line if _ends_a_line(self.file) else b"\n" + line)
        except OSError as error:
            self.problem = f"{self.file}: cannot be written: {error.strerror}; what is learnt from now on is lost"

    def order(self, skill: str, cause: Cause, kinds: Sequence[str]) -> list[str]:
        """The kinds, those first that worked most often for this skill and cause; an untried one counts as one half."""

        def rate(kind: str) -> float:
            found = [o.worked for o in self.outcomes if (o.skill, o.cause, o.repair) == (skill, cause, kind)]
            return (sum(found) + 1) / (len(found) + 2)

        return sorted(kinds, key=lambda kind: -rate(kind))


def read_outcomes(file: Path) -> list[Outcome]:
    """All outcomes of a file.

    Raises:
        InputError: with the line that is damaged.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
    outcomes = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            outcome = Outcome.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InputError(f"{file}:{number}: not an outcome of a repair: {first['msg']}") from error
        if outcome.repair not in WAYS:
            raise InputError(f"{file}:{number}: repair {outcome.repair!r} does not exist; valid: {', '.join(WAYS)}")
        outcomes.append(outcome)
    return outcomes


def _ends_a_line(file: Path) -> bool:
    content = file.read_bytes()
    return not content or content.endswith(b"\n")
