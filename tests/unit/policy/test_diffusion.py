import itertools

import numpy as np
import pytest
import torch

from touchloop.policy.diffusion import (
    INFERENCE_STEPS,
    TRAINING_STEPS,
    add_noise,
    alphas_cumprod,
    ddim_update,
    inference_steps,
)

SHAPE = (3, 8, 4)


@pytest.fixture
def oracle():
    diffusers = pytest.importorskip("diffusers", reason="diffusers is the oracle of the noise schedule")
    scheduler = diffusers.DDIMScheduler(
        num_train_timesteps=TRAINING_STEPS,
        beta_schedule="squaredcos_cap_v2",
        clip_sample=False,
        set_alpha_to_one=True,
        prediction_type="sample",
        timestep_spacing="leading",
    )
    scheduler.set_timesteps(INFERENCE_STEPS)
    return scheduler


def test_the_schedule_and_its_steps_are_those_of_diffusers(oracle) -> None:
    torch.testing.assert_close(alphas_cumprod(), oracle.alphas_cumprod, rtol=1e-4, atol=1e-7)
    assert inference_steps() == oracle.timesteps.tolist()


def test_noise_is_added_as_in_diffusers(oracle) -> None:
    torch.manual_seed(0)
    clean, noise, steps = torch.randn(SHAPE), torch.randn(SHAPE), torch.tensor([0, 40, 99])
    expected = oracle.add_noise(clean, noise, steps)
    torch.testing.assert_close(add_noise(clean, noise, steps, alphas_cumprod()), expected, rtol=1e-3, atol=1e-5)


def test_a_whole_descent_is_that_of_diffusers(oracle) -> None:
    torch.manual_seed(1)
    mine = theirs = torch.randn(SHAPE)
    levels = [alphas_cumprod()[step].item() for step in inference_steps()] + [1.0]
    for i, step in enumerate(inference_steps()):
        # Any function of the sample will do as a network.
        mine = ddim_update(mine, torch.tanh(mine + 0.01 * step), levels[i], levels[i + 1])
        theirs = oracle.step(torch.tanh(theirs + 0.01 * step), step, theirs, eta=0.0).prev_sample
    torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


def test_signal_only_falls_from_almost_all_to_almost_none() -> None:
    levels = alphas_cumprod().numpy()
    assert (np.diff(levels) < 0.0).all()
    assert levels[0] > 0.999
    assert 0.0 < levels[-1] < 1e-5


def test_a_perfect_network_gives_the_clean_sample_whatever_the_noise() -> None:
    torch.manual_seed(2)
    clean, sample = torch.randn(SHAPE), torch.randn(SHAPE)
    levels = [alphas_cumprod()[step].item() for step in inference_steps()] + [1.0]
    for level, next_level in itertools.pairwise(levels):
        sample = ddim_update(sample, clean, level, next_level)
    torch.testing.assert_close(sample, clean)


@pytest.mark.parametrize("count", [1, 2, 8, 50, 100])
def test_inference_goes_down_to_the_first_step_in_even_strides(count: int) -> None:
    steps = inference_steps(count)
    assert len(steps) == count
    assert steps[-1] == 0
    assert set(np.diff(steps)) <= {-(TRAINING_STEPS // count)}
