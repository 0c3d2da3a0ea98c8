import os
from pathlib import Path

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.events.agreement import agreement
from touchloop.events.fit import fit_biases
from touchloop.events.scenes.grey_frames import GreyFrames
from touchloop.events.scenes.recorded import grey_frames_of
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.simulator import EventSimulator
from touchloop.events.stream import Events

DATA = Path(os.environ.get("TOUCHLOOP_DATA", Path(__file__).parents[4] / "shared" / "data"))
START_NS = 1_700_000_000_000_000_000


def bar(t_s: float) -> np.ndarray:
    """Light levels of a patterned bar that swings over a patterned ground."""
    rows, columns = np.indices((48, 96)).astype(np.float32)
    x = 48.0 + 34.0 * np.sin(4.5 * t_s)
    inside = 1.0 / (1.0 + np.exp((np.abs(columns - x) - 8.0) * 2.0)) / (1.0 + np.exp((np.abs(rows - 24) - 14.0) * 2.0))
    pattern = 150.0 + 30.0 * np.sin(0.8 * (columns - x)) * np.cos(0.6 * rows)
    ground = 60.0 + 8.0 * np.sin(0.5 * columns) * np.sin(0.4 * rows)
    return (inside * pattern + (1.0 - inside) * ground).astype(np.float32)


def recording(values: dict[str, int]) -> tuple[Events, GreyFrames]:
    rng = np.random.default_rng(4)
    simulator = EventSimulator(CAMERAS["davis346"], 11, 96, 48, values=values)
    events = [simulator.step((bar(k * 1e-3) + 10) * 100, START_NS + k * 1_000_000) for k in range(1201)]
    levels = np.stack([bar(k * 0.04) for k in range(31)])
    noisy = np.clip(levels + rng.normal(0, 1.2, levels.shape), 0, 255).astype(np.uint8)
    return Events.join(events), GreyFrames(noisy, START_NS + np.arange(31, dtype=np.int64) * 40_000_000)


def test_a_made_recording_is_met_and_its_thresholds_found() -> None:
    truth = {"ONBn_coarse": 5, "ONBn_fine": 150, "OFFBn_coarse": 2, "OFFBn_fine": 200}
    events, frames = recording(truth)
    fit = fit_biases(events, frames)
    assert fit.judged.rate_correlation > 0.8
    assert fit.judged.density_correlation > 0.8
    assert fit.judged.on_share_apart < 0.05
    true_pixel = CAMERAS["davis346"].pixel({**CAMERAS["davis346"].start_values(), **truth})
    assert fit.pixel.off_threshold / fit.pixel.on_threshold == pytest.approx(
        true_pixel.off_threshold / true_pixel.on_threshold, rel=0.25
    )
    assert CAMERAS["davis346"].checked(fit.values) == fit.values


def test_agreement_of_a_stream_with_itself_is_full() -> None:
    events, _ = recording({})
    same = agreement(events, events, START_NS, START_NS + 1_000_000_000, 96, 48)
    assert same.rate_correlation == pytest.approx(1.0)
    assert same.density_correlation == pytest.approx(1.0)
    assert same.on_share_apart == 0.0
    assert same.events == same.recorded_events


def test_agreement_sees_what_differs() -> None:
    events, _ = recording({})
    stop_ns = START_NS + 1_000_000_000
    mirrored = Events((95 - events.x).astype(np.uint16), events.y, (1 - events.polarity).astype(np.uint8), events.t_ns)
    other = agreement(mirrored, events, START_NS, stop_ns, 96, 48)
    assert other.rate_correlation == pytest.approx(1.0)
    assert other.density_correlation < 0.99
    assert other.on_share == pytest.approx(1.0 - other.recorded_on_share)
    assert agreement(Events.empty(), events, START_NS, stop_ns, 96, 48).rate_correlation == 0.0


def test_too_little_is_refused() -> None:
    events, frames = recording({})
    with pytest.raises(InputError, match=r"0.40 s of frames"):
        fit_biases(events, GreyFrames(frames.levels[:11], frames.stamps_ns[:11]))
    with pytest.raises(InputError, match="0 events"):
        fit_biases(Events.empty(), frames)
    with pytest.raises(InputError, match="windows of 40 ms"):
        agreement(events, events, START_NS, START_NS + 100_000_000, 96, 48)


@pytest.mark.slow
def test_the_real_recording_is_met_on_the_half_that_was_not_fitted() -> None:
    path = DATA / "davis346.aedat4"
    if not path.is_file():
        pytest.skip(f"{path} is not there; TOUCHLOOP_DATA names the folder of recordings")
    from touchloop.events.codecs.files import open_events

    reader = open_events(path)
    fit = fit_biases(reader.read_all(), grey_frames_of(reader.frames(), str(path)))
    assert fit.judged.rate_correlation >= 0.8
    assert fit.judged.density_correlation >= 0.7
    assert fit.judged.on_share_apart <= 0.05
