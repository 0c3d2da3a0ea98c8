"""The network that looks: one picture in, the probabilities of all facts and the landmarks' places out.

A small conv net finds each landmark on a coarse grid; glimpses at full resolution around each, its features and its
place are a token; two transformer layers let tokens explain each other; all tokens together give the facts.
"""

import torch
from torch import Tensor, nn

from touchloop.monitor.vlm.facts import LANDMARKS, SIZES

HEIGHT, WIDTH = 480, 640
CELL = 16
ROWS, COLUMNS = HEIGHT // CELL, WIDTH // CELL
SLOTS = len(LANDMARKS)
FACT_LOGITS = sum(SIZES)
GLIMPSE = 28
WIDE = {"board": 5.0, "box": 3.2, "tray": 2.8, "shelf": 2.8, "rack": 3.2, "switch": 2.0}
GLIMPSES = tuple(
    (slot, scale) for slot, name in enumerate(LANDMARKS) for scale in ((WIDE[name],) if name in WIDE else (1.0, 2.5))
)
"""Slot, and pixels from sample to sample: forms of small things need a narrow glimpse, what holds them a wide one."""
PX_UNIT = 200.0
"""Places are given in so many pixels."""
TOKEN, FEATURES, GLIMPSE_CODE, HEADS = 128, 80, 40, 4


