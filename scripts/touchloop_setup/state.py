"""Remembers which steps are done, and with what, so that a second run does only what changed."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


def fingerprint(*values: str, files: Iterable[Path] = (), names: Iterable[Path] = ()) -> str:
    """Return a hash of ``values``, of the contents of ``files``, and of the paths only of ``names``."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(value.encode() + b"\0")
    for path in sorted(files):
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    for path in sorted(names):
        digest.update(str(path).encode() + b"\0")
    return digest.hexdigest()


class State:
    """Fingerprints of finished steps in one JSON file; a step under way is written down before it starts."""

    def __init__(self, path: Path) -> None:
        """Read ``path``; a missing or damaged file counts as nothing done."""
        self.path = path
        self._done: dict[str, str] = {}
        self.interrupted: str | None = None
        """The step that an earlier run began and did not finish."""
        try:
            content = json.loads(path.read_text())
            self._done = {str(step): str(value) for step, value in content["done"].items()}
            self.interrupted = content["under_way"]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self.interrupted = "set-up"

    def is_done(self, step: str, value: str) -> bool:
        """Whether ``step`` was finished with this fingerprint."""
        return self._done.get(step) == value

    def begin(self, step: str) -> None:
        """Write down that ``step`` is under way."""
        self._done.pop(step, None)
        self._write(under_way=step)

    def finish(self, step: str, value: str) -> None:
        """Write down that ``step`` is done."""
        self._done[step] = value
        self._write(under_way=None)

    def abandon(self) -> None:
        """Write down that the step under way failed by itself and left nothing half-written."""
        self._write(under_way=None)

    def _write(self, under_way: str | None) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_suffix(".new")
        scratch.write_text(json.dumps({"done": self._done, "under_way": under_way}, indent=1))
        scratch.replace(self.path)
