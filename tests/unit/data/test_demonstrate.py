from pathlib import Path

import numpy as np
import pytest

from touchloop.data import demonstrate as module
from touchloop.data.demonstrate import SEED_OFFSET, demonstrate, demonstrate_all
from touchloop.data.episode import STREAMS
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.policy.dataset import load_chunks
from touchloop.policy.features import ACTION_SIZE, FORCE_INDEX, HORIZON, STATE_SIZE, TOUCH_SIZE
from touchloop.policy.spec import POLICIES


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> EpisodeStore:
    folder = tmp_path_factory.mktemp("demos")
    assert demonstrate(folder, "wipe", 4, seed=0)
    return EpisodeStore(folder)


def test_a_demonstration_says_what_it_is_and_is_the_same_again(recorded: EpisodeStore, tmp_path: Path) -> None:
    episode, attributes = recorded.read(4)
    assert attributes == {
        "task": "wipe",
        "variant": "",
        "seed": SEED_OFFSET + 4,
        "perturbation": "both",
        "success": True,
    }
    assert demonstrate(tmp_path, "wipe", 4, seed=0)
    again, _ = EpisodeStore(tmp_path).read(4)
    for name in STREAMS:
        np.testing.assert_array_equal(getattr(again, name), getattr(episode, name))


def test_only_what_is_missing_is_recorded(recorded: EpisodeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = []

    class InThisProcess:
        def __init__(self, **_: object) -> None: ...
        def __enter__(self) -> "InThisProcess":
            return self

        def __exit__(self, *_: object) -> None: ...
        def submit(self, _: object, *arguments: object) -> object:
            submitted.append(arguments[2])
            return len(submitted)

    monkeypatch.setattr(module, "ProcessPoolExecutor", InThisProcess)
    monkeypatch.setattr(module, "as_completed", lambda _: [])
    assert list(demonstrate_all(recorded.folder, "wipe", 6, 0, 1)) == []
    assert submitted == [0, 1, 2, 3, 5]


def test_chunks_of_it_have_the_policys_layout_and_tell_the_story(recorded: EpisodeStore) -> None:
    chunks, pca, episodes = load_chunks(recorded, "wipe", POLICIES["touchloop"])
    assert episodes == 1
    count = len(chunks.actions)
    assert chunks.actions.shape == (count, 1, HORIZON, ACTION_SIZE)
    assert chunks.touch.shape == (count, 1, HORIZON, TOUCH_SIZE)
    assert chunks.states.shape == (count, 1, STATE_SIZE)
    assert len(chunks.frame_rows) == len(chunks.pictures)
    np.testing.assert_array_equal(chunks.frame_rows[1:, 0], chunks.frame_rows[:-1, 1])
    assert (chunks.frame_rows[0, 0], chunks.frame_rows[-1, 1]) == (0, count)
    for array in (chunks.actions, chunks.touch, chunks.states, pca.components):
        assert np.isfinite(array).all()
    # Relative to where the arm is, the next target is never far, and the planned force is felt along the tool.
    assert np.abs(chunks.actions[:, 0, 0, :3]).max() < 0.06
    wiping = chunks.actions[:, 0, 0, FORCE_INDEX] > 5.0
    assert 0.2 < wiping.mean() < 0.9
    assert -chunks.touch[wiping, 0, 0, 2].mean() == pytest.approx(5.5, abs=1.0)
    assert abs(chunks.touch[chunks.actions[:, 0, :, FORCE_INDEX].max(axis=1) == 0.0, 0, 0, 2].mean()) < 1.0


def test_demonstrations_that_do_not_fit_are_refused(recorded: EpisodeStore, tmp_path: Path) -> None:
    spec = POLICIES["dp"]
    with pytest.raises(InputError, match="shows task 'wipe', expected 'peel'"):
        load_chunks(recorded, "peel", spec)
    with pytest.raises(InputError, match="1 of the 5 wanted successful demonstrations of 'wipe'"):
        load_chunks(recorded, "wipe", spec, most=5)
    with pytest.raises(InputError, match="0 successful demonstrations of 'wipe'; make some with"):
        load_chunks(recorded, "wipe", spec, perturbed=False)
    with pytest.raises(InputError, match="0 successful demonstrations"):
        load_chunks(EpisodeStore(tmp_path), "wipe", spec)
