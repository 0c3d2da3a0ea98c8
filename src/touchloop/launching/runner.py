"""Runs the processes of a launch file until they end, or until one that matters ends, or until a signal.

Exit codes: 0 when everything ended well; the code of the process whose end stops the launch; 128 + the signal when a
signal stopped it; otherwise the first code that was not 0. Nothing is left running: a process that does not end on
SIGINT gets SIGTERM, then SIGKILL with everything that it started, and where the launcher itself is killed the kernel
tells its processes.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence

from touchloop.launching.output import Lines, Screen
from touchloop.launching.parent_death import ask_for_signal_on_parent_death
from touchloop.launching.resolver import Process

BAD_INPUT_CODE = 2
"""Exit code of a process that was given something it cannot use; a respawn would only repeat it."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READ_SIZE = 65536
PIPE_GRACE_S = 1.0
"""How long to read what an ended process's own children still write."""


def run_processes(processes: Sequence[Process], screen: Screen) -> int:
    """Run until the end; returns the exit code."""
    return asyncio.run(_Runner(processes, screen).run())


def shell_code(returncode: int) -> int:
    """Return a process's end as a shell would: 128 + the signal that killed it."""
    return 128 - returncode if returncode < 0 else returncode


class _Runner:
    def __init__(self, processes: Sequence[Process], screen: Screen) -> None:
        self._processes = processes
        self._screen = screen
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._code: int | None = None
        self._first_failure = 0

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            async with asyncio.TaskGroup() as tasks:
                for process in self._processes:
                    tasks.create_task(self._keep(process))
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)
        return self._first_failure if self._code is None else self._code

    def _on_signal(self, number: signal.Signals) -> None:
        if self._stopping.is_set():
            self._hurry.set()
            return
        self._screen.say(f"{number.name}: shutting down; once more to kill")
        self._stop(128 + number)

    def _stop(self, code: int) -> None:
        if not self._stopping.is_set():
            self._code = code
            self._stopping.set()

    async def _keep(self, process: Process) -> None:
        """Run a process, again and again where it is to be respawned."""
        while not self._stopping.is_set():
            code = await self._run_once(process)
            if process.shutdown_on_exit and not self._stopping.is_set():
                self._screen.say(f"{process.name} has ended: shutting down")
                self._stop(code)
            if process.respawn and code == BAD_INPUT_CODE and not self._stopping.is_set():
                self._screen.say(f"{process.name} cannot use its input: shutting down")
                self._stop(code)
            if self._stopping.is_set():
                return
            if not process.respawn:
                self._first_failure = self._first_failure or code
                return
            self._screen.say(f"{process.name} is started again in {process.respawn_delay_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), process.respawn_delay_s)

    async def _run_once(self, process: Process) -> int:
        try:
            child = await asyncio.create_subprocess_exec(
                *process.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=dict(process.environment),
                cwd=process.cwd,
                start_new_session=True,
                preexec_fn=ask_for_signal_on_parent_death,
            )
        except OSError as error:
            self._screen.say(f"{process.name} cannot be started: {error.strerror}: {process.command[0]}")
            return 127
        self._screen.say(f"{process.name} started, pid {child.pid}")
        readers = [
            asyncio.create_task(self._show(process.name, child.stdout, process.output != "log")),
            asyncio.create_task(self._show(process.name, child.stderr, True)),
        ]
        ending = asyncio.create_task(child.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait((ending, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ending.done():
            await self._end(process, child, ending)
        _kill_group(child.pid)
        _, pending = await asyncio.wait(readers, timeout=PIPE_GRACE_S)
        for reader in pending:
            reader.cancel()
        code = shell_code(ending.result())
        if code == 0 or self._stopping.is_set():
            self._screen.say(f"{process.name} ended" + (f" with code {code}" if code else ""))
        else:
            self._screen.say(f"{process.name} died, pid {child.pid}, exit code {code}")
        return code

    async def _end(self, process: Process, child: asyncio.subprocess.Process, ending: asyncio.Task[int]) -> None:
        """SIGINT, then SIGTERM, then SIGKILL; the last at once after a second signal to the launcher."""
        steps = ((signal.SIGINT, process.sigterm_timeout_s), (signal.SIGTERM, process.sigkill_timeout_s))
        hurry = asyncio.create_task(self._hurry.wait())
        for number, patience_s in steps:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(number)
            await asyncio.wait((ending, hurry), timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            if ending.done() or hurry.done():
                break
            self._screen.say(f"{process.name} did not end within {patience_s:g} s of {number.name}")
        hurry.cancel()
        _kill_group(child.pid)
        await ending

    async def _show(self, name: str, stream: asyncio.StreamReader | None, on_screen: bool) -> None:
        lines = Lines()
        while stream is not None and (data := await stream.read(READ_SIZE)):
            for line in lines.feed(data):
                self._screen.show(name, line, on_screen)
        for line in lines.end():
            self._screen.show(name, line, on_screen)


def _kill_group(pid: int) -> None:
    """Each process leads its own group, so this ends what it started and left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
