"""Finds the launch file that a user means."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from touchloop.errors import InputError
from touchloop.launching.packages import package_share

BRINGUP = "touchloop_bringup"


def find_launch_file(words: Sequence[str], folders: Sequence[Path], environment: Mapping[str, str]) -> Path:
    """Return the file that ``FILE``, ``NAME`` or ``PACKAGE NAME`` means.

    Args:
        words: a path, a file's name in one of ``folders`` or in touchloop_bringup, or a package and a file's name.
        folders: where to look first for a name.
        environment: tells where packages are.

    Raises:
        InputError: no such file, with the names that there are.
    """
    for word in words[1:]:
        if "=" in word or Path(words[0]).is_file():
            raise InputError(f"{word!r} is not a launch argument; those have the form name:=value")
    if len(words) == 2:
        package, name = words
        return _in_folders(name, [package_share(package, environment) / "launch"], f"package {package!r}")
    if len(words) != 1:
        raise InputError(
            f"give a launch file, or a package and a launch file; not {len(words)} words: {' '.join(words)}"
        )
    name = words[0]
    if Path(name).is_file():
        return Path(name).resolve()
    if len(Path(name).parts) > 1:
        raise InputError(f"the launch file {name} does not exist")
    try:
        installed = [package_share(BRINGUP, environment) / "launch"]
    except InputError:
        installed = []
    return _in_folders(name, [*folders, *installed], "touchloop")


def _in_folders(name: str, folders: Sequence[Path], owner: str) -> Path:
    for folder in folders:
        for candidate in (folder / name, folder / f"{name}.launch.xml"):
            if candidate.is_file():
                return candidate
    names = sorted({file.name for folder in folders for file in folder.glob("*.launch.xml")})
    raise InputError(f"{owner} has no launch file {name!r}; there are: {', '.join(names) or 'none'}")


def parse_assignments(words: Sequence[str]) -> dict[str, str]:
    """Return the values given as ``name:=value``.

    Raises:
        InputError: a word of another form, or a name that is given twice.
    """
    values: dict[str, str] = {}
    for word in words:
        name, separator, value = word.partition(":=")
        if not separator or not name:
            raise InputError(f"the launch argument {word!r} must be of the form name:=value")
        if name in values:
            raise InputError(f"the launch argument {name!r} is given twice")
        values[name] = value
    return values
