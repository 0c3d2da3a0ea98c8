"""Does what a guide says, word for word, in a folder that looks like the checkout but is not it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from guide_steps import Step

REPOSITORY = Path(__file__).parents[3]
COPIED = ("config", "examples")
"""Guides change these; the rest of the checkout is linked."""
BLOCK_S = 900.0
UNTIL_S = 180.0
END_S = 60.0


class GuideRunner:
    """Runs steps in a scratch folder; use it as a context manager, which ends whatever still runs.

    What a guide installs by pip goes into the scratch folder, and is found before all else.
    """

    def __init__(self, folder: Path, domain: int) -> None:
        self.folder, self._log = folder / "checkout", folder / "log"
        self._background: dict[str, subprocess.Popen] = {}
        self.folder.mkdir()
        self._log.mkdir()
        ignored = {".git", "runs", "demos", "training", "build", "dist"}
        for path in REPOSITORY.iterdir():
            if path.name in COPIED:
                shutil.copytree(path, self.folder / path.name, ignore=shutil.ignore_patterns("build", "*.egg-info"))
            elif path.name not in ignored:
                (self.folder / path.name).symlink_to(path)
        site = folder / "site"
        self._environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
            "ROS_DOMAIN_ID": str(domain),
            "PIP_TARGET": str(site),
            "PIP_NO_INDEX": "1",
            # pip reads this one the other way round: 0 means no isolation.
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "COLUMNS": "200",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._background):
            self.end(name)

    def do(self, step: Step) -> None:
        """Does one step; fails with the block and what it printed."""
        where = f"line {step.line}"
        if step.kind == "end":
            self.end(step.name)
        elif step.kind == "wait":
            threading.Event().wait(float(step.name))
        elif step.kind == "background":
            self._background[step.name] = self._start(step.text, self._log / f"{step.name}.log")
        elif step.kind == "run":
            self._pass(step, where)
        elif step.kind == "until":
            deadline_s = time.monotonic() + UNTIL_S
            while True:
                log = self._log / f"{step.line}.log"
                if self._wait(self._start(step.text, log), BLOCK_S) == 0:
                    return
                if time.monotonic() > deadline_s:
                    raise AssertionError(f"{where} never passed in {UNTIL_S:g} s:\n{log.read_text()}{self._others()}")

    def end(self, name: str) -> None:
        """Ends a background block as Ctrl-C would, and kills it if that does not help."""
        process = self._background.pop(name)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        self._wait(process, END_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _pass(self, step: Step, where: str) -> None:
        log = self._log / f"{step.line}.log"
        code = self._wait(self._start(step.text, log), BLOCK_S)
        if code != 0:
            raise AssertionError(f"{where} ended with {code}:\n{step.text}\n{log.read_text()[-6000:]}{self._others()}")

    def _start(self, text: str, log: Path) -> subprocess.Popen:
        script = f"set -eo pipefail\nsource .venv/touchloop_env.sh\n{text}\n"
        with log.open("w") as out:
            return subprocess.Popen(
                ["bash", "-c", script],
                cwd=self.folder,
                env=self._environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _wait(self, process: subprocess.Popen, limit_s: float) -> int:
        try:
            return process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return -signal.SIGKILL

    def _others(self) -> str:
        logs = [self._log / f"{name}.log" for name in self._background]
        return "".join(f"\n--- {log.stem}, still on:\n{log.read_text()[-3000:]}" for log in logs)
