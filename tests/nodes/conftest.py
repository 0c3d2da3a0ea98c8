import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from node_processes import Observer, Processes, stage


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[Processes, Observer]]:
    with stage(tmp_path) as scene:
        yield scene


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two sets of untrained weights, 0 and 1; made apart from the tests, since torch's exporter warns."""
    folder = tmp_path_factory.mktemp("weights")
    script = Path(__file__).with_name("untrained_weights.py")
    subprocess.run([sys.executable, "-W", "ignore", script, folder / "0", folder / "1"], check=True)
    return folder
