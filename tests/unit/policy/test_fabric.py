import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from episode_samples import made_up_episode

from touchloop.control.decoder import FastDecoder
from touchloop.data.store import EpisodeStore
from touchloop.policy.fabric import make_fabric
from touchloop.policy.planner import Planner
from touchloop.policy.spec import POLICIES
from touchloop.policy.weights import CARD, FAST, read_card, read_tensors

pytest.importorskip("lightning_fabric")
CONSOLE_SCRIPT = Path(sys.executable).with_name("touchloop")
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
TIME_LIMIT_S = 100.0
STAGES = ("tokenizer", "policy", "decoder", "dynamics")
TINY = [
    *(text for stage in STAGES for text in (f"--{stage}-iterations", "3")),
    *("--batch-size", "6", "--frames", "2", "--rows-per-frame", "2", "--checkpoint-iterations", "2", "--threads", "1"),
]


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demos")
    attributes = {"task": "wipe", "variant": "", "seed": 0, "perturbation": "none", "success": True}
    for index in range(2):
        EpisodeStore(folder).write(index, made_up_episode(index, ticks=500), attributes)
    return folder


def train(start: list[str], demos: Path, folder: Path, *more: str) -> str:
    """Trains touchloop in processes of its own and returns what they said."""
    command = [*start, "train", "touchloop", "--task", "wipe", "--demos", str(demos), "--out", str(folder / "weights")]
    process = subprocess.Popen(
        [*command, "--checkpoints", str(folder / "state"), *TINY, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        # Its own processes would outlive it.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert process.returncode == 0, said
    return said


def test_alone_no_other_process_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    assert make_fabric(1, 1) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "more"),
    [([str(CONSOLE_SCRIPT)], ["--devices", "2"]), ([*TORCHRUN, "-m", "touchloop.cli.main"], [])],
    ids=["fabric starts the other process", "torchrun starts both"],
)
def test_two_processes_train_weights_that_load(start: list[str], more: list[str], demos: Path, tmp_path: Path) -> None:
    said = train(start, demos, tmp_path, *more)
    # Only one of them speaks and writes.
    assert said.count("2 demonstrations") == said.count("trained in") == 1
    weights = tmp_path / "weights"
    card = read_card(weights, "wipe", "touchloop")
    Planner(weights, "wipe").warm_up()
    assert FastDecoder.load(weights, "wipe").spec is POLICIES["touchloop"]
    assert sorted(p.name for p in (tmp_path / "state").iterdir()) == sorted(f"{s}.checkpoint" for s in STAGES)
    # What is done is not done again, by one process either: the result is the checkpoints'.
    again = train([str(CONSOLE_SCRIPT)], demos, tmp_path)
    assert card.weights_id in again
    assert json.loads((weights / CARD).read_text())["weights_id"] == card.weights_id
    assert all(np.isfinite(tensor).all() for tensor in read_tensors(weights / FAST).values())
