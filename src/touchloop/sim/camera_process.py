"""Renders all cameras in a child process, so that pictures never delay touch.

The child is a fresh interpreter that talks over a socket pair. It ends when the socket closes, so it cannot outlive its
parent, however that dies.
"""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Self

import numpy as np

from touchloop.sim.cameras import BACK_CAMERA, LARGE_OVERVIEW_CAMERA, SCENE_CAMERA, WRIST_CAMERA, CameraConfig, Renderer
from touchloop.sim.scene_state import SceneState

START_TIMEOUT_S = 30.0
RENDER_TIMEOUT_S = 10.0
MAX_FAILURES = 3
"""Deaths in a row, without a picture between them, after which it is given up."""
NICENESS = -5
"""Pictures are what the planner waits for; asked for, not needed."""
_STAMP = struct.Struct("<q")
_READY = b"ready"
_FIXED = {camera.name: camera for camera in (SCENE_CAMERA, LARGE_OVERVIEW_CAMERA, BACK_CAMERA)}


class CameraFailure(RuntimeError):
    """The child died again and again."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """What all cameras saw at one instant."""

    stamp_ns: int
    wrist_rgb: tuple[np.ndarray, ...]
    """One an arm; none where wrists were not asked for."""
    fixed_rgb: dict[str, np.ndarray]
    """By the names of the cameras that stand in the room."""

    @property
    def scene_rgb(self) -> np.ndarray:
        """Of the scene camera."""
        return self.fixed_rgb[SCENE_CAMERA.name]


class CameraProcess:
    """``request`` a picture and ``poll`` for it (free-running), or ``render`` and wait for it (lock-step).

    A child that dies is started again and asked again.

    Args:
        fixed: names of the cameras in the room.
        wrists: also each arm's wrist camera.

    Attributes:
        restarts: how often it had to be started again.
        skipped: requests refused because the one before was not done.
    """

    def __init__(self, fixed: Sequence[str] = (SCENE_CAMERA.name,), wrists: bool = True) -> None:
        self._fixed, self._wrists = tuple(fixed), wrists
        self.restarts = 0
        self.skipped = 0
        self._failures = 0
        self._pending: bytes | None = None
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child."""
        self._connection.close()
        self._child.terminate()
        self._child.wait()

    @property
    def process_id(self) -> int:
        """Of the child that lives now."""
        return self._child.pid

    def request(self, stamp_ns: int, state: SceneState) -> bool:
        """Asks for pictures of a state; false if the child is still busy with the last ones."""
        if self._pending is not None:
            self.skipped += 1
            return False
        self._pending = _STAMP.pack(stamp_ns) + state.pack()
        self._send()
        return True

    def poll(self) -> Pictures | None:
        """The pictures asked for, once they are there."""
        return self._receive(0.0)

    def render(self, stamp_ns: int, state: SceneState) -> Pictures:
        """Pictures of a state; waits for them.

        Raises:
            CameraFailure: the child does not manage.
        """
        self.drop_pending()
        self.request(stamp_ns, state)
        return self.wait()

    def wait(self) -> Pictures:
        """The pictures asked for.

        Raises:
            CameraFailure: the child does not manage.
        """
        while True:
            restarts = self.restarts
            pictures = self._receive(RENDER_TIMEOUT_S)
            if pictures is not None:
                return pictures
            if self.restarts == restarts:
                self._restart()

    def drop_pending(self) -> None:
        """Forgets pictures asked for before, as at a reset."""
        if self._pending is not None and self._receive(RENDER_TIMEOUT_S) is None:
            self._pending = None
            self._restart()

    def _receive(self, timeout_s: float) -> Pictures | None:
        if self._pending is None:
            return None
        try:
            if not self._connection.poll(timeout_s):
                return None
            data = self._connection.recv_bytes()
        except (EOFError, OSError):
            self._restart()
            return None
        self._pending = None
        self._failures = 0
        return _unpack_pictures(data, self._fixed)

    def _send(self) -> None:
        try:
            if self._pending is not None:
                self._connection.send_bytes(self._pending)
        except OSError:
            self._restart()

    def _restart(self) -> None:
        self._failures += 1
        if self._failures > MAX_FAILURES:
            self._pending = None
            raise CameraFailure(f"the camera process died {self._failures} times in a row; see its output")
        self.restarts += 1
        self.close()
        self._start()
        self._send()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(
                [
                    *(sys.executable, "-m", "touchloop.sim.camera_process", str(theirs.fileno())),
                    *(str(int(self._wrists)), *self._fixed),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._connection = Connection(ours.detach())
        try:
            if not self._connection.poll(START_TIMEOUT_S) or self._connection.recv_bytes() != _READY:
                raise CameraFailure("the camera process did not start; see its output")
        except (EOFError, OSError) as error:
            self.close()
            raise CameraFailure("the camera process died at its start; see its output") from error


def _unpack_pictures(data: bytes, fixed: tuple[str, ...]) -> Pictures:
    (stamp_ns,) = _STAMP.unpack_from(data)
    offset, pictures = _STAMP.size, {}
    for name in fixed:
        pictures[name] = _picture(data, _FIXED[name], offset)
        offset += pictures[name].size
    wrist_size = 3 * WRIST_CAMERA.width * WRIST_CAMERA.height
    wrists = tuple(_picture(data, WRIST_CAMERA, start) for start in range(offset, len(data), wrist_size))
    return Pictures(stamp_ns, wrists, pictures)


def _picture(data: bytes, camera: CameraConfig, offset: int) -> np.ndarray:
    shape = (camera.height, camera.width, 3)
    return np.frombuffer(data, np.uint8, int(np.prod(shape)), offset).reshape(shape)


def _serve(connection: Connection, wrists: bool, fixed: Sequence[str]) -> None:
    renderer = Renderer()
    connection.send_bytes(_READY)
    while True:
        try:
            data = connection.recv_bytes()
            state = SceneState.unpack(data[_STAMP.size :])
            pictures = [renderer.render(state, _FIXED[name]) for name in fixed]
            if wrists:
                pictures += [renderer.render(state, WRIST_CAMERA, arm) for arm in range(len(state.tools))]
            connection.send_bytes(data[: _STAMP.size] + b"".join(picture.tobytes() for picture in pictures))
        except (EOFError, OSError):
            return


if __name__ == "__main__":
    # Ctrl-C reaches the whole process group; the parent decides when the cameras end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(PermissionError):
        os.nice(NICENESS)
    _serve(Connection(int(sys.argv[1])), sys.argv[2] == "1", sys.argv[3:])
