"""A small stand-in for a camera and its driver: the rate follows from the scene and the biases at once."""

import math
from collections.abc import Callable, Mapping

from touchloop.events.biasing.actuator import Actuator
from touchloop.events.biasing.controller import BiasCommand, BiasController, RateObservation
from touchloop.events.biasing.sensitivity_path import sensitivity
from touchloop.events.sensors.camera import CameraModel

DT_S = 0.05
GAIN_PER_E_FOLD = {"on_threshold": 0.2, "off_threshold": 0.2, "follower": 0.5, "refractory": 0.1}
GAIN_OF_RANGE = {"on_threshold": 1.0, "off_threshold": 1.0, "follower": 1.5, "high_pass": 1.5, "refractory": 1.5}


class Plant:
    """rate = scene * exp(sum of gain * sensitivity), with a driver that may refuse, adjust or lack parameters."""

    def __init__(self, camera: CameraModel, scene_hz: float, lacks: tuple[str, ...] = (), frozen: tuple[str, ...] = ()):
        self.camera = camera
        self.scene_hz = scene_hz
        self.values = {n: v for n, v in camera.start_values().items() if n not in lacks}
        self.frozen = frozen
        self.adjust: Callable[[int], int] = int
        self.curve: Callable[[float], float] = float
        self.t_ns = 0
        self.commands: list[tuple[float, BiasCommand]] = []

    def log_gain(self) -> float:
        total = 0.0
        for bias in self.camera.biases:
            actuator = Actuator(bias)
            if not bias.rate_sign or not actuator.available(self.values):
                continue
            low, high = actuator.limits
            gain = (GAIN_PER_E_FOLD if bias.coarse_fine else GAIN_OF_RANGE).get(bias.role, 0.0)
            total += gain * sensitivity(actuator, self.values) / (1.0 if bias.coarse_fine else high - low)
        return total

    @property
    def rate_hz(self) -> float:
        return self.scene_hz * math.exp(self.curve(self.log_gain()))

    def observe(self, recent: bool = True) -> RateObservation:
        rate = self.rate_hz
        return RateObservation(self.t_ns, rate, 0.5, dict(self.values), 0, rate if recent else math.nan)

    def apply(self, changes: Mapping[str, int]) -> None:
        limits = self.camera.limits()
        for name, value in changes.items():
            low, high = limits[name]
            assert low <= value <= high, f"{name} = {value}"
            assert name in self.values, f"{name} is not the driver's"
            if name not in self.frozen:
                self.values[name] = min(max(self.adjust(value), low), high)

    def run(self, controller: BiasController, state, duration_s: float, recent: bool = True, dt_s: float = DT_S):
        for _ in range(round(duration_s / dt_s)):
            self.t_ns += round(dt_s * 1e9)
            state, command = controller.step(state, self.observe(recent), dt_s)
            self.commands.append((self.t_ns * 1e-9, command))
            self.apply(command.changes)
        return state

    def changes(self, since_s: float = 0.0) -> int:
        return sum(bool(command.changes) for t_s, command in self.commands if t_s > since_s)

    def inside(self, band_hz: tuple[float, float]) -> bool:
        return band_hz[0] <= self.rate_hz <= band_hz[1]
