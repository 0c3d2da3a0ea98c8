"""Tasks of installed packages: a package is a module and a dist-info folder on the path, as pip leaves it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from touchloop.cli.main import main
from touchloop.errors import InputError
from touchloop.tasks.environment import Environment
from touchloop.tasks.plugins import plugins
from touchloop.tasks.registry import OWN_TASKS, TASKS, Tasks, checked_task

EXAMPLE = Path(__file__).parents[3] / "examples" / "my_task"
GOOD = "from touchloop.tasks.wipe import Wipe\nclass Mine(Wipe):\n    name = 'mine'\nready = Mine()\n"

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    monkeypatch.syspath_prepend(tmp_path)

    def add(package: str, points: dict[str, str], code: str = GOOD) -> None:
        module = package.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {module}:{value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[touchloop.tasks]", *lines, ""]))
        plugins.cache_clear()

    plugins.cache_clear()
    yield add
    plugins.cache_clear()
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.mark.parametrize("value", ["Mine", "ready"])
def test_a_class_and_an_object_are_tasks(install: Install, value: str) -> None:
    install("kind-one", {"mine": value})
    tasks = Tasks()
    assert list(tasks) == [*OWN_TASKS, "mine"]
    assert len(tasks) == len(OWN_TASKS) + 1
    assert "mine" in tasks
    assert tasks["mine"].name == "mine"
    assert tasks["mine"] is tasks["mine"]
    assert tasks["wipe"] is OWN_TASKS["wipe"]


def test_names_are_known_without_importing_the_package(install: Install) -> None:
    install("never-imported", {"mine": "ready"}, "raise RuntimeError('imported')")
    assert "mine" in list(TASKS)
    assert "never_imported" not in sys.modules


def test_an_unknown_task_lists_those_of_packages_too(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("kind-one", {"mine": "ready"})
    assert main(["eval", "stack"]) == 2
    assert "task 'stack': expected one of wipe, press, lift, peel, insert, mine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nowhere_to_be_found", r"bad \(bad:ready\) cannot be loaded: ModuleNotFoundError: .*nowhere_to_be"),
        ("1 / 0", "cannot be loaded: ZeroDivisionError"),
        ("other = 1", "cannot be loaded: AttributeError"),
        ("ready = 7", "is no task: it has no name"),
        (GOOD + "Mine.name = 'yours'", "its name is 'yours', expected 'mine'"),
        (GOOD + "Mine.arms = ''", r"its arms is '', expected a tuple"),
        (GOOD + "Mine.arms = ('left', 'left')", "expected one name each"),
        (GOOD + "Mine.force_band_n = (5.0, 2.0)", "its force_band_n is .5.0, 2.0., expected least and greatest"),
        (GOOD + "Mine.score = None", "it has no method score"),
        (GOOD + "Mine.controller = {}", "its controller is {}, expected a ControllerConfig"),
        (GOOD + "def ready():\n    raise OSError('no camera')", "cannot be loaded: OSError: no camera"),
    ],
)
def test_a_package_that_is_no_task_is_named_and_breaks_no_other(install: Install, code: str, said: str) -> None:
    install("bad", {"mine": "ready"}, code)
    tasks = Tasks()
    with pytest.raises(InputError, match=said):
        tasks["mine"]
    assert tasks["press"] is OWN_TASKS["press"]
    assert "mine" in list(tasks)


def test_a_name_that_is_taken_is_told_with_the_packages(install: Install) -> None:
    install("rude", {"wipe": "ready"})
    install("kind-one", {"mine": "ready"})
    install("kind-two", {"mine": "ready"})
    with pytest.raises(InputError, match="task 'wipe' of rude: touchloop has a task of that name"):
        checked_task("wipe")
    with pytest.raises(InputError, match="task 'mine' is in 2 packages: kind-one, kind-two"):
        checked_task("mine")
    assert len(Tasks()) == len(OWN_TASKS) + 1
    assert checked_task("press") is OWN_TASKS["press"]


def test_the_example_is_a_task_whose_expert_succeeds(install: Install) -> None:
    install("my-task", {"dab": "Dab"}, (EXAMPLE / "my_task.py").read_text())
    assert len((EXAMPLE / "my_task.py").read_text().splitlines()) < 100
    for seed, kind in enumerate(("none", "before", "after", "push", "both")):
        with Environment("dab") as environment:
            observations = environment.reset(seed, kind)
            expert = environment.task.expert(environment.world.scene, np.random.default_rng(seed), 0.0004)
            while not environment.state.done:
                observations = environment.step([c.target_in_base for c in expert.step(observations)])
        assert environment.state.success, (seed, kind, environment.state)


def test_pip_makes_a_task_of_the_example(tmp_path: Path) -> None:
    # Copied, since pip builds in the source folder.
    source = tmp_path / "my_task"
    source.mkdir()
    for name in ("pyproject.toml", "my_task.py", "README.md"):
        (source / name).write_text((EXAMPLE / name).read_text())
    words = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "install", *words, "--target", tmp_path / "site", source]
    subprocess.run(pip, check=True, timeout=100)
    code = "from touchloop.tasks.registry import checked_task; print(checked_task('dab').force_band_n)"
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); {code}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert found.stdout.strip() == "(2.5, 5.5)"