def _conv(inside: int, outside: int, size: int, stride: int) -> nn.Sequential:
    conv = nn.Conv2d(inside, outside, size, stride, (size - 1) // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outside), nn.ReLU())


class _Block(nn.Module):
    """A transformer layer in plain operations, which export without surprises."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.norm_2 = nn.LayerNorm(TOKEN), nn.LayerNorm(TOKEN)
        self.qkv, self.out = nn.Linear(TOKEN, 3 * TOKEN), nn.Linear(TOKEN, TOKEN)
        self.feed = nn.Sequential(nn.Linear(TOKEN, 2 * TOKEN), nn.GELU(), nn.Linear(2 * TOKEN, TOKEN))

    def forward(self, x: Tensor) -> Tensor:
        """(n, tokens, TOKEN)"""
        shape = (len(x), -1, 3, HEADS, TOKEN // HEADS)
        q, k, v = self.qkv(self.norm(x)).reshape(shape).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(2, 3) * (TOKEN // HEADS) ** -0.5).softmax(dim=-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(x.shape))
        return x + self.feed(self.norm_2(x))


class Eye(nn.Module):
    """See above."""

    scales: Tensor
    window: Tensor
    owners: Tensor
    centres: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Patches first: most of the cost is here.
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 4, 4), nn.ReLU(), _conv(32, 56, 3, 2), _conv(56, FEATURES, 3, 2))
        self.fine = _conv(FEATURES, FEATURES, 3, 1)
        self.coarse = nn.Sequential(_conv(FEATURES, 112, 3, 2), _conv(112, 112, 3, 1), nn.Conv2d(112, FEATURES, 1))
        self.maps = nn.Conv2d(FEATURES, 3 * SLOTS, 1)
        self.glimpse = nn.Sequential(_conv(3, 24, 3, 1), _conv(24, 32, 3, 2), _conv(32, 48, 3, 2))
        count = len(GLIMPSES)
        self.glimpse_out = nn.Parameter(0.02 * torch.randn(count, 48 * (GLIMPSE // 4) ** 2, GLIMPSE_CODE))
        self.glimpse_token = nn.Parameter(0.1 * torch.randn(count, GLIMPSE_CODE, TOKEN))
        self.glimpse_place = nn.Parameter(torch.zeros(count, GLIMPSE_CODE, 2))
        self.token = nn.Linear(FEATURES + 3, TOKEN)
        self.names = nn.Parameter(0.1 * torch.randn(SLOTS + 1, TOKEN))
        self.whole = nn.Linear(FEATURES + 3, TOKEN)
        self.mix = nn.Sequential(_Block(), _Block())
        self.facts = nn.Sequential(
            nn.Linear((SLOTS + 1) * TOKEN, 384), nn.ReLU(), nn.Dropout(0.2), nn.Linear(384, FACT_LOGITS)
        )
        steps = torch.arange(GLIMPSE) - 0.5 * (GLIMPSE - 1)
        rows, columns = torch.meshgrid(steps, steps, indexing="ij")
        self.register_buffer("window", torch.stack([columns, rows], dim=-1))
        self.register_buffer("scales", torch.tensor([scale for _, scale in GLIMPSES]))
        self.register_buffer("owners", torch.tensor([slot for slot, _ in GLIMPSES]))
        rows, columns = torch.meshgrid(torch.arange(ROWS), torch.arange(COLUMNS), indexing="ij")
        self.register_buffer("centres", (torch.stack([columns, rows], dim=-1).reshape(-1, 2) + 0.5) * CELL)

    def forward(self, pictures: Tensor, at: Tensor | None = None, use: Tensor | None = None) -> tuple[Tensor, ...]:
        """Looks at pictures (n, 3, 480, 640) in -1..1.

        Args:
            pictures: RGB.
            at: (n, slots, 2) places [px] to glimpse at where ``use`` (n, slots) says so, instead of where it looks.
            use: see ``at``.

        Returns:
            (n, fact logits); (n, slots, cells) logits of where; (n, slots, cells, 2) places in each cell [px];
            (n, slots, 3) place [px / 200] after the glimpses, and how sure.
        """
        count = len(pictures)
        features = self.stem(pictures)
        fine = self.fine(features) + features
        features = fine + nn.functional.interpolate(self.coarse(fine), size=(ROWS, COLUMNS), mode="nearest")
        maps = self.maps(features).float().reshape(count, SLOTS, 3, ROWS * COLUMNS)
        where = maps[:, :, 0]
        places = self.centres + CELL * maps[:, :, 1:].transpose(2, 3)
        share = where.softmax(dim=-1)
        sure, best = share.max(dim=-1)
        look = places.gather(2, best[:, :, None, None].expand(-1, -1, 1, 2))[:, :, 0].detach()
        if at is not None and use is not None:
            look = torch.where(use[:, :, None], at, look)
        pooled = share @ features.float().reshape(count, FEATURES, -1).transpose(1, 2)
        codes = self._glimpses(pictures, look)
        found = look + PX_UNIT * self._by_slot(torch.einsum("ngc,gcp->ngp", codes, self.glimpse_place))
        seen = torch.cat([pooled, look / PX_UNIT, sure[:, :, None]], dim=-1)
        seen = self.token(seen) + self._by_slot(torch.einsum("ngc,gct->ngt", codes, self.glimpse_token))
        whole = torch.cat([features.mean(dim=(2, 3)).float(), pictures[:, :, ::CELL, ::CELL].mean(dim=(2, 3))], dim=-1)
        tokens = torch.cat([seen, self.whole(whole)[:, None]], dim=1) + self.names
        facts = self.facts(self.mix(tokens).flatten(1))
        return facts, where, places, torch.cat([found / PX_UNIT, sure[:, :, None]], dim=-1)

    def _by_slot(self, values: Tensor) -> Tensor:
        """Sums values (n, glimpses, size) to (n, slots, size)."""
        owned = nn.functional.one_hot(self.owners, SLOTS).to(values.dtype)
        return torch.einsum("ngc,gs->nsc", values, owned)

    def _glimpses(self, pictures: Tensor, look: Tensor) -> Tensor:
        """(n, glimpses, GLIMPSE_CODE)"""
        count, glimpses = len(pictures), len(GLIMPSES)
        grid = look[:, self.owners, None, None] + self.scales[:, None, None, None] * self.window
        size = torch.tensor([WIDTH, HEIGHT], dtype=grid.dtype, device=grid.device)
        grid = (2.0 * grid / size - 1.0).reshape(count, glimpses * GLIMPSE, GLIMPSE, 2)
        crops = nn.functional.grid_sample(pictures, grid, align_corners=False)
        crops = crops.reshape(count, 3, glimpses, GLIMPSE, GLIMPSE).transpose(1, 2).flatten(0, 1)
        codes = self.glimpse(crops).reshape(count, glimpses, -1)
        return torch.relu(torch.einsum("ngc,gco->ngo", codes, self.glimpse_out))
