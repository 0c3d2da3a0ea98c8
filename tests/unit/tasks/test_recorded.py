from importlib.metadata import EntryPoint

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.tasks.plugins import GROUP, Plugin, load_task
from touchloop.tasks.recorded import RecordedTask

POLISH = RecordedTask("polish", (2.0, 8.0))


def test_it_is_a_task_without_a_simulation() -> None:
    point = EntryPoint("polish", f"{__name__}:POLISH", GROUP)
    task = load_task(Plugin("polishing", point))
    assert task is POLISH
    assert task.arms == ("",)
    for ask in (lambda: task.sample(np.random.default_rng(0)), task.score):
        with pytest.raises(InputError, match=r"'polish' has no simulation; record it .* touchloop demos polish --from"):
            ask()
