from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rdp_samples import made_up_chunks

from touchloop.errors import InputError
from touchloop.policy import stage as stage_module
from touchloop.policy.spec import POLICIES
from touchloop.policy.train import TrainConfig, Trained, train

CONFIG = TrainConfig(
    tokenizer_iterations=40,
    policy_iterations=20,
    decoder_iterations=20,
    dynamics_iterations=20,
    batch_size=8,
    frames=4,
    rows_per_frame=2,
    checkpoint_iterations=15,
)
SHORT = replace(CONFIG, tokenizer_iterations=2, policy_iterations=2, decoder_iterations=2, dynamics_iterations=2)
SPEC = POLICIES["touchloop"]


class Interrupted(Exception):
    pass


def quiet(*_: object) -> None:
    """Says nothing."""


def tensors(trained: Trained) -> dict[str, torch.Tensor]:
    networks = {"tokenizer": trained.tokenizer, "policy": trained.policy, "dynamics": trained.dynamics}
    return {
        f"{name}.{key}": value
        for name, network in networks.items()
        if network is not None
        for key, value in network.state_dict().items()
    }


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    return tensors(train(made_up_chunks(), SPEC, CONFIG, tmp_path_factory.mktemp("whole"), quiet))


QUICK = ("touchloop", "dp")
"""One that plans in a latent space, and one that does not; the others are variants of them."""


