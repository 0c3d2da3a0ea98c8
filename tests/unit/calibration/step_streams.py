"""A step test whose delays are known: commands, joints that follow like a first-order servo, and late streams."""

import numpy as np

from touchloop.calibration.streams import Stream

PERIOD_S = 0.004
DIRECTION = np.array([0.2, -0.1, 0.3, 0.05, 0.0, 0.4, 0.0])
"""How the joints move in a step."""
REST_S, RISE_S = 1.5, 0.1


def steps_at(time_s: np.ndarray, count: int) -> np.ndarray:
    """0 and 1 in turn, each reached with minimum jerk."""
    number = np.floor(time_s / REST_S).clip(0, count)
    share = ((time_s - number * REST_S) / RISE_S).clip(0, 1)
    smooth = share**3 * (10 - 15 * share + 6 * share**2)
    return np.where(number == 0, 0.0, np.where(number % 2 == 1, smooth, 1 - smooth))


def step_test(
    servo_s: float,
    dead_s: float,
    ages_s: dict[str, float],
    count: int = 8,
    noise: float = 0.0,
    seed: int = 0,
    jitter_s: float = 0.0,
) -> dict[str, Stream]:
    """Streams of ``count`` steps. Joints lag by ``servo_s`` (first order) plus ``dead_s``; others arrive late."""
    rng = np.random.default_rng(seed)
    fine_s = 0.0005
    time_s = np.arange(0.0, (count + 1.5) * REST_S, fine_s)
    wanted = steps_at(time_s - dead_s, count)
    position = np.zeros(len(time_s))
    # Exact for a command that is constant within a step.
    keep = np.exp(-fine_s / servo_s) if servo_s > 0 else 0.0
    for k in range(1, len(time_s)):
        position[k] = keep * position[k - 1] + (1 - keep) * wanted[k - 1]
    velocity = np.gradient(position, fine_s)
    acceleration = np.gradient(velocity, fine_s)
    stamps = np.arange(0.0, time_s[-1], PERIOD_S)

    def stream(values: np.ndarray, size: float, age_s: float, grain: float) -> Stream:
        at = np.interp(stamps, time_s, values)[:, None] * size * DIRECTION[: 7 if grain < 0.01 else 3]
        at = at + noise * grain * rng.standard_normal(at.shape)
        # A line does not reorder: who is late holds up those behind.
        arrivals = np.maximum.accumulate(stamps + age_s + jitter_s * rng.random(len(stamps)))
        return Stream(arrivals, stamps, at)

    command = steps_at(stamps, count)[:, None] * 0.02 * DIRECTION
    streams = {"command": Stream(stamps, np.full(len(stamps), np.nan), command)}
    streams["echo"] = stream(position, 0.02, 0.0, 1e-5)
    kinds = {
        "joint_states": (position, 0.02, 1e-5),
        "tcp_pose": (position, 0.005, 1e-5),
        "tcp_twist": (velocity, 0.005, 1e-4),
        "wrench": (acceleration, -0.005 * 0.5, 0.02),
    }
    for name, age_s in ages_s.items():
        values, size, grain = kinds[name]
        streams[name] = stream(values, size, age_s, grain)
    return streams
