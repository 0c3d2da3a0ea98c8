"""Runs one node until it is told to stop. The one place that knows about executors and signals.

The events executor of rclpy has the lowest latency, but its ``spin()`` overflows in an endless wait and hangs.
Waiting on a future with a finite time-out works, so all nodes spin that way.
"""

import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import rclpy
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from touchloop.deploy.enclave import with_enclave
from touchloop.errors import InputError
from touchloop_nodes import shared_memory

SPIN_SLICE_S = 1e6
"""A finite wait: the events executor hangs in an endless one."""

SAME_SIGINT_S = 2.0
"""Two SIGINTs within this time are one wish."""

JOIN_TRIES = 3

EXECUTOR_VARIABLE = "TOUCHLOOP_EXECUTOR"


class Stop:
    """Ends the spinning of one node, from any thread, with an exit code."""

    def __init__(self) -> None:
        self.future: rclpy.Future[None] = rclpy.Future()
        self.code = 0
        self._lock = threading.Lock()

    def request(self, code: int = 0) -> None:
        """Ask the node to stop; the first request's exit code counts."""
        with self._lock:
            if self.future.done():
                return
            self.code = code
            self.future.set_result(None)

    @property
    def requested(self) -> bool:
        """Whether the node is to stop."""
        return self.future.done()


class Runnable(Protocol):
    """What :func:`run` needs of a node, besides being an rclpy node."""

    stop: Stop

    def close(self) -> None:
        """Leave the world in a safe state; called while messages can still be sent."""


def make_executor(kind: str | None = None) -> Executor:
    """Return the events executor, or the single-threaded one where that is missing or asked for.

    Args:
        kind: ``events``, ``single`` or ``None`` for the environment's ``TOUCHLOOP_EXECUTOR`` (default ``events``).

    Raises:
        InputError: for any other kind.
    """
    kind = kind or os.environ.get(EXECUTOR_VARIABLE, "events")
    if kind not in ("events", "single"):
        raise InputError(f"executor {kind!r} is unknown; {EXECUTOR_VARIABLE} can be: events, single")
    if kind == "events":
        try:
            from rclpy.experimental.events_executor import EventsExecutor
        except ImportError:
            return SingleThreadedExecutor()
        return EventsExecutor()
    return SingleThreadedExecutor()


def spin_until(executor: Executor, future: "rclpy.Future[Any]") -> None:
    """Run callbacks until ``future`` is done or the context is shut down; callbacks' exceptions come through."""
    while rclpy.ok() and not future.done():
        executor.spin_until_future_complete(future, timeout_sec=SPIN_SLICE_S)


@contextmanager
def stop_on_signals(stop: Stop) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM request a stop; a later one ends the process at once.

    Ctrl-C in a terminal can arrive twice, from the terminal and from the launcher, so a second SIGINT counts only
    after ``SAME_SIGINT_S``.

    A Python signal handler waits for the main thread, which may sit in the executor. The interpreter writes the
    signal's number to the wake-up descriptor at once, so a thread that reads it acts without delay.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    thread = threading.Thread(target=_obey_signals, args=(reader, stop), name="signals", daemon=True)
    previous_handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    previous_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    for number in previous_handlers:
        signal.signal(number, lambda *_: None)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous_fd)
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)
        writer.send(b"\0")
        thread.join(timeout=1.0)
        reader.close()
        writer.close()


def _obey_signals(reader: socket.socket, stop: Stop) -> None:
    first_at_s: float | None = None
    while (number := reader.recv(1)) not in (b"", b"\0"):
        now_s = time.monotonic()
        if number[0] not in (signal.SIGINT, signal.SIGTERM):
            continue
        if first_at_s is None:
            first_at_s = now_s
            stop.request()
        elif number[0] == signal.SIGTERM or now_s - first_at_s > SAME_SIGINT_S:
            os._exit(128 + number[0])


def run(make_node: Callable[[], Any], args: list[str] | None = None) -> int:
    """Make a node, spin it until it stops, close it.

    Args:
        make_node: returns a node that is :class:`Runnable`.
        args: command line with ROS arguments; ``None`` for the process's own.

    Returns:
        The exit code: the node's own on a wanted stop, 2 after bad input, 1 after an unexpected error, 130 when
        interrupted before the node was ready.
    """
    words = with_enclave(sys.argv if args is None else args, os.environ)
    rclpy.init(args=words, signal_handler_options=SignalHandlerOptions.NO)
    node = None
    try:
        node = make_node()
        for _ in range(JOIN_TRIES - 1):
            fault = shared_memory.own_fault()
            if not fault:
                break
            print(f"{fault}; joins the graph anew", file=sys.stderr)
            node.destroy_node()
            node = None
            rclpy.shutdown()
            rclpy.init(args=words, signal_handler_options=SignalHandlerOptions.NO)
            node = make_node()
        with stop_on_signals(node.stop):
            _spin_and_close(node)
        return node.stop.code
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        # All is closed; a second interrupt would only break off the tidying up.
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
        signal.signal(signal.SIGINT, previous)


def _spin_and_close(node: Any) -> None:
    executor = make_executor()
    executor.add_node(node)
    try:
        spin_until(executor, node.stop.future)
    except Exception as error:  # noqa: BLE001 any failing callback ends the node, after a safe close
        node.get_logger().fatal(f"stops: {error}\n{traceback.format_exc()}")
        node.stop.request(1)
    finally:
        node.close()
        executor.remove_node(node)
        executor.shutdown()
