import torch

from touchloop.policy.dynamics import TouchDynamics
from touchloop.policy.features import ACTION_SIZE, HORIZON, LATENT_DIM, LATENT_STEPS, TOUCH_SIZE
from touchloop.policy.tokenizer import AsymmetricTokenizer

BATCH = 48


def taught(iterations: int = 150) -> tuple[TouchDynamics, AsymmetricTokenizer]:
    """A model of a world in which touch's first number follows the action's third."""
    torch.manual_seed(0)
    dynamics, tokenizer = TouchDynamics(), AsymmetricTokenizer().eval()
    optimiser = torch.optim.Adam(dynamics.parameters(), 5e-3)
    for _ in range(iterations):
        actions = 0.3 * torch.randn(BATCH, HORIZON, ACTION_SIZE)
        touch = torch.zeros(BATCH, HORIZON, TOUCH_SIZE)
        touch[:, 1:, 0] = actions[:, :-1, 2].cumsum(dim=1)
        optimiser.zero_grad()
        loss = dynamics.loss(actions, touch)
        loss.backward()
        optimiser.step()
    return dynamics.requires_grad_(False).eval(), tokenizer


def test_it_learns_what_a_motion_makes_felt_and_doubts_what_it_never_saw() -> None:
    dynamics, tokenizer = taught()
    torch.manual_seed(1)
    actions = 0.3 * torch.randn(BATCH, HORIZON, ACTION_SIZE)
    touch = torch.zeros(BATCH, HORIZON, TOUCH_SIZE)
    touch[:, 1:, 0] = actions[:, :-1, 2].cumsum(dim=1)
    nothing = (touch[:, 1:] - touch[:, :-1]).pow(2).mean()
    assert dynamics.loss(actions, touch) < 0.3 * nothing
    usual = torch.randn(BATCH, LATENT_STEPS, LATENT_DIM)
    dynamics.calibrate(tokenizer, usual, torch.zeros(BATCH, TOUCH_SIZE))
    _, doubt = dynamics.foresee(tokenizer, 0.5 * usual, torch.zeros(BATCH, TOUCH_SIZE))
    assert (doubt <= dynamics.bound).float().mean() > 0.9
    _, doubt = dynamics.foresee(tokenizer, usual, torch.full((BATCH, TOUCH_SIZE), 20.0))
    assert (doubt > dynamics.bound).float().mean() > 0.9


def test_what_is_foreseen_begins_with_what_is_felt() -> None:
    dynamics, tokenizer = taught(1)
    touch = torch.randn(3, TOUCH_SIZE)
    foreseen, doubt = dynamics.foresee(tokenizer, torch.randn(3, LATENT_STEPS, LATENT_DIM), touch)
    assert foreseen.shape == (3, HORIZON, TOUCH_SIZE)
    assert doubt.shape == (3,)
    torch.testing.assert_close(foreseen[:, 0], touch)
