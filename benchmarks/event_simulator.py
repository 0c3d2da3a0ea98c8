"""Speed of the event simulator on one core, beside ``eventcv.simulate`` where that is installed.

    python benchmarks/event_simulator.py [--frames 200] [--runs 7]

DAVIS346, all noise on, 1000 frames a second of a drifting texture. Both get the same frames, made beforehand, the
same thresholds, bandwidth and refractory time, and take turns; both stay on one core. Printed: medians, and the ratio
of the medians.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("RAYON_NUM_THREADS", "1")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np

from touchloop.events.scenes.profile import Profile
from touchloop.events.scenes.texture import DriftingTexture
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.simulator import EventSimulator

FRAME_NS = 1_000_000


def frames_of(count: int, light_lux: float, speed_px_s: float) -> np.ndarray:
    scene = DriftingTexture(346, 260, 1, Profile.constant(light_lux), Profile.constant(speed_px_s))
    return np.stack([scene.lux(k * FRAME_NS * 1e-9).copy() for k in range(count)])


def ours(frames: np.ndarray) -> tuple[float, int]:
    simulator = EventSimulator(CAMERAS["davis346"], 1)
    started_s = time.perf_counter()
    events = sum(len(simulator.step(frame, k * FRAME_NS)) for k, frame in enumerate(frames))
    return time.perf_counter() - started_s, events


def theirs(grey: np.ndarray, upsample: str | None) -> tuple[float, int]:
    import eventcv

    started_s = time.perf_counter()
    p = CAMERAS["davis346"].pixel(CAMERAS["davis346"].start_values())
    events = eventcv.simulate(
        grey,
        fps=1000,
        seed=1,
        upsample=upsample,
        pos_thres=p.on_threshold,
        neg_thres=p.off_threshold,
        sigma_thres=p.mismatch,
        refractory_us=round(p.refractory_s * 1e6),
        cutoff_hz=p.follower_hz,
        leak_rate_hz=p.leak_per_s / p.on_threshold,
    )
    return time.perf_counter() - started_s, len(events)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--lux", type=float, default=300.0)
    parser.add_argument("--speed", type=float, default=100.0, help="px/s")
    arguments = parser.parse_args()
    frames = frames_of(arguments.frames, arguments.lux, arguments.speed)
    arms = {"touchloop": lambda: ours(frames)}
    try:
        import eventcv  # noqa: F401

        grey = (frames / frames.max()).astype(np.float32)
        arms["eventcv"] = lambda: theirs(grey, None)
        arms["eventcv, no upsampling"] = lambda: theirs(grey, "off")
    except ImportError:
        print("eventcv: not installed")
    for arm in arms.values():
        arm()
    runs: dict[str, list[tuple[float, int]]] = {name: [] for name in arms}
    for _ in range(arguments.runs):
        for name, arm in arms.items():
            runs[name].append(arm())
    seconds = (arguments.frames - 1) * FRAME_NS * 1e-9
    medians_s = {name: statistics.median(taken_s for taken_s, _ in results) for name, results in runs.items()}
    for name, results in runs.items():
        rate = results[0][1] / seconds / 1e6
        print(f"{name}: {seconds / medians_s[name]:.2f} x real time, {rate:.2f} Mev/s made, median of {arguments.runs}")
    for name in list(arms)[1:]:
        print(f"touchloop / {name}: {medians_s[name] / medians_s['touchloop']:.1f} x as fast")


if __name__ == "__main__":
    main()
