"""Entry point: ``scripts/setup``."""

import argparse
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from touchloop_setup import environment, machine, workspace
from touchloop_setup.distribution import Distribution, find_distribution
from touchloop_setup.layout import Layout
from touchloop_setup.problem import SetupProblem
from touchloop_setup.state import State, fingerprint

ENVIRONMENT_STEPS = ("environment", "packages", "touchloop")


def main() -> int:
    """Set the checkout up; return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description="Make .venv and build the ROS workspace.")
    parser.add_argument("--check", action="store_true", help="only check the machine, change nothing")
    arguments = parser.parse_args()
    layout = Layout(Path(__file__).resolve().parents[2])
    try:
        distribution = find_distribution(layout.root)
        if distribution is None:
            machine.check_platform()
        machine.check_python()
        if arguments.check:
            machine.check_build_tools()
            machine.check_disk(layout.root)
            print("This machine can run the set-up.")
            return 0
        with _only_one(layout):
            _set_up(layout, distribution)
    except SetupProblem as problem:
        print(f"\nset-up: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: interrupted; the next run goes on from here.", file=sys.stderr)
        return 130
    return 0


def _set_up(layout: Layout, distribution: Distribution | None) -> None:
    started = time.monotonic()
    state = State(layout.venv / "touchloop_setup.json")
    _repair(layout, state)

    interpreter = f"{Path(sys.executable).resolve()} {sys.version}"
    source = "wheels" if distribution is None else f"{distribution.name} {distribution.prefixes}"
    base = fingerprint(str(layout.root), interpreter, source)
    if not state.is_done("environment", base) or not environment.venv_works(layout):
        machine.check_build_tools()
        machine.check_disk(layout.root)
        with _step("Python environment in .venv"):
            # No state file survives the making, so that a run killed in it starts it again.
            environment.make_venv(layout, distribution)
            state = State(layout.venv / "touchloop_setup.json")
            state.finish("environment", base)

    pins = fingerprint(base, files=environment.requirement_lists(layout, distribution))
    if not state.is_done("packages", pins):
        machine.check_build_tools()
        machine.check_disk(layout.root)
        origin = "with ROS 2 from wheels" if distribution is None else f"with ROS 2 {distribution.name}"
        if sys.version_info >= environment.COMPILES_PYBULLET:
            print("PyBullet has no ready-made build for this Python: it is compiled once, which takes 5 to 10 minutes.")
        with _step(f"Pinned packages, {origin} (a minute or two)"), _recorded(state, "packages", pins):
            environment.install_packages(layout, distribution)

    project = fingerprint(pins, files=[layout.root / "pyproject.toml"])
    if not state.is_done("touchloop", project) or not (layout.venv / "bin/touchloop").is_file():
        with _step("touchloop itself"), _recorded(state, "touchloop", project):
            environment.install_touchloop(layout)

    ros = fingerprint(base, files=[layout.requirements / "ros.txt"])
    _build_workspace(layout, distribution, state, ros)
    built = fingerprint(project, ros)
    if not state.is_done("byte code", built):
        with _step("Byte code (half a minute)"):
            environment.compile_byte_code(layout)
        state.finish("byte code", built)
    exports = fingerprint(project, files=[layout.root / "src/touchloop/launching/environment.py"])
    if not state.is_done("exports", exports) or not layout.exports.is_file():
        _write_exports(layout)
        state.finish("exports", exports)
    print(f"touchloop is set up ({time.monotonic() - started:.1f} s).")


def _repair(layout: Layout, state: State) -> None:
    """Undo what an earlier run left half-finished."""
    if layout.venv.exists() and not state.path.exists():
        print(".venv is there but unfinished (an earlier set-up stopped early); making it again.")
    elif state.interrupted in ENVIRONMENT_STEPS or state.interrupted == "set-up":
        print(f"An earlier set-up stopped in the step '{state.interrupted}'; making .venv again.")
        state.begin("environment")
    elif state.interrupted is not None and state.interrupted.startswith("workspace"):
        print("An earlier set-up stopped while building the ROS workspace; building it from the start.")
        workspace.remove_build(layout)
    elif layout.venv.exists() and not environment.venv_works(layout):
        print(".venv is there but its Python does not start; making it again.")


def _build_workspace(layout: Layout, distribution: Distribution | None, state: State, base: str) -> None:
    wanted = workspace.packages(layout, distribution)
    if not state.is_done("workspace base", base):
        # Build files of other packages or another Python do not mix with the new ones.
        workspace.remove_build(layout)
    stale = {}
    for name, folder in wanted.items():
        value = workspace.package_fingerprint(layout, name, folder, base)
        if not state.is_done(f"package {name}", value) or not workspace.is_built(layout, name):
            stale[name] = value
    if not stale:
        return
    machine.check_build_tools()
    every = workspace.packages(layout, None)
    with _step(f"ROS workspace: {', '.join(stale)} (up to a minute)"):
        with _recorded(state, "workspace base", base):
            workspace.build(layout, stale, [name for name in every if name not in wanted], distribution)
        for name, value in stale.items():
            state.finish(f"package {name}", value)


def _write_exports(layout: Layout) -> None:
    command = [str(layout.python), "-m", "touchloop.launching.environment"]
    clean = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    shown = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    if shown.returncode:
        raise SetupProblem(f"{shown.stderr}\nThe shell settings could not be made; is src/touchloop damaged?")
    layout.exports.write_text(shown.stdout)


@contextmanager
def _step(title: str) -> Iterator[None]:
    print(f"{title} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.1f} s", flush=True)


@contextmanager
def _recorded(state: State, step: str, value: str) -> Iterator[None]:
    state.begin(step)
    try:
        yield
    except SetupProblem:
        # The tool failed by itself and cleaned up; only a killed one leaves things half-written.
        state.abandon()
        raise
    state.finish(step, value)


@contextmanager
def _only_one(layout: Layout) -> Iterator[None]:
    layout.logs.mkdir(exist_ok=True)
    with (layout.logs / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up of this checkout is running; waiting for it ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        # pip and colcon keep the lock when the set-up itself is killed and they go on alone.
        os.set_inheritable(lock.fileno(), True)
        yield


if __name__ == "__main__":
    sys.exit(main())
