"""The ``touchloop`` command: finds the subcommand and turns errors into messages and exit codes."""

import difflib
import importlib
import signal
import sys
from collections.abc import Sequence

from touchloop import __version__
from touchloop.errors import InputError

COMMANDS = {
    "demo": "do a task in simulation, with a score, a bag, a video and a report",
    "launch": "start the nodes of a launch file",
    "safety": "what a person asks of the safety supervisor: status, start, stop, reset, checks",
    "live": "watch a running stack in the terminal",
    "bag": "record, inspect and play bags",
    "report": "make report.html and run.mp4 from a run",
    "demos": "record demonstrations of a scripted expert",
    "train": "train a policy on demonstrations",
    "eval": "score one policy on one task, at any rates",
    "bench": "score all policies on all tasks",
    "study": "change one thing of the benchmark: rates, samples or ablations",
    "events": "simulate event cameras, look into recordings, benchmark bias controllers",
    "vpr": "place recognition with event cameras",
    "monitor": "turn an instruction into a program; watch, explain and repair it",
    "vlm": "the embedded vision-language model: train, score or serve it",
    "deploy": "two hosts, open sockets, security policies, real-time set-up",
    "calibrate": "measure a real arm's tool weight, sensor bias, cameras and latencies",
    "chaos": "throw faults at an arm in contact and judge what it does",
    "doctor": "say what this machine has and what it lacks",
}
"""Name -> what it does. ``bag`` is the class ``Bag`` of ``touchloop.cli.bag``, loaded when it is called: a dataclass of
options whose ``run()`` returns the exit code."""

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 128 + signal.SIGINT


def usage() -> str:
    """Return the help text."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {purpose}" for name, purpose in COMMANDS.items()]
    return "\n".join(
        [
            "usage: touchloop COMMAND [options]",
            "",
            "A robot arm that feels: think slowly, touch fast.",
            "",
            *lines,
            "",
            "touchloop COMMAND --help tells a command's options; touchloop --version the version.",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 2 for bad input, 130 after Ctrl-C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if arguments[0] in ("-V", "--version"):
        print(f"touchloop {__version__}")
        return 0
    try:
        return _run(arguments[0], arguments[1:])
    except InputError as error:
        print(f"touchloop {arguments[0]}: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Without this the interpreter complains when it flushes at exit.
        sys.stdout = None
        return 128 + signal.SIGPIPE


def _run(command: str, argv: list[str]) -> int:
    if command not in COMMANDS:
        close = difflib.get_close_matches(command, COMMANDS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        print(f"touchloop: unknown command {command!r}{hint} Valid: {', '.join(COMMANDS)}", file=sys.stderr)
        return EXIT_BAD_INPUT
    module = importlib.import_module(f"touchloop.cli.{command}")
    import tyro  # only now: --help and a mistyped command answer at once

    return tyro.cli(getattr(module, command.capitalize()), prog=f"touchloop {command}", args=argv).run()


if __name__ == "__main__":
    sys.exit(main())
