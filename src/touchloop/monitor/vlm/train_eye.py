"""Trains the network that looks: on facts, and on where each landmark is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from touchloop.monitor.vlm.eye import CELL, COLUMNS, HEIGHT, ROWS, SLOTS, WIDTH, Eye
from touchloop.monitor.vlm.facts import HIDDEN, LANDMARKS, NAMES, SIZES, STARTS, from_codes
from touchloop.monitor.vlm.pictures import Pictures

Report = Callable[[int, int, float], None]
"""Steps done, steps in all, loss."""
MAP_WEIGHT, PLACE_WEIGHT = 1.5, 0.05
SHIFT_PX = 6
GLIMPSE_NOISE_PX = 1.5


@dataclass(frozen=True, slots=True)
class EyeConfig:
    """Settings."""

    seed: int = 0
    epochs: int = 8
    """How often each picture is seen."""
    batch: int = 24
    """Pictures."""
    learning_rate: float = 2e-3


def shown_landmarks(pictures: Pictures) -> np.ndarray:
    """(n, slots) bool: in the picture, lit, and not known to be hidden."""
    shown = np.array(np.isfinite(pictures.pixels).all(axis=2))
    for row, codes in enumerate(pictures.codes):
        facts = from_codes(codes)
        for slot, name in enumerate(LANDMARKS):
            shown[row, slot] &= facts["light"] == "on" and facts.get(name) != HIDDEN
    return shown


def train_eye(pictures: Pictures, config: EyeConfig, report: Report, device: str = "cpu") -> Eye:
    """The network after ``epochs``; the same seed and pictures give the same on one machine."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    eye = Eye().to(device)
    count = len(pictures.codes)
    steps = config.epochs * (count // config.batch)
    optimiser = torch.optim.AdamW(eye.parameters(), lr=config.learning_rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, steps, pct_start=0.1)
    shown = shown_landmarks(pictures)
    done, smooth = 0, 0.0
    eye.train()
    for _ in range(config.epochs):
        order = rng.permutation(count)
        for start in range(0, count - config.batch + 1, config.batch):
            rows = np.sort(order[start : start + config.batch])
            frames = torch.from_numpy(pictures.pictures[rows]).to(device).permute(0, 3, 1, 2).float() / 255.0
            at = torch.from_numpy(pictures.pixels[rows]).to(device)
            frames, at = augmented(frames, at)
            codes = torch.from_numpy(pictures.codes[rows]).to(device)
            visible = torch.from_numpy(shown[rows]).to(device)
            # At first glimpses are taken where things are, later where the network finds them.
            trust = min(0.85, 1.5 * done / steps)
            use = visible & (torch.rand(visible.shape, device=device) > trust)
            noisy = torch.nan_to_num(at) + GLIMPSE_NOISE_PX * torch.randn_like(at)
            facts, where, places, _ = eye(frames, noisy, use)
            loss = fact_loss(facts, codes) + _map_loss(where, places, at, visible)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(eye.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            done += 1
            now = float(loss.detach())
            smooth = now if done == 1 else 0.98 * smooth + 0.02 * now
            report(done, steps, smooth)
    return eye.eval()


def augmented(frames: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
    """Other colours and brightness, noise, and the picture shifted; ``at`` follows, NaN where it leaves the picture."""
    count, device = len(frames), frames.device
    mix = torch.eye(3, device=device) + 0.15 * torch.randn(count, 3, 3, device=device)
    mix = mix / mix.sum(dim=2, keepdim=True).clamp(min=0.5)
    for index in range(count):
        if torch.rand(()) < 0.4:
            mix[index] = mix[index, :, torch.randperm(3)]
    gain = 0.8 + 0.35 * torch.rand(count, 1, 1, 1, device=device)
    frames = torch.einsum("nij,njhw->nihw", mix, frames) * gain
    dx, dy = (int(v) for v in torch.randint(-SHIFT_PX, SHIFT_PX + 1, (2,)))
    padded = nn.functional.pad(frames, (SHIFT_PX,) * 4, mode="replicate")
    frames = padded[:, :, SHIFT_PX - dy : SHIFT_PX - dy + HEIGHT, SHIFT_PX - dx : SHIFT_PX - dx + WIDTH]
    at = at + torch.tensor([dx, dy], dtype=at.dtype, device=device)
    inside = (at >= 0.0).all(dim=2) & (at[..., 0] < WIDTH) & (at[..., 1] < HEIGHT)
    at = torch.where(inside[..., None], at, torch.nan)
    return (frames + 0.015 * torch.randn_like(frames)).clamp(0.0, 1.0), at


def fact_loss(logits: Tensor, codes: Tensor) -> Tensor:
    """Sum over facts of the mean cross-entropy."""
    parts = [
        nn.functional.cross_entropy(logits[:, STARTS[i] : STARTS[i + 1]], codes[:, i], label_smoothing=0.01)
        for i in range(len(SIZES))
    ]
    return torch.stack(parts).sum()


def _map_loss(where: Tensor, places: Tensor, at: Tensor, visible: Tensor) -> Tensor:
    visible = visible & torch.isfinite(at).all(dim=2)
    goal = torch.nan_to_num(at)
    cell = (goal[..., 1] // CELL).long().clamp(0, ROWS - 1) * COLUMNS + (goal[..., 0] // CELL).long().clamp(
        0, COLUMNS - 1
    )
    found = nn.functional.cross_entropy(where.flatten(0, 1), cell.flatten(), reduction="none").reshape(cell.shape)
    there = places.gather(2, cell[:, :, None, None].expand(-1, -1, 1, 2))[:, :, 0]
    off = (there - goal).abs().sum(dim=2)
    weights = visible.float() / visible.sum().clamp(min=1)
    return SLOTS * (weights * (MAP_WEIGHT * found / 3.0 + PLACE_WEIGHT * off)).sum()


@torch.no_grad()
def see(eye: Eye, pictures: np.ndarray, device: str = "cpu", batch: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Fact logits (n, fact logits) and places (n, slots, 3) of pictures (n, 240, 320, 3) uint8."""
    logits, places = [], []
    for start in range(0, len(pictures), batch):
        frames = torch.from_numpy(np.array(pictures[start : start + batch])).to(device)
        facts, _, _, found = eye(frames.permute(0, 3, 1, 2).float() / 255.0)
        logits.append(facts.cpu().numpy())
        places.append(found.cpu().numpy())
    return np.concatenate(logits), np.concatenate(places)


def fact_accuracy(logits: np.ndarray, codes: np.ndarray) -> dict[str, float]:
    """Share of pictures in which each fact is right."""
    return {
        name: float((logits[:, STARTS[i] : STARTS[i + 1]].argmax(axis=1) == codes[:, i]).mean())
        for i, name in enumerate(NAMES)
    }
