"""Random changes of training pictures, so that colours of ink, board and light do not matter."""

from functools import lru_cache

import torch
from torch import Tensor

GREY_WEIGHTS = (0.299, 0.587, 0.114)
BANK = 64
"""Fresh noise for every picture would cost more than the network: it is cut out of so many ready pictures of noise."""


def augment(picture: Tensor, noise: float, colour: float) -> Tensor:
    """Pictures (B, 3, H, W) of 0..255 with noise, other colour balance and less colour.

    Args:
        picture: float.
        noise: deviation of the pixels' noise, relative to 255.
        colour: deviation of the logarithm of each channel's gain; also how far colours may fade to grey, times 4.
    """
    count, device = len(picture), picture.device
    grey = torch.tensor(GREY_WEIGHTS, device=device).expand(3, 3)
    fade = min(4.0 * colour, 1.0) * torch.rand(count, 1, 1, device=device)
    gain = (colour * torch.randn(count, 3, 1, device=device)).exp()
    mixed = gain * torch.lerp(torch.eye(3, device=device), grey, fade)
    changed = torch.bmm(mixed, picture.flatten(2)).unflatten(2, picture.shape[2:])
    bank = _noise(picture.shape[1:], device)
    rows, columns = (int(n) for n in torch.randint(1 << 30, (2,)))
    drawn = bank[torch.randint(BANK, (count,), device=device)].roll((rows, columns), dims=(2, 3))
    return changed.add_(drawn, alpha=255.0 * noise).clamp_(0.0, 255.0)


@lru_cache(maxsize=4)
def _noise(shape: torch.Size, device: torch.device) -> Tensor:
    return torch.randn(BANK, *shape, generator=torch.Generator().manual_seed(0)).to(device)
