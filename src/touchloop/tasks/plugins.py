"""Tasks that installed packages add by entry points, as https://packaging.python.org/specifications/entry-points says.

A package's ``pyproject.toml`` names them, and what it names is a task, or is called without arguments and gives one::

    [project.entry-points."touchloop.tasks"]
    dab = "my_task:Dab"
"""

from collections import defaultdict
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple, cast

from touchloop.control.config import ControllerConfig
from touchloop.errors import InputError
from touchloop.tasks.perturbation import Magnitudes
from touchloop.tasks.task import Task

GROUP = "touchloop.tasks"
_TYPES: dict[str, tuple[type, str]] = {
    "name": (str, "the name of its entry point"),
    "arms": (tuple, "a tuple of names, ('',) for one arm"),
    "variants": (tuple, "a tuple of names, ('',) for none"),
    "force_band_n": (tuple, "least and greatest contact force"),
    "controller": (ControllerConfig, "a ControllerConfig"),
    "magnitudes": (Magnitudes, "a Magnitudes"),
}
_METHODS = ("sample", "score", "expert")


class Plugin(NamedTuple):
    """A task that a package offers, not imported yet."""

    package: str
    entry_point: EntryPoint


@cache
def plugins() -> dict[str, list[Plugin]]:
    """What installed packages offer by each name; looked up once a process, since it reads every package's metadata."""
    found = defaultdict(dict)
    for point in entry_points(group=GROUP):
        package = point.dist.name if point.dist else "an unnamed package"
        # A package that is found in two places of the path is one package; the first is the one that is imported.
        found[point.name].setdefault(package, Plugin(package, point))
    return {name: list(offers.values()) for name, offers in found.items()}


def load_task(plugin: Plugin) -> Task:
    """Imports a package's task.

    Raises:
        InputError: it cannot be imported or made, or lacks something of ``touchloop.tasks.task.Task``; says what.
    """
    point = plugin.entry_point
    where = f"task '{point.name}' of the package {plugin.package} ({point.value})"
    try:
        task = point.load()
        if isinstance(task, type) or (callable(task) and not hasattr(task, "sample")):
            task = task()
    except Exception as error:  # what a stranger's code raises cannot be known
        raise InputError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
    wrong = _wrong(task, point.name)
    if wrong:
        raise InputError(f"{where} is no task: {wrong}; see touchloop.tasks.task.Task")
    return cast("Task", task)


def _wrong(task: Any, name: str) -> str:
    """What makes it no task; empty if nothing does."""
    for attribute, (kind, expected) in _TYPES.items():
        if not hasattr(task, attribute):
            return f"it has no {attribute}, expected {expected}"
        if not isinstance(getattr(task, attribute), kind):
            return f"its {attribute} is {getattr(task, attribute)!r}, expected {expected}"
    for method in _METHODS:
        if not callable(getattr(task, method, None)):
            return f"it has no method {method}"
    if task.name != name:
        return f"its name is '{task.name}', expected '{name}', the name of its entry point"
    if not task.arms or len(set(task.arms)) != len(task.arms) or not all(isinstance(arm, str) for arm in task.arms):
        return f"its arms are {task.arms!r}, expected one name each, ('',) for one arm"
    band = task.force_band_n
    if len(band) != 2 or not all(isinstance(n, int | float) for n in band) or not 0.0 <= band[0] < band[1]:
        return f"its force_band_n is {band!r}, expected least and greatest contact force in N"
    return ""
