from collections.abc import Mapping
from pathlib import Path

import pytest

from touchloop.errors import InputError
from touchloop.launching.find import find_launch_file, parse_assignments
from touchloop.launching.output import Lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "launch"
    folder.mkdir()
    (folder / "sim.launch.xml").touch()
    (folder / "real.launch.xml").touch()
    return folder


def test_names_paths_and_packages(folder: Path, environment: Mapping[str, str]) -> None:
    expected = folder / "sim.launch.xml"
    assert find_launch_file(["sim.launch.xml"], [folder], environment) == expected
    assert find_launch_file(["sim"], [folder], environment) == expected
    assert find_launch_file([str(expected)], [], environment) == expected
    share = Path(environment["AMENT_PREFIX_PATH"]) / "share/robot/launch"
    share.mkdir()
    (share / "arm.launch.xml").touch()
    assert find_launch_file(["robot", "arm.launch.xml"], [folder], environment) == share / "arm.launch.xml"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no"], "no launch file 'no'; there are: real.launch.xml, sim.launch.xml"),
        (["robot", "no"], "package 'robot' has no launch file 'no'; there are: none"),
        (["nobody", "no"], "package 'nobody' is not installed"),
        (["some/where"], "the launch file some/where does not exist"),
        ([], "give a launch file"),
        (["a", "b", "c"], "not 3 words: a b c"),
    ],
)
def test_what_cannot_be_found(folder: Path, environment: Mapping[str, str], words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_launch_file(words, [folder], environment)


def test_assignments() -> None:
    assert parse_assignments(["a:=1", "b:=", "c:=x:=y"]) == {"a": "1", "b": "", "c": "x:=y"}
    for words, message in (
        (["a=1"], "'a=1' must be of the form name:=value"),
        ([":=1"], "form"),
        (["a:=1", "a:=2"], "twice"),
    ):
        with pytest.raises(InputError, match=message):
            parse_assignments(words)


def test_lines_put_pieces_together() -> None:
    lines = Lines()
    text = "one\r\ntwo é\nthree".encode()
    seen = [line for index in range(len(text)) for line in lines.feed(text[index : index + 1])]
    assert seen == ["one", "two é"]
    assert lines.end() == ["three"]
    assert lines.end() == []
