"""Where things are."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one checkout."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.venv / "bin/python"

    @property
    def workspace(self) -> Path:
        """The colcon workspace."""
        return self.root / "ros2_ws"

    @property
    def requirements(self) -> Path:
        """The pinned lists."""
        return self.root / "requirements"

    @property
    def logs(self) -> Path:
        """Where the output of pip and colcon goes."""
        return self.root / ".setup"

    @property
    def exports(self) -> Path:
        """The file to source in a shell."""
        return self.venv / "touchloop_env.sh"
