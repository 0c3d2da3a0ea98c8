"""Episodes for the monitor's benchmark: programs, failures and what was sensed, all from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from touchloop.monitor.evidence.sensed import Sensed, sensed_of
from touchloop.monitor.run.ink_watch import InkWatch
from touchloop.sim.workbench.layout import ARMS
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import Call, Tick, run_program
from touchloop.tasks.workbench.failures import Failure, FailureRecord, sample_failure
from touchloop.tasks.workbench.trial import plans

PARTS = ("wipe", "round_peg", "square_peg", "press", "tray", "shelf", "lift_and_place", "tool_on_tray")
LAST_PART = "lift"
"""Both arms hold the box after it."""
BACK = "back"


@dataclass(frozen=True, slots=True)
class Episode:
    """What is to be run.

    Attributes:
        seed: of the scene and all else.
        calls: the program.
        failure: what is injected; None for a good episode.
    """

    seed: int
    calls: tuple[Call, ...]
    failure: Failure | None


def episode_of(bench: Workbench, seed: int, failing: bool) -> Episode:
    """A program of one to three parts on the bench of a seed, and a failure that fits it."""
    rng = np.random.default_rng([seed, 29])
    bench.reset(seed)
    holes: dict[str, str] = {plate.config.form: hole for hole, plate in bench.scene.holes.items()}
    chosen = [str(name) for name in rng.choice((*PARTS, LAST_PART), size=int(rng.integers(1, 4)), replace=False)]
    # The box and the wiper are in two parts each: one of them is enough.
    boxes = [name for name in chosen if name in ("tray", "shelf", "lift_and_place", "lift")]
    chosen = [name for name in chosen if name not in boxes[1:]]
    if "wipe" in chosen and "tool_on_tray" in chosen:
        chosen.remove("tool_on_tray")
    if "tool_on_tray" in chosen and boxes and boxes[0] in ("tray", "lift_and_place"):
        chosen.remove("tool_on_tray")
    chosen.sort(key=lambda name: name == LAST_PART)
    calls = tuple(call for name in chosen for call in plans(ARMS[int(rng.integers(2))], holes)[name].calls)
    return Episode(seed, calls, sample_failure(calls, rng) if failing else None)


def watched(
    bench: Workbench, episode: Episode, backend: str = "scripted", pictures: bool = True
) -> Iterator[tuple[Sensed, Tick]]:
    """Runs an episode to its end and yields what the monitor may know of each tick, and the tick.

    Args:
        bench: any.
        episode: to be run.
        backend: of the skills.
        pictures: look at the board's ink after it was wiped.
    """
    ink = InkWatch()
    wipes = pictures and any(name == "wipe" for name, _ in episode.calls)
    for tick in run_program(bench, episode.calls, episode.seed, episode.failure, backend):
        share = ink_seen(ink, tick, bench) if wipes else None
        following = episode.calls[tick.step + 1] if tick.step + 1 < len(episode.calls) else None
        yield sensed_of(tick, following, share), tick


def ink_seen(ink: InkWatch, tick: Tick, bench: Workbench) -> float | None:
    """Share of the board's ink that the camera behind it sees after a tick; it looks only when it must."""
    if tick.skill == "wipe" and tick.done:
        ink.wiped(tick.time_s)
    if tick.view.lit and ink.due(tick.time_s):
        ink.look(bench.render(BACK), tick.time_s, tick.view.board, tick.view.lit)
    return ink.share


def slim(sensed: Sensed) -> Sensed:
    """The same, so that it can be stored: without the means to render more pictures."""
    nothing: Any = None
    return replace(sensed, view=replace(sensed.view, wrist=nothing))


def truth_of_run(ticks: Iterator[tuple[Sensed, Tick]]) -> FailureRecord | None:
    """Runs to the end; what was injected."""
    record = None
    for _, tick in ticks:
        record = tick.record
    return record