@pytest.mark.parametrize(
    ("policy", "arms"),
    [pytest.param(name, 1, marks=() if name in QUICK else pytest.mark.slow) for name in POLICIES]
    + [(name, 2) for name in QUICK],
)
def test_the_loss_of_every_stage_falls(policy: str, arms: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A single batch tells little: how noisy a plan is made is drawn too.
    monkeypatch.setattr(stage_module, "SHOWN_EVERY", 1)
    losses: dict[str, list[float]] = {}
    config = replace(
        CONFIG,
        tokenizer_iterations=120,
        policy_iterations=100,
        decoder_iterations=100,
        dynamics_iterations=100,
        learning_rate=3e-3,
    )
    spec = POLICIES[policy]
    chunks = made_up_chunks(policy=policy, arms=arms)
    trained = train(chunks, spec, config, tmp_path, lambda stage, *rest: losses.setdefault(stage, []).append(rest[-1]))
    stages = {"tokenizer": spec.latent, "policy": True, "decoder": spec.decoder_on_plans, "dynamics": spec.dynamics}
    assert list(losses) == [stage for stage, runs in stages.items() if runs]
    for stage, values in losses.items():
        if stage == "decoder":
            # It begins as the tokenizer left it; a blind one has little left to learn.
            assert np.mean(values[-20:]) < np.mean(values[:20])
        else:
            assert np.mean(values[-20:]) < 0.8 * np.mean(values[:5]), (stage, values)
    assert trained.policy.plan_shape == (spec.steps, arms * spec.size)


@pytest.mark.parametrize(("stage", "at"), [("tokenizer", 20), ("policy", 20), ("decoder", 20), ("dynamics", 20)])
def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(
    stage: str, at: int, tmp_path: Path, uninterrupted: dict[str, torch.Tensor]
) -> None:
    def interrupt(now: str, done: int, *_: float) -> None:
        if (now, done) == (stage, at):
            raise Interrupted

    with pytest.raises(Interrupted):
        train(made_up_chunks(), SPEC, CONFIG, tmp_path, interrupt)
    resumed = tensors(train(made_up_chunks(), SPEC, CONFIG, tmp_path, quiet))
    for name, value in uninterrupted.items():
        assert torch.equal(value, resumed[name]), name


@pytest.mark.parametrize("done", [1, 2, 3])
def test_resuming_right_after_a_stage_changes_nothing(
    done: int, tmp_path: Path, uninterrupted: dict[str, torch.Tensor]
) -> None:
    train(made_up_chunks(), SPEC, CONFIG, tmp_path, quiet)
    for stage in ("tokenizer", "policy", "decoder", "dynamics")[done:]:
        (tmp_path / f"{stage}.checkpoint").unlink()
    resumed = tensors(train(made_up_chunks(), SPEC, CONFIG, tmp_path, quiet))
    assert all(torch.equal(value, resumed[name]) for name, value in uninterrupted.items())


def test_the_decoder_learns_from_plans_and_the_encoder_stays_as_it_was(tmp_path: Path) -> None:
    trained = tensors(train(made_up_chunks(), SPEC, CONFIG, tmp_path, quiet))
    before = torch.load(tmp_path / "tokenizer.checkpoint", weights_only=True)["average"]
    for name, value in before.items():
        kept = name.startswith(("encoder.", "to_latent."))
        assert torch.equal(trained[f"tokenizer.{name}"], value) == kept, name


def test_another_seed_gives_other_networks(tmp_path: Path, uninterrupted: dict[str, torch.Tensor]) -> None:
    other = tensors(train(made_up_chunks(), SPEC, replace(CONFIG, seed=1), tmp_path, quiet))
    assert not torch.equal(other["tokenizer.to_action.weight"], uninterrupted["tokenizer.to_action.weight"])


@pytest.mark.parametrize("change", [{"seed": 1}, {"learning_rate": 2e-3}, {"decoder_iterations": 41}])
def test_checkpoints_of_other_settings_are_refused(change: dict, tmp_path: Path) -> None:
    train(made_up_chunks(), SPEC, SHORT, tmp_path, quiet)
    with pytest.raises(InputError, match=r"tokenizer\.checkpoint: made with other settings"):
        train(made_up_chunks(), SPEC, replace(SHORT, **change), tmp_path, quiet)


def test_checkpoints_of_another_policy_or_other_demonstrations_are_refused(tmp_path: Path) -> None:
    train(made_up_chunks(), SPEC, SHORT, tmp_path, quiet)
    for chunks, spec in ((made_up_chunks(seed=1), SPEC), (made_up_chunks(), POLICIES["rdp"])):
        with pytest.raises(InputError, match="made with other settings or demonstrations"):
            train(chunks, spec, SHORT, tmp_path, quiet)


def test_a_damaged_checkpoint_is_named_and_never_unpickled(tmp_path: Path) -> None:
    train(made_up_chunks(), SPEC, SHORT, tmp_path, quiet)
    path = tmp_path / "policy.checkpoint"
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(InputError, match=r"policy\.checkpoint: damaged checkpoint"):
        train(made_up_chunks(), SPEC, SHORT, tmp_path, quiet)
    torch.save({"done": 1, "settings": Interrupted}, path)
    with pytest.raises(InputError, match=r"policy\.checkpoint: damaged checkpoint"):
        train(made_up_chunks(), SPEC, SHORT, tmp_path, quiet)


def test_a_loss_that_is_not_finite_is_an_error_with_advice(tmp_path: Path) -> None:
    chunks = made_up_chunks()
    chunks.actions[:] = np.where(np.arange(10) == 3, np.inf, chunks.actions)
    with np.errstate(invalid="ignore"), pytest.raises(InputError, match="lower the learning rate"):
        train(chunks, SPEC, CONFIG, tmp_path, quiet)


def test_what_a_policy_does_not_see_does_not_change_it(tmp_path: Path) -> None:
    config = replace(CONFIG, policy_iterations=4)
    chunks = made_up_chunks(policy="dp")
    blind = tensors(train(chunks, POLICIES["dp"], config, tmp_path / "a", quiet))
    chunks.states[..., 9:15] += 100.0
    chunks.touch[:] = 7.0
    again = tensors(train(chunks, POLICIES["dp"], config, tmp_path / "b", quiet))
    assert all(torch.equal(value, again[name]) for name, value in blind.items())
