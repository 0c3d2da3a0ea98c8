"""Runs one episode in process, without ROS, and draws it: the picture of the README.

.venv/bin/python examples/plot_episode.py --perturb both --seed 1003 --out docs/wipe.png
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import tyro

from touchloop.bench.protocol import Rates
from touchloop.bench.rollout import Policy, rollout
from touchloop.control.decoder import FastDecoder
from touchloop.policy.planner import Planner
from touchloop.policy.weights import default_weights
from touchloop.sim.board import Board
from touchloop.sim.cameras import SCENE_CAMERA, WRIST_CAMERA, Renderer
from touchloop.sim.observation import Observation
from touchloop.tasks.environment import Environment
from touchloop.tasks.scenes import scene_of
from touchloop.tasks.wipe import FORCE_BAND_N

mpl.use("Agg")
import matplotlib.pyplot as plt

PICTURES_AT_S = (0.5, 3.2, 4.6, 6.6)


class WatchedEnvironment(Environment):
    """Notes force and board height each tick, and takes scene pictures at given times."""

    def __init__(self) -> None:
        super().__init__("wipe")
        self.trace: list[tuple[float, float, float, str]] = []
        self.pictures: list[np.ndarray] = []
        self._scene = Renderer()

    def step(self, targets_in_base: Sequence[np.ndarray | None]) -> tuple[Observation, ...]:
        """One tick, noted."""
        observations = super().step(targets_in_base)
        board = scene_of(self.world.scene, Board)
        shift_mm = 1e3 * (board.pose_in_base[2] - board.config.pose_in_base[2])
        self.trace.append((self.time_s, self.state.force_n, shift_mm, self.acting_perturbation))
        if len(self.pictures) < len(PICTURES_AT_S) and self.time_s >= PICTURES_AT_S[len(self.pictures)]:
            state = self.world.scene_state()
            scene, wrist = (self._scene.render(state, camera) for camera in (SCENE_CAMERA, WRIST_CAMERA))
            scene[-100:, -100:] = wrist[14:114, 14:114]
            self.pictures.append(scene)
        return observations


def main(seed: int = 1003, perturb: str = "both", out: Path = Path("docs/wipe.png")) -> None:
    """Run and draw.

    Args:
        seed: which cell.
        perturb: none, before, after, push or both.
        out: picture to write.
    """
    weights = default_weights("wipe")
    environment = WatchedEnvironment()
    policy = Policy.make(Planner(weights, "wipe"), [FastDecoder.load(weights, "wipe")], environment.task, Rates())
    result = rollout(environment, policy, seed, perturb)
    time_s, force_n, shift_mm = (np.array([row[i] for row in environment.trace]) for i in range(3))
    figure = plt.figure(figsize=(11, 4.6), layout="constrained")
    grid = figure.add_gridspec(2, len(environment.pictures), height_ratios=(1.25, 1))
    for i, (picture, at_s) in enumerate(zip(environment.pictures, PICTURES_AT_S, strict=False)):
        axes = figure.add_subplot(grid[0, i])
        axes.imshow(picture)
        axes.set_title(f"{at_s:g} s", fontsize=9)
        axes.axis("off")
    axes = figure.add_subplot(grid[1, :])
    axes.axhspan(*FORCE_BAND_N, color="tab:green", alpha=0.15, label="force band")
    axes.plot(time_s, force_n, color="tab:blue", linewidth=1.2, label="contact force")
    axes.set(xlabel="time [s]", ylabel="force [N]", xlim=(0, time_s[-1]), ylim=(0, max(15.0, force_n.max() + 1)))
    height = axes.twinx()
    height.plot(time_s, shift_mm, color="tab:orange", linewidth=1.2, label="board moved by")
    height.set(ylabel="board height [mm]", ylim=(-45, 45))
    lines = [line for ax in (axes, height) for line in ax.get_legend_handles_labels()[0]]
    axes.legend(lines, [str(line.get_label()) for line in lines], loc="upper left", ncols=3, fontsize=8)
    figure.savefig(out, dpi=110)
    print(result)


if __name__ == "__main__":
    tyro.cli(main)
