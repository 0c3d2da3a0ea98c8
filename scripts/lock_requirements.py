"""Write requirements/*.txt: the exact versions, in this environment, of what requirements/*.in ask for.

Install newer packages into .venv by hand, run the tests, then run ``.venv/bin/python scripts/lock_requirements.py``.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).resolve().parents[1] / "requirements"
LISTS = ("run", "ros", "dev")


def closure(roots: list[Requirement]) -> dict[str, str]:
    """Return name -> version of everything that ``roots`` need here, in alphabetical order."""
    found: dict[str, str] = {}
    visited: set[tuple[str, str]] = set()
    queue = [(root.name, extra) for root in roots for extra in ("", *sorted(root.extras))]
    while queue:
        name, extra = queue.pop()
        key = (canonicalize_name(name), extra)
        if key in visited:
            continue
        visited.add(key)
        try:
            installed = distribution(name)
        except PackageNotFoundError as error:
            raise SystemExit(f"{name} is asked for but not installed") from error
        found[key[0]] = installed.version.partition("+")[0]
        for line in installed.requires or ():
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                queue += [(need.name, wanted) for wanted in ("", *sorted(need.extras))]
    return dict(sorted(found.items()))


def main() -> None:
    """Write one .txt beside each .in; a package is listed once, in the first list that needs it."""
    listed: set[str] = set()
    for name in LISTS:
        lines = (FOLDER / f"{name}.in").read_text().splitlines()
        roots = [Requirement(line) for line in lines if line and not line.startswith("#")]
        pins = {package: version for package, version in closure(roots).items() if package not in listed}
        listed |= pins.keys()
        text = "\n".join(f"{package}=={version}" for package, version in pins.items())
        (FOLDER / f"{name}.txt").write_text(f"# Made from {name}.in by scripts/lock_requirements.py\n{text}\n")


if __name__ == "__main__":
    main()
