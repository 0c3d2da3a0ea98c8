import pytest
import torch
from rdp_samples import untrained

from touchloop.policy.denoiser import Denoiser
from touchloop.policy.diffusion_policy import PictureEncoder
from touchloop.policy.features import ACTION_SIZE, HORIZON, LATENT_DIM, LATENT_STEPS, STATE_SIZE, TOUCH_SIZE
from touchloop.policy.tokenizer import AsymmetricTokenizer


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def tokenizer() -> AsymmetricTokenizer:
    return AsymmetricTokenizer().eval()


def test_latents_and_actions_have_their_shapes(tokenizer: AsymmetricTokenizer) -> None:
    mean, log_variance = tokenizer.encode(torch.randn(5, HORIZON, ACTION_SIZE))
    assert mean.shape == log_variance.shape == (5, LATENT_STEPS, LATENT_DIM)
    assert tokenizer.decode(mean, torch.randn(5, HORIZON, TOUCH_SIZE)).shape == (5, HORIZON, ACTION_SIZE)


def test_decoding_is_causal_in_touch_and_in_the_latent(tokenizer: AsymmetricTokenizer) -> None:
    latent, touch = torch.randn(1, LATENT_STEPS, LATENT_DIM), torch.randn(1, HORIZON, TOUCH_SIZE)
    before = tokenizer.decode(latent, touch)
    felt, planned = touch.clone(), latent.clone()
    felt[:, 12] += 1.0
    planned[:, 3] += 1.0
    for after in (tokenizer.decode(latent, felt), tokenizer.decode(planned, touch)):
        torch.testing.assert_close(after[:, :12], before[:, :12])
        assert (after[:, 12] - before[:, 12]).abs().max() > 1e-4


def test_the_encoder_never_sees_touch(tokenizer: AsymmetricTokenizer) -> None:
    actions = torch.randn(2, HORIZON, ACTION_SIZE)
    quiet, _ = tokenizer.encode(actions)
    loss, _ = tokenizer.loss(actions, torch.randn(2, HORIZON, TOUCH_SIZE), 0.0)
    loss.backward()
    again, _ = tokenizer.encode(actions)
    torch.testing.assert_close(quiet, again)


def test_more_kl_weight_costs_more_and_the_reconstruction_stays(tokenizer: AsymmetricTokenizer) -> None:
    actions, touch = torch.randn(4, HORIZON, ACTION_SIZE), torch.randn(4, HORIZON, TOUCH_SIZE)
    losses = []
    for weight in (0.0, 0.1):
        torch.manual_seed(7)
        losses.append(tokenizer.loss(actions, touch, weight))
    assert losses[0][0] == losses[0][1] == losses[1][1]
    assert losses[1][0] > losses[0][0]


def test_the_denoiser_keeps_shapes_and_heeds_all_its_inputs() -> None:
    denoiser = Denoiser(LATENT_STEPS, LATENT_DIM, 16).eval()
    noisy, step, condition = torch.randn(2, LATENT_STEPS, LATENT_DIM), torch.tensor([3, 70]), torch.randn(2, 16)
    out = denoiser(noisy, step, condition)
    assert out.shape == noisy.shape
    for changed in ((noisy + 0.1, step, condition), (noisy, step + 9, condition), (noisy, step, condition + 0.1)):
        assert not torch.allclose(denoiser(*changed), out)
    # Samples of a batch do not mix.
    torch.testing.assert_close(denoiser(noisy[:1], step[:1], condition[:1]), out[:1])


def test_the_picture_encoder_tells_where_something_is() -> None:
    encoder = PictureEncoder().eval()
    left, right = torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)
    left[:, :, 28:36, 8:16] = right[:, :, 28:36, 48:56] = 255.0
    x_left, x_right = encoder(left)[0, :24], encoder(right)[0, :24]
    assert (x_left - x_right).abs().max() > 1e-3
    # Both coordinates are means over the picture, so they stay inside it.
    assert encoder(left)[0, :48].abs().max() <= 1.0


@pytest.mark.parametrize(("policy", "arms"), [("touchloop", 1), ("touchloop", 2), ("dp", 1)])
def test_sampling_depends_on_noise_only_through_its_argument(policy: str, arms: int) -> None:
    network = untrained(policy=policy, arms=arms).policy
    state, pictures = torch.randn(1, arms * STATE_SIZE), torch.rand(1, arms, 3, 64, 64) * 255.0
    noise = torch.randn(1, *network.plan_shape)
    with torch.no_grad():
        one, two = network(state, pictures, noise), network(state, pictures, noise)
        other = network(state, pictures, noise + 1.0)
    torch.testing.assert_close(one, two, rtol=0.0, atol=0.0)
    assert one.shape == noise.shape
    assert not torch.allclose(one, other)


def test_a_policy_without_diffusion_does_not_depend_on_noise() -> None:
    network = untrained(policy="act").policy
    state, pictures = torch.randn(1, STATE_SIZE), torch.rand(1, 1, 3, 64, 64) * 255.0
    with torch.no_grad():
        one, two = (network(state, pictures, torch.randn(1, *network.plan_shape)) for _ in range(2))
    torch.testing.assert_close(one, two, rtol=0.0, atol=0.0)
