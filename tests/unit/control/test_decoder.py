from pathlib import Path

import numpy as np
import pytest
import torch
from controller_samples import chunk_decoder, decoder_tensors, make_decoder
from torch import nn

from touchloop.control.decoder import FastDecoder
from touchloop.errors import InputError
from touchloop.policy.features import ACTION_SIZE, HORIZON, LATENT_DIM, LATENT_STEPS, TOUCH_SIZE
from touchloop.policy.spec import POLICIES
from touchloop.policy.tokenizer import AsymmetricTokenizer
from touchloop.policy.weights import FAST, default_weights, read_tensors

COMMITTED = default_weights("wipe")
LATENT = POLICIES["touchloop"]


def decoded_fast(decoder: FastDecoder, latent: np.ndarray, touch: np.ndarray) -> np.ndarray:
    hidden, next_hidden = np.zeros(decoder.hidden_size, np.float32), np.zeros(decoder.hidden_size, np.float32)
    actions = np.zeros((HORIZON, ACTION_SIZE), np.float32)
    for step in range(HORIZON):
        decoder.step(latent[step * LATENT_STEPS // HORIZON], touch[step], hidden, next_hidden, actions[step])
        hidden, next_hidden = next_hidden, hidden
    return actions


def decoded_by_torch(tensors: dict[str, np.ndarray], latent: np.ndarray, touch: np.ndarray) -> np.ndarray:
    tokenizer = AsymmetricTokenizer()
    state = {k: torch.from_numpy(v) for k, v in tensors.items() if k.startswith(("decoder.", "to_action."))}
    tokenizer.load_state_dict(state, strict=False)
    normal = ((touch - tensors["touch.mean"]) / tensors["touch.scale"]).astype(np.float32)
    with torch.no_grad():
        actions = tokenizer.decode(torch.from_numpy(latent)[None], torch.from_numpy(normal)[None])[0].numpy()
    return actions * tensors["actions.scale"] + tensors["actions.mean"]


@pytest.mark.parametrize("weights", ["made up", "committed"])
@pytest.mark.parametrize("size", [1.0, 30.0])
def test_whole_chunks_are_decoded_as_by_torch(weights: str, size: float) -> None:
    tensors = decoder_tensors() if weights == "made up" else read_tensors(COMMITTED / FAST)
    decoder = FastDecoder(tensors, "", LATENT)
    rng = np.random.default_rng(0)
    for _ in range(5):
        latent = size * rng.standard_normal((LATENT_STEPS, LATENT_DIM)).astype(np.float32)
        touch = tensors["touch.mean"] + size * tensors["touch.scale"] * rng.standard_normal((HORIZON, TOUCH_SIZE))
        np.testing.assert_allclose(
            decoded_fast(decoder, latent, touch), decoded_by_torch(tensors, latent, touch), rtol=2e-4, atol=2e-4
        )


def test_one_gru_cell_is_torchs() -> None:
    tensors, decoder = decoder_tensors(), make_decoder()
    cell = nn.GRUCell(LATENT_DIM + TOUCH_SIZE, decoder.hidden_size)
    cell.load_state_dict({k[8:-3]: torch.from_numpy(v) for k, v in tensors.items() if k.startswith("decoder.")})
    rng = np.random.default_rng(1)
    latent = rng.standard_normal(LATENT_DIM).astype(np.float32)
    touch = tensors["touch.scale"] * rng.standard_normal(TOUCH_SIZE)
    hidden = rng.uniform(-1.0, 1.0, decoder.hidden_size).astype(np.float32)
    after, action = np.zeros_like(hidden), np.zeros(ACTION_SIZE, np.float32)
    decoder.step(latent, touch, hidden, after, action)
    inputs = np.concatenate([latent, touch / tensors["touch.scale"]]).astype(np.float32)
    with torch.no_grad():
        expected = cell(torch.from_numpy(inputs)[None], torch.from_numpy(hidden)[None])[0].numpy()
    np.testing.assert_allclose(after, expected, atol=1e-5)


def test_a_policy_without_a_latent_space_is_followed_blindly() -> None:
    tensors, decoder = decoder_tensors(), chunk_decoder()
    rng = np.random.default_rng(2)
    row, hidden = rng.standard_normal(ACTION_SIZE).astype(np.float32), np.zeros(decoder.hidden_size, np.float32)
    for touch in (np.zeros(TOUCH_SIZE), rng.standard_normal(TOUCH_SIZE)):
        action = np.zeros(ACTION_SIZE, np.float32)
        decoder.step(row, touch, hidden, hidden.copy(), action)
        np.testing.assert_allclose(action, row * tensors["actions.scale"] + tensors["actions.mean"], rtol=1e-6)


@pytest.mark.parametrize("name", sorted(decoder_tensors()))
def test_a_tensor_that_is_missing_misshapen_or_not_finite_is_named(name: str) -> None:
    tensors = decoder_tensors()
    with pytest.raises(InputError, match=f"lack {name}"):
        FastDecoder({k: v for k, v in tensors.items() if k != name}, "", LATENT)
    spoilt = tensors[name].copy()
    spoilt.flat[0] = np.nan
    with pytest.raises(InputError, match=f"not finite: {name}"):
        FastDecoder({**tensors, name: spoilt}, "", LATENT)
    longer = np.concatenate([tensors[name], tensors[name][:1]])
    with pytest.raises(InputError, match=r"decoder weight .* expected"):
        FastDecoder({**tensors, name: longer}, "", LATENT)


def test_the_committed_weights_load_for_their_task_only() -> None:
    assert len(FastDecoder.load(COMMITTED, "wipe").weights_id) == 16
    with pytest.raises(InputError, match="weights for task 'wipe', expected 'stack'"):
        FastDecoder.load(COMMITTED, "stack")


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{tmp_path}: no weights here"):
        FastDecoder.load(tmp_path)
