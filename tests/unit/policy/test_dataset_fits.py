from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from episode_samples import made_up_episode

from touchloop.cli.main import main
from touchloop.data.episode import Episode
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.policy.dataset import load_chunks
from touchloop.policy.spec import POLICIES

ATTRIBUTES = {"task": "wipe", "variant": "", "seed": -1, "perturbation": "none", "success": True}


def write(folder: Path, episode: Episode) -> EpisodeStore:
    store = EpisodeStore(folder)
    store.write(0, episode, ATTRIBUTES)
    return store


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: {"wrist_rgb": e.wrist_rgb[..., :64, :, :]}, r"wrist_rgb has samples of \(64, 128, 3\); expected"),
        (lambda e: {"markers": e.markers[:, :, :40]}, r"markers has samples of \(40, 2\); expected \(63, 2\)"),
        (lambda e: {"wrench_at_sensor": e.wrench_at_sensor[..., :3]}, r"wrench_at_sensor has samples of \(3,\)"),
        (
            lambda e: {"wrist_stamp_ns": e.wrist_stamp_ns + 10**9},
            r"episode_00000.zarr: wrist_stamp_ns begins 0.600 s after the first chunk",
        ),
    ],
)
def test_demonstrations_of_other_sizes_are_refused(tmp_path: Path, change, said: str) -> None:
    episode = made_up_episode(ticks=600)
    store = write(tmp_path, replace(episode, **{k: np.ascontiguousarray(v) for k, v in change(episode).items()}))
    with pytest.raises(InputError, match=said):
        load_chunks(store, "wipe", POLICIES["touchloop"])


def test_demonstrations_with_other_arms_than_the_tasks_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "demos", made_up_episode(ticks=600, arms=2))
    words = ["train", "rdp", "--demos", str(tmp_path / "demos"), "--out", str(tmp_path / "out")]
    assert main([*words, "--checkpoints", str(tmp_path / "state")]) == 2
    assert "demonstrations with 2 arms; 'wipe' has 1" in capsys.readouterr().err.replace("\n", "")
