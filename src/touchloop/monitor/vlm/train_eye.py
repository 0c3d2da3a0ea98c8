"""Trains the network that looks: on facts, and on where each landmark is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from touchloop.monitor.vlm.augment import augmented
from touchloop.monitor.vlm.eye import CELL, COLUMNS, PX_UNIT, ROWS, SLOTS, Eye
from touchloop.monitor.vlm.facts import HIDDEN, LANDMARKS, NAMES, SIZES, STARTS, from_codes
from touchloop.monitor.vlm.pictures import Pictures

Report = Callable[[int, int, float], None]
"""Steps done, steps in all, loss."""
MAP_WEIGHT, PLACE_WEIGHT = 1.5, 0.025
GLIMPSE_NOISE_PX, GLIMPSE_REACH_PX = 3.0, 24.0
"""How far a glimpse is off at first; from how far off it is asked to mend a place."""


@dataclass(frozen=True, slots=True)
class EyeConfig:
    """Settings."""

    seed: int = 0
    epochs: int = 3
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
    # As processors want weights; the types do not know of it.
    eye.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
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
            changed, moved = augmented(pictures.pictures[rows], pictures.pixels[rows], rng)
            frames, at = frames_of(changed, device), torch.from_numpy(moved).to(device)
            codes = torch.from_numpy(pictures.codes[rows]).to(device)
            visible = torch.from_numpy(shown[rows]).to(device)
            # At first glimpses are taken where things are, later where the network finds them.
            trust = min(0.85, 1.5 * done / steps)
            use = visible & (torch.rand(visible.shape, device=device) > trust)
            noisy = torch.nan_to_num(at) + GLIMPSE_NOISE_PX * torch.randn_like(at)
            with torch.autocast(device, torch.bfloat16):
                facts, where, places, found = eye(frames, noisy, use)
            loss = fact_loss(facts.float(), codes) + _map_loss(where, places, found, at, visible)
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


def frames_of(pictures: np.ndarray, device: str = "cpu") -> Tensor:
    """(n, 3, height, width) in -1..1, as the eye wants them, of uint8 pictures (n, height, width, 3)."""
    frames = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2) * (2.0 / 255.0)
    return frames.sub_(1.0)


def fact_loss(logits: Tensor, codes: Tensor) -> Tensor:
    """Sum over facts of the mean cross-entropy."""
    parts = [
        nn.functional.cross_entropy(logits[:, STARTS[i] : STARTS[i + 1]], codes[:, i], label_smoothing=0.01)
        for i in range(len(SIZES))
    ]
    return torch.stack(parts).sum()


def _map_loss(where: Tensor, places: Tensor, found: Tensor, at: Tensor, visible: Tensor) -> Tensor:
    visible = visible & torch.isfinite(at).all(dim=2)
    goal = torch.nan_to_num(at)
    cell = (goal[..., 1] // CELL).long().clamp(0, ROWS - 1) * COLUMNS + (goal[..., 0] // CELL).long().clamp(
        0, COLUMNS - 1
    )
    sharp = nn.functional.cross_entropy(where.flatten(0, 1), cell.flatten(), reduction="none").reshape(cell.shape)
    there = places.gather(2, cell[:, :, None, None].expand(-1, -1, 1, 2))[:, :, 0]
    off = (there - goal).abs().sum(dim=2)
    mended = (PX_UNIT * found[..., :2] - goal).abs().sum(dim=2)
    mended = torch.where(mended < GLIMPSE_REACH_PX, mended, 0.0)
    weights = visible.float() / visible.sum().clamp(min=1)
    return SLOTS * (weights * (MAP_WEIGHT * sharp / 3.0 + PLACE_WEIGHT * (off + mended))).sum()


@torch.no_grad()
def see(eye: Eye, pictures: np.ndarray, device: str = "cpu", batch: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Fact logits (n, fact logits) and places (n, slots, 3) of pictures (n, 480, 640, 3) uint8."""
    logits, places = [], []
    for start in range(0, len(pictures), batch):
        facts, _, _, found = eye(frames_of(np.array(pictures[start : start + batch]), device))
        logits.append(facts.cpu().numpy())
        places.append(found.cpu().numpy())
    return np.concatenate(logits), np.concatenate(places)


def fact_accuracy(logits: np.ndarray, codes: np.ndarray) -> dict[str, float]:
    """Share of pictures in which each fact is right."""
    return {
        name: float((logits[:, STARTS[i] : STARTS[i + 1]].argmax(axis=1) == codes[:, i]).mean())
        for i, name in enumerate(NAMES)
    }
