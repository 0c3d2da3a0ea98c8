"""Runs a tool with its output in a log."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from touchloop_setup.problem import SetupProblem

TAIL_LINES = 25


def run_all(commands: Mapping[Path, Sequence[str]], environment: Mapping[str, str], cwd: Path) -> None:
    """Run all ``commands`` (log file -> command line) side by side and wait for every one.

    Raises:
        SetupProblem: one failed; the message has the end of its log.
    """
    running = []
    for log, command in commands.items():
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            # What is marked inheritable stays open in the tool: the set-up's lock.
            process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                close_fds=False,
            )
        running.append((log, command, process))
    codes = [process.wait() for _, _, process in running]
    for code, (log, command, _) in zip(codes, running, strict=True):
        if code:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
            raise SetupProblem(
                f"{tail}\n\n`{' '.join(command[:4])} ...` failed with exit code {code}. The end of its output is "
                f"above, all of it in {log}. Mend the cause (often the network or the disk) and run this again: "
                "it goes on here."
            )
