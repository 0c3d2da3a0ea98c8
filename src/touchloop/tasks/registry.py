"""All tasks by name."""

from touchloop.errors import InputError
from touchloop.tasks.insert import Insert
from touchloop.tasks.lift import Lift
from touchloop.tasks.peel import Peel
from touchloop.tasks.press import Press
from touchloop.tasks.task import Task
from touchloop.tasks.wipe import Wipe

TASKS: dict[str, Task] = {task.name: task for task in (Wipe(), Press(), Lift(), Peel(), Insert())}


def checked_task(name: str) -> Task:
    """The task of that name, or an error that lists the valid ones."""
    if name not in TASKS:
        raise InputError(f"task '{name}': expected one of {', '.join(TASKS)}")
    return TASKS[name]
