"""Shows the output of many processes on one screen, each line prefixed with its process's name."""

import codecs
import itertools
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
OWN_COLOUR = 90
RESET = "\033[0m"


class Screen:
    """Writes whole lines, so that those of different processes never mix.

    Colours are used on a terminal, unless ``NO_COLOR`` is set, or always with ``FORCE_COLOR``.
    """

    def __init__(self, stream: TextIO | None = None, log: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._log = log
        forced = bool(os.environ.get("FORCE_COLOR"))
        self.colourful = forced or (self._stream.isatty() and not os.environ.get("NO_COLOR"))
        self._colours: dict[str, int] = {}
        self._next_colour = itertools.cycle(COLOURS)

    def say(self, text: str) -> None:
        """Write a line of the launcher itself."""
        self._write("launch", OWN_COLOUR, text, on_screen=True)

    def show(self, name: str, line: str, on_screen: bool) -> None:
        """Write a line of a process to the log, and to the screen where wanted."""
        if name not in self._colours:
            self._colours[name] = next(self._next_colour)
        self._write(name, self._colours[name], line, on_screen)

    def _write(self, name: str, colour: int, line: str, on_screen: bool) -> None:
        if self._log is not None:
            self._log.write(f"[{name}] {line}\n")
            self._log.flush()
        if not on_screen:
            return
        prefix = f"\033[{colour}m[{name}]{RESET}" if self.colourful else f"[{name}]"
        try:
            self._stream.write(f"{prefix} {line}\n")
            self._stream.flush()
        except BrokenPipeError:
            self._stream = Path(os.devnull).open("w")  # noqa: SIM115 whoever read has gone; the processes go on


class Lines:
    """Cuts a byte stream into lines; a line may come in pieces and a character in two halves."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that ``data`` completes."""
        *lines, self._rest = (self._rest + self._decoder.decode(data)).split("\n")
        return [line.rstrip("\r") for line in lines]

    def end(self) -> list[str]:
        """Return the last line where it had no line end."""
        rest = self._rest + self._decoder.decode(b"", final=True)
        self._rest = ""
        return [rest] if rest else []


def log_folder(environment: Mapping[str, str]) -> Path:
    """Return where ROS keeps its logs: ROS_LOG_DIR, else ROS_HOME/log, else ~/.ros/log."""
    if folder := environment.get("ROS_LOG_DIR"):
        return Path(folder).expanduser()
    return Path(environment.get("ROS_HOME") or "~/.ros").expanduser() / "log"
