import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from touchloop.policy.augment import GREY_WEIGHTS, augment

SHARES = st.floats(0.0, 0.5)


def pictures(count: int = 6, side: int = 16) -> torch.Tensor:
    torch.manual_seed(3)
    return 255.0 * torch.rand(count, 3, side, side)


@given(st.integers(1, 80), st.sampled_from([8, 16, 64]), SHARES, SHARES)
def test_pictures_keep_their_shape_and_range(count: int, side: int, noise: float, colour: float) -> None:
    before = pictures(count, side)
    kept = before.clone()
    after = augment(before, noise, colour)
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    assert after.min() >= 0.0
    assert after.max() <= 255.0
    # What training keeps is not changed in place.
    assert torch.equal(before, kept)


def test_without_noise_and_colour_nothing_changes() -> None:
    torch.testing.assert_close(augment(pictures(), 0.0, 0.0), pictures())


@given(st.integers(0, 1000), SHARES, SHARES)
def test_the_same_seed_gives_the_same_pictures(seed: int, noise: float, colour: float) -> None:
    before, after = pictures(), []
    for _ in range(2):
        torch.manual_seed(seed)
        after.append(augment(before, noise, colour))
    assert torch.equal(*after)


def test_every_draw_is_another_and_so_is_every_picture_of_it() -> None:
    same = pictures(1).expand(2, -1, -1, -1)
    for noise, colour in ((0.03, 0.0), (0.0, 0.15)):
        torch.manual_seed(0)
        one, two = augment(same, noise, colour), augment(same, noise, colour)
        assert not torch.equal(one, two)
        assert not torch.equal(one[0], one[1])


@given(st.integers(0, 1000), st.floats(0.0, 255.0))
def test_a_grey_picture_stays_grey_where_colours_do_not_vary(seed: int, level: float) -> None:
    torch.manual_seed(seed)
    after = augment(torch.full((4, 3, 8, 8), level), 0.0, 0.0)
    torch.testing.assert_close(after, torch.full((4, 3, 8, 8), level))


@given(st.integers(0, 1000), SHARES)
def test_other_colours_scale_a_grey_picture_channel_by_channel(seed: int, colour: float) -> None:
    torch.manual_seed(seed)
    grey = (100.0 * torch.rand(4, 1, 8, 8) + 5.0).expand(-1, 3, -1, -1)
    after = augment(grey, 0.0, colour)
    gain = after / grey
    # The brightest may have been cut off.
    gain = torch.where(after < 255.0, gain, torch.nan)
    spread = gain.nan_to_num(-1e9).amax((2, 3)) - gain.nan_to_num(1e9).amin((2, 3))
    assert (spread < 1e-3).all()


def test_colours_fade_but_brightness_does_not() -> None:
    torch.manual_seed(0)
    red = torch.zeros(4000, 3, 2, 2)
    red[:, 0] = 200.0
    after = augment(red, 0.0, 0.25)
    # At this much, some pictures fade to grey nearly wholly: then all channels have the red's share of brightness.
    ratio = after[:, 1].mean((1, 2)) / after[:, 0].mean((1, 2))
    assert ratio.min() < 0.05
    assert ratio.max() > 0.5
    weights = torch.tensor(GREY_WEIGHTS)
    assert weights.sum() == pytest.approx(1.0)
    brightness = (after.mean((2, 3)) * weights).sum(1)
    assert brightness.median() == pytest.approx(200.0 * GREY_WEIGHTS[0], rel=0.1)


def test_noise_has_its_size_and_no_mean() -> None:
    torch.manual_seed(0)
    change = augment(torch.full((64, 3, 64, 64), 127.5), 0.03, 0.0) - 127.5
    assert change.std() == pytest.approx(0.03 * 255.0, rel=0.03)
    assert abs(float(change.mean())) < 0.05
