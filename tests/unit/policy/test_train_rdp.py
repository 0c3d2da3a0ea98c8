from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rdp_samples import made_up_chunks

from touchloop.errors import InputError
from touchloop.policy.train_rdp import RdpConfig, Trained, train

CONFIG = RdpConfig(tokenizer_iterations=40, diffusion_iterations=20, batch_size=8, checkpoint_iterations=15)


class Interrupted(Exception):
    pass


def quiet(*_: object) -> None:
    """Says nothing."""


def tensors(trained: Trained) -> dict[str, torch.Tensor]:
    return {
        f"{name}.{key}": value
        for name in ("tokenizer", "diffusion")
        for key, value in getattr(trained, name).state_dict().items()
    }


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    return tensors(train(made_up_chunks(), CONFIG, tmp_path_factory.mktemp("whole"), quiet))


def test_the_loss_of_both_stages_falls(tmp_path: Path) -> None:
    losses: dict[str, list[float]] = {"tokenizer": [], "diffusion": []}
    config = replace(CONFIG, tokenizer_iterations=120, diffusion_iterations=60)
    train(made_up_chunks(), config, tmp_path, lambda stage, *rest: losses[stage].append(rest[-1]))
    for stage, values in losses.items():
        assert values[-1] < 0.7 * values[0], (stage, values)


@pytest.mark.parametrize(("stage", "at"), [("tokenizer", 20), ("diffusion", 20)])
def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(
    stage: str, at: int, tmp_path: Path, uninterrupted: dict[str, torch.Tensor]
) -> None:
    def interrupt(now: str, done: int, *_: float) -> None:
        if (now, done) == (stage, at):
            raise Interrupted

    with pytest.raises(Interrupted):
        train(made_up_chunks(), CONFIG, tmp_path, interrupt)
    resumed = tensors(train(made_up_chunks(), CONFIG, tmp_path, quiet))
    for name, value in uninterrupted.items():
        assert torch.equal(value, resumed[name]), name


def test_resuming_right_after_the_first_stage_changes_nothing(
    tmp_path: Path, uninterrupted: dict[str, torch.Tensor]
) -> None:
    train(made_up_chunks(), CONFIG, tmp_path, quiet)
    (tmp_path / "diffusion.checkpoint").unlink()
    resumed = tensors(train(made_up_chunks(), CONFIG, tmp_path, quiet))
    assert all(torch.equal(value, resumed[name]) for name, value in uninterrupted.items())


def test_another_seed_gives_other_networks(tmp_path: Path, uninterrupted: dict[str, torch.Tensor]) -> None:
    other = tensors(train(made_up_chunks(), replace(CONFIG, seed=1), tmp_path, quiet))
    assert not torch.equal(other["tokenizer.to_action.weight"], uninterrupted["tokenizer.to_action.weight"])


@pytest.mark.parametrize("change", [{"seed": 1}, {"learning_rate": 2e-3}, {"tokenizer_iterations": 41}])
def test_checkpoints_of_other_settings_are_refused(change: dict, tmp_path: Path) -> None:
    short = replace(CONFIG, tokenizer_iterations=2, diffusion_iterations=2)
    train(made_up_chunks(), short, tmp_path, quiet)
    with pytest.raises(InputError, match=r"tokenizer\.checkpoint: made with other settings"):
        train(made_up_chunks(), replace(short, **change), tmp_path, quiet)


def test_checkpoints_of_other_demonstrations_are_refused(tmp_path: Path) -> None:
    short = replace(CONFIG, tokenizer_iterations=2, diffusion_iterations=2)
    train(made_up_chunks(), short, tmp_path, quiet)
    with pytest.raises(InputError, match="made with other settings or demonstrations"):
        train(made_up_chunks(seed=1), short, tmp_path, quiet)


def test_a_loss_that_is_not_finite_is_an_error_with_advice(tmp_path: Path) -> None:
    chunks = made_up_chunks()
    chunks.actions[:] = np.where(np.arange(10) == 3, np.inf, chunks.actions)
    with np.errstate(invalid="ignore"), pytest.raises(InputError, match="lower the learning rate"):
        train(chunks, CONFIG, tmp_path, quiet)
