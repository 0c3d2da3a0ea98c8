"""Dab: press a pad on a spot, hold 4 N for two seconds, lift. A whole task in one file: scene, expert and score."""

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.sim.board import Board, BoardConfig
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.expert_motion import Descent, ForceOffset, step_towards
from touchloop.tasks.perturbation import Bounds, Magnitudes
from touchloop.tasks.task import ExpertCommand, TaskState
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

FORCE_N, FORCE_BAND_N, PEAK_FORCE_N = 4.0, (2.5, 5.5), 12.0
HOLD_S, TIME_LIMIT_S, LIFTED_M, TARE_S = 2.0, 12.0, 0.03, 0.4


class Dab:
    """The task; ``touchloop.tasks.task.Task`` says what each attribute and method is for."""

    name = "dab"
    arms = ("",)
    variants = ("",)
    force_band_n = FORCE_BAND_N
    controller = ControllerConfig(planned_force_bound_n=8.0)
    magnitudes = Magnitudes(Bounds((0.005,) * 3, (0.01,) * 3), Bounds((0.0, 0.0, 0.005), (0.0, 0.0, 0.01)))

    def sample(self, rng):
        height, spot = 0.20 + rng.uniform(-0.01, 0.01), rng.uniform(-0.04, 0.04, size=2)
        pose = np.array([0.50, 0.0, height, 0.0, 0.0, 0.0, 1.0])
        # A stroke of almost no length is a spot: here of 24 mm.
        board = BoardConfig(pose, rng.uniform(0.2, 0.5), rng.uniform(2000.0, 5000.0), spot, 0.0, 0.001, 0.024)
        start = np.array([0.46, 0.0, 0.32]) + rng.uniform(-0.015, 0.015, size=3)
        return Board(board, np.array([*start, 1.0, 0.0, 0.0, 0.0])), ""

    def score(self):
        return DabScore()

    def expert(self, scene, rng, jitter_m=0.0):
        return DabExpert(scene, rng, jitter_m)


class DabExpert:
    """Tares in air, comes down on the spot as seen, holds the force as felt, lifts."""

    def __init__(self, board, rng, jitter_m):
        self.board, self.descent, self.press = board, Descent(rng, jitter_m, 0.03, 0.04), ForceOffset()
        self.phase, self.phase_s, self.force_n, self.nominal = "tare", 0.0, 0.0, None
        self.samples, self.bias, self.wrench = [], np.zeros(6), np.zeros(6)

    def step(self, observations):
        (seen,) = observations
        self.nominal = seen.tcp_in_base.copy() if self.nominal is None else self.nominal
        wrench_at_tcp(seen.wrench_at_sensor, self.bias, self.wrench)
        self.force_n += low_pass_share(30.0, PERIOD_S) * (-self.wrench[2] - self.force_n)
        self.phase_s += PERIOD_S
        spot = self.board.in_base(np.array([*self.board.config.ink_start, 0.0]))
        planned_n = FORCE_N if self.phase == "hold" else 0.0
        if self.phase == "tare":
            self.samples.append(seen.wrench_at_sensor)
            if self.phase_s >= TARE_S:
                self.bias = np.mean(self.samples, axis=0)
                self.phase, self.phase_s = "approach", 0.0
        elif self.phase == "approach" and step_towards(self.nominal, self.descent.over(spot), 0.12, self.phase_s):
            self.phase, self.phase_s = "descend", 0.0
        elif self.phase == "descend":
            self.descent.step(self.nominal, spot, self.phase_s)
            if self.force_n > 1.2:
                self.phase, self.phase_s = "hold", 0.0
        elif self.phase == "hold":
            self.press.step(planned_n - self.force_n)
            if self.phase_s > HOLD_S + 0.6:
                self.phase, self.phase_s = "lift", 0.0
        elif self.phase == "lift" and self.phase_s < 0.9:
            self.nominal[2] += 0.08 * PERIOD_S
        target = self.nominal.copy()
        target[2] -= self.press.offset_m
        return (ExpertCommand(target, planned_n),)


class DabScore:
    """Judges an episode tick by tick from the world's ground truth."""

    def __init__(self):
        self.contact, self.in_band, self.peak_n, self.first_s = 0, 0, 0.0, None

    def step(self, world):
        board, (contact,) = world.scene, world.contacts
        force_n, time_s = contact.force_n if contact else 0.0, world.ticks_since_reset * PERIOD_S
        height = float(board.on_face(world.arms[0].tcp_in_base()[:3])[2])
        self.peak_n = max(self.peak_n, force_n)
        self.contact += force_n > 0.5
        self.in_band += FORCE_BAND_N[0] <= force_n <= FORCE_BAND_N[1]
        self.first_s = time_s if self.first_s is None and force_n > 0.5 else self.first_s
        held, wiped = min(self.in_band * PERIOD_S / HOLD_S, 1.0), board.coverage > 0.9
        done = (self.in_band > 0 and height > LIFTED_M) or time_s >= TIME_LIMIT_S
        phase = "done" if done else "approach" if self.first_s is None else "hold"
        success, near = done and held >= 1.0 and wiped and self.peak_n < PEAK_FORCE_N, height < 0.03
        ratio, score = self.in_band / max(self.contact, 1), held * wiped
        return TaskState(phase, done, success, score, held, force_n, ratio, self.peak_n, near, self.first_s)
