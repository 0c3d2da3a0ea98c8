"""The command table: what a person sees for good and bad input."""

import importlib
import subprocess
import sys
import time

import pytest

from touchloop import __version__
from touchloop.cli import main as cli
from touchloop.errors import InputError


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"]])
def test_help_lists_every_command(argv, capsys):
    assert cli.main(argv) == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in cli.COMMANDS)


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"touchloop {__version__}\n"


def test_an_unknown_command_lists_the_valid_ones_and_the_nearest(capsys):
    assert cli.main(["lanch"]) == 2
    text = capsys.readouterr().err
    assert "did you mean 'launch'?" in text
    assert all(name in text for name in cli.COMMANDS)


def test_help_loads_nothing_heavy_and_is_quick():
    code = (
        "import sys; from touchloop.cli.main import main; main(['--help']); "
        "print(sorted({'numpy', 'torch', 'tyro', 'rich', 'pydantic'} & sys.modules.keys()), file=sys.stderr)"
    )
    durations = []
    for _ in range(3):
        started = time.perf_counter()
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        durations.append(time.perf_counter() - started)
        assert result.stderr.strip() == "[]"
    assert min(durations) < 0.3


@pytest.mark.parametrize(
    ("error", "code"), [(InputError("--rate 0: expected more than 0"), 2), (KeyboardInterrupt(), 130)]
)
def test_errors_become_exit_codes_without_a_traceback(monkeypatch, capsys, error, code):
    def fail(*_):
        raise error

    monkeypatch.setattr(cli, "_run", fail)
    assert cli.main(["bag", "play"]) == code
    text = capsys.readouterr().err
    assert "Traceback" not in text
    assert str(error) in text


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_is_there_and_explains_itself(name, capsys):
    command = getattr(importlib.import_module(f"touchloop.cli.{name}"), name.capitalize())
    assert callable(command.run)
    with pytest.raises(SystemExit) as stopped:
        cli.main([name, "--help"])
    assert stopped.value.code == 0
    assert f"touchloop {name}" in capsys.readouterr().out


def test_a_mistyped_option_exits_2():
    with pytest.raises(SystemExit) as stopped:
        cli.main(["doctor", "--no-such-option"])
    assert stopped.value.code == 2
