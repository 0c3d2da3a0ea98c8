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
    """A folder with untrained weights: 0 and 1 (wipe), dp (of that policy), lift (for two arms).

    They are made apart from the tests, since torch's exporter warns.
    """
    folder = tmp_path_factory.mktemp("weights")
    script = Path(__file__).with_name("untrained_weights.py")
    words = [f"{folder}/0", f"{folder}/1", f"{folder}/dp=wipe/dp", f"{folder}/lift=lift/touchloop"]
    subprocess.run([sys.executable, "-W", "ignore", script, *words], check=True)
    return folder
