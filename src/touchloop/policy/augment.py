"""Random changes of training pictures, so that colours of ink, board and light do not matter."""

import torch
from torch import Tensor

GREY_WEIGHTS = (0.299, 0.587, 0.114)


def augment(picture: Tensor, noise: float, colour: float) -> Tensor:
    """Pictures (B, 3, H, W) of 0..255 with noise, other colour balance and less colour.

    Args:
        picture: float.
        noise: deviation of the pixels' noise, relative to 255.
        colour: deviation of the logarithm of each channel's gain; also how far colours may fade to grey, times 4.
    """
    count, device = len(picture), picture.device
    grey = (picture * torch.tensor(GREY_WEIGHTS, device=device)[:, None, None]).sum(dim=1, keepdim=True)
    faded = torch.lerp(picture, grey, min(4.0 * colour, 1.0) * torch.rand(count, 1, 1, 1, device=device))
    gain = (colour * torch.randn(count, 3, 1, 1, device=device)).exp()
    return (faded * gain + 255.0 * noise * torch.randn_like(picture)).clamp(0.0, 255.0)
