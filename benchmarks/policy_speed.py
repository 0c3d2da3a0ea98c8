"""Time of one fast decoding step and of one eight-step plan, beside named peers in the same run, on one core each.

Peers are torch eager, and for planning also the network of the RDP paper (1-D U-Net 512-1024-2048, ResNet18, two
pictures, eight steps) with random weights.

    .venv/bin/python benchmarks/policy_speed.py [--json FILE]

Both sides take turns; each figure is a median, and the ratio is the median of the ratios turn by turn.
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import tyro
from paper_network import OBSERVATION_STEPS as PAPER_STEPS
from paper_network import PICTURE_SIZE as PAPER_PICTURE
from paper_network import STATE as PAPER_STATE
from paper_network import PaperNetwork
from rich.console import Console
from rich.table import Table

from touchloop.control.decoder import FastDecoder
from touchloop.policy.diffusion_policy import DiffusionPolicy
from touchloop.policy.features import LATENT_DIM, PICTURE_SIZE, STATE_SIZE, TOUCH_SIZE, shrink_picture
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.planner import Planner
from touchloop.policy.tokenizer import AsymmetricTokenizer
from touchloop.policy.weights import FAST, default_weights, read_tensors

DECODE_BOUND_S = 25e-6
PLAN_BOUND_S = 10e-3
PLAN_RATE_BOUND_S = 0.1
"""Ten plans a second."""
PAPER_TURNS = 3


def seconds_a_call(function: Callable[[], object], calls: int) -> float:
    """Mean over a short burst of calls."""
    begin = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - begin) / calls


def take_turns(ours: Callable[[], object], peer: Callable[[], object], calls: int, turns: int) -> dict[str, float]:
    """Medians of both and of their ratio."""
    pairs = []
    seconds_a_call(ours, calls), seconds_a_call(peer, calls)
    for _ in range(turns):
        pairs.append((seconds_a_call(ours, calls), seconds_a_call(peer, calls)))
    return {
        "ours_s": statistics.median(a for a, _ in pairs),
        "peer_s": statistics.median(b for _, b in pairs),
        "ratio": statistics.median(b / a for a, b in pairs),
    }


def decoding(weights: Path, turns: int) -> dict[str, float]:
    """One step of the recurrent decoder on new touch."""
    decoder = FastDecoder.load(weights)
    tensors = {k: torch.from_numpy(v) for k, v in read_tensors(weights / FAST).items()}
    tokenizer = AsymmetricTokenizer()
    tokenizer.load_state_dict({k: v for k, v in tensors.items() if k in tokenizer.state_dict()}, strict=False)
    rng = np.random.default_rng(0)
    latent, touch = rng.normal(size=LATENT_DIM).astype(np.float32), rng.normal(size=TOUCH_SIZE)
    hidden, after = np.zeros(decoder.hidden_size, np.float32), np.zeros(decoder.hidden_size, np.float32)
    action = np.zeros(decoder.tensors[4].shape[0], np.float32)
    inputs = torch.randn(1, 1, LATENT_DIM + TOUCH_SIZE)
    state = torch.zeros(1, 1, decoder.hidden_size)

    def eager() -> None:
        with torch.inference_mode():
            out, _ = tokenizer.decoder(inputs, state)
            tokenizer.to_action(out)

    return take_turns(lambda: decoder.step(latent, touch, hidden, after, action), eager, 200, turns)


def planning(weights: Path, turns: int) -> tuple[dict[str, float], dict[str, float]]:
    """A whole plan: picture, state, eight denoising steps; in torch a network of the same shape, and the paper's."""
    planner = Planner(weights)
    layout, spec = planner.card.layout, planner.card.spec
    policy = DiffusionPolicy(layout.steps, layout.size, layout.arms, spec.diffusion).eval()
    rng = np.random.default_rng(0)
    pose = np.array([0.4, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
    observation = PlannerObservation(
        stamp_ns=0,
        tcp_in_base=np.stack([pose, pose]),
        wrench_at_sensor=rng.normal(size=(2, 6)),
        wrench_bias=np.zeros(6),
        markers=rng.normal(scale=1e-5, size=(63, 2)).astype(np.float32),
        wrist_rgb=rng.integers(0, 255, (2 * PICTURE_SIZE, 2 * PICTURE_SIZE, 3), dtype=np.uint8),
    )

    def eager() -> None:
        picture = torch.from_numpy(shrink_picture(observation.wrist_rgb)[None]).float()
        pictures = picture.expand(1, layout.arms, *picture.shape[1:])
        noise = torch.randn(1, layout.steps, layout.arms * layout.size)
        with torch.inference_mode():
            policy(torch.zeros(1, layout.arms * STATE_SIZE), pictures, noise)

    seen = [observation] * layout.arms
    paper = PaperNetwork().eval()
    pictures, states = torch.randn(PAPER_STEPS, 3, PAPER_PICTURE, PAPER_PICTURE), torch.randn(PAPER_STEPS, PAPER_STATE)

    def papers() -> None:
        with torch.inference_mode():
            paper(pictures, states)

    def ours() -> None:
        planner.plan(seen, 0, 0)

    return take_turns(ours, eager, 5, turns), take_turns(ours, papers, 1, PAPER_TURNS)


def main(weights: Path | None = None, turns: int = 30, json_file: Path | None = None) -> None:
    """Time decoding and planning.

    Args:
        weights: weights folder; default those of the project.
        turns: how often both sides take turns.
        json_file: write the figures here.
    """
    torch.set_num_threads(1)
    weights = weights or default_weights("wipe")
    plan, beside_paper = planning(weights, turns)
    figures = {"decode_step": decoding(weights, turns), "plan": plan, "plan_beside_paper": beside_paper}
    bounds = {"decode_step": DECODE_BOUND_S, "plan": PLAN_BOUND_S, "plan_beside_paper": PLAN_RATE_BOUND_S}
    peers = {"decode_step": "torch eager", "plan": "torch eager", "plan_beside_paper": "the paper's network"}
    table = Table(title="one core, medians")
    for column in ("", "touchloop", "peer", "is", "peer / touchloop", "bound"):
        table.add_column(column, justify="right")
    for name, row in figures.items():
        times = [f"{1e6 * row[key]:.1f} us" for key in ("ours_s", "peer_s")]
        table.add_row(name, *times, peers[name], f"{row['ratio']:.1f}", f"{1e6 * bounds[name]:.0f} us")
    Console().print(table)
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    tyro.cli(main)
