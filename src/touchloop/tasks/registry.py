"""All tasks by name: the project's own, and those that installed packages add."""

from collections.abc import Iterator, Mapping

from touchloop.errors import InputError
from touchloop.tasks.insert import Insert
from touchloop.tasks.lift import Lift
from touchloop.tasks.peel import Peel
from touchloop.tasks.plugins import load_task, plugins
from touchloop.tasks.press import Press
from touchloop.tasks.task import Task
from touchloop.tasks.wipe import Wipe

OWN_TASKS: dict[str, Task] = {task.name: task for task in (Wipe(), Press(), Lift(), Peel(), Insert())}
"""Those of TouchBench."""


class Tasks(Mapping[str, Task]):
    """Finds a package's task by its entry point of the group ``touchloop.tasks``, and imports it when it is asked for.

    ``[name]`` raises InputError where a package's task cannot be loaded, is no task, or has a name that is taken.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, Task] = {}

    def __getitem__(self, name: str) -> Task:
        offers = plugins().get(name, [])
        packages = ", ".join(sorted({offer.package for offer in offers}))
        if name in OWN_TASKS:
            if offers:
                raise InputError(f"task '{name}' of {packages}: touchloop has a task of that name; give it another one")
            return OWN_TASKS[name]
        if not offers:
            raise KeyError(name)
        if len(offers) > 1:
            raise InputError(f"task '{name}' is in {len(offers)} packages: {packages}; uninstall all but one")
        if name not in self._loaded:
            self._loaded[name] = load_task(offers[0])
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*OWN_TASKS, *sorted(plugins().keys() - OWN_TASKS.keys())])

    def __len__(self) -> int:
        return len(OWN_TASKS.keys() | plugins().keys())

    def __contains__(self, name: object) -> bool:
        return name in OWN_TASKS or name in plugins()


TASKS = Tasks()


def checked_task(name: str) -> Task:
    """The task of that name.

    Raises:
        InputError: there is none (it lists the valid names), or a package's cannot be used.
    """
    if name not in TASKS:
        raise InputError(f"task '{name}': expected one of {', '.join(TASKS)}")
    return TASKS[name]
