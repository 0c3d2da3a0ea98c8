"""Runs a benchmark's chosen episodes once more and keeps their forces and videos in the benchmark's folder."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from touchloop.bench.bench_files import BenchFolder, write_json
from touchloop.bench.protocol import rates_of
from touchloop.bench.rollout import Policy, rollout
from touchloop.bench.trace import Trace
from touchloop.control.fast_controller import FastCommand
from touchloop.errors import InputError
from touchloop.policy.spec import checked_policy
from touchloop.policy.weights import CARD, default_weights, read_card
from touchloop.report.bench_choice import OURS, Chosen, choose_episodes
from touchloop.report.bench_film import Film
from touchloop.tasks.environment import Environment
from touchloop.tasks.registry import TASKS

VIDEOS = "videos"


@dataclass(frozen=True, slots=True)
class Shown:
    """An episode that was looked at closely."""

    task: str
    policy: str
    perturb: str
    seed: int
    success: bool
    score: float
    peak_force_n: float
    trace: Trace
    name: str
    """Its files are ``videos/NAME.mp4``, ``.jpg`` and ``.json``."""


def film_episodes(
    folder: BenchFolder, most: int, progress: Callable[[str, float], None] = lambda _what, _share: None
) -> list[str]:
    """Runs and films what is not there yet; returns in sentences what could not be.

    Args:
        folder: the benchmark.
        most: videos of each task; 0 for none.
        progress: told what is being done and the share that is done.
    """
    chosen = choose_episodes(folder.episodes, most)
    problems = []
    for index, episode in enumerate(chosen):
        progress(f"filming {episode.name}", index / len(chosen))
        try:
            problems += _film(folder, episode)
        except InputError as error:
            problems.append(f"{episode.name} cannot be filmed: {error}")
    return problems


def _film(folder: BenchFolder, episode: Chosen) -> list[str]:
    rates = rates_of(str(folder.about.get("protocol", "free")), checked_policy(episode.policy))
    weights = _weights_of(folder, episode)
    weights_id = read_card(weights, episode.task, episode.policy).weights_id
    target = folder.path / VIDEOS / f"{episode.name}.json"
    if target.is_file() and target.with_suffix(".mp4").is_file() and _read(target).get("weights_id") == weights_id:
        return []
    with ExitStack() as stack:
        environment = stack.enter_context(Environment(episode.task))
        policy = Policy.load(weights, environment.task, rates)
        film, trace = Film(), Trace()
        stack.callback(film.close)
        seen = episode.result
        result = rollout(environment, policy, seen.seed, seen.perturbation, rates, _both(trace, film))
        target.parent.mkdir(parents=True, exist_ok=True)
        title = f"{episode.task}   {episode.policy}   {seen.perturbation}   seed {seen.seed}"
        film.write(target.with_suffix(".mp4"), title, result.success, trace, environment.task.force_band_n)
    about = {"task": episode.task, "policy": episode.policy, "perturb": seen.perturbation, "seed": seen.seed}
    about |= {"success": result.success, "score": result.score, "peak_force_n": result.peak_force_n}
    write_json(target, {**about, "weights_id": weights_id, "trace": trace.as_json()})
    if result.success == seen.success:
        return []
    words = {True: "a success", False: "a failure"}
    return [
        f"{episode.name} is {words[seen.success]} in the results, {words[result.success]} when it is run again: "
        "weights or code changed since"
    ]


def _both(trace: Trace, film: Film) -> Callable[[Environment, Sequence[FastCommand]], None]:
    def observe(environment: Environment, commands: Sequence[FastCommand]) -> None:
        trace(environment, commands)
        film(environment, commands)

    return observe


def _weights_of(folder: BenchFolder, episode: Chosen) -> Path:
    """Where the benchmark had them, else those of the project."""
    for entry in folder.entries:
        if (entry.task, entry.policy) == (episode.task, episode.policy) and (Path(entry.weights) / CARD).is_file():
            return Path(entry.weights)
    return default_weights(episode.task, episode.policy)


def read_shown(folder: Path) -> list[Shown]:
    """All episodes that were filmed there, task by task, ours first.

    Raises:
        InputError: a damaged file.
    """
    shown = []
    for path in sorted((folder / VIDEOS).glob("*.json")):
        content = _read(path)
        names = [name for name in Shown.__dataclass_fields__ if name not in ("trace", "name")]
        try:
            values = {name: content[name] for name in names}
            shown.append(Shown(**values, trace=Trace.from_json(content["trace"]), name=path.stem))
        except (KeyError, TypeError, IndexError) as error:
            raise InputError(f"{path}: damaged ({error!r}); delete it to film the episode again") from error
    tasks = list(TASKS)
    return sorted(shown, key=lambda e: (tasks.index(e.task) if e.task in TASKS else len(tasks), e.policy != OURS))


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: damaged ({error}); delete it to film the episode again") from error
