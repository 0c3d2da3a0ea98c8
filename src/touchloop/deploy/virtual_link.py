"""A cable between two virtual hosts that delays, loses and can be cut; the kernel's netem is not everywhere."""

import heapq
import os
import random
import select
import threading
import time
from dataclasses import dataclass

from touchloop.deploy.virtual_host import VirtualHost
from touchloop.errors import InputError

FRAME_BYTES = 2048
IDLE_S = 0.1


@dataclass(frozen=True, slots=True)
class Quality:
    """What a link does to each frame, independently in both directions.

    Raises:
        InputError: a time is negative or a share is not from 0 to 1.
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    """Up to this much later, evenly spread; so frames overtake each other."""
    loss: float = 0.0
    """Share of the frames that are lost."""

    def __post_init__(self) -> None:
        for name in ("delay_s", "jitter_s"):
            if not 0.0 <= getattr(self, name) <= 10.0:
                raise InputError(f"{name} is {getattr(self, name)}; it must be from 0 to 10 seconds")
        if not 0.0 <= self.loss <= 1.0:
            raise InputError(f"loss is {self.loss}; it must be a share from 0 to 1")


class VirtualLink:
    """Carries Ethernet frames between two hosts in a thread of its own.

    Args:
        hosts: the two; each gets an interface.
        interface: its name in both.
        quality: can be changed at any time.
        seed: of losses and jitter.

    Attributes:
        connected: False while the link is cut: frames vanish.
        carried, lost: frames so far.
    """

    def __init__(self, hosts: tuple[VirtualHost, VirtualHost], interface: str, quality: Quality, seed: int = 0) -> None:
        self.quality, self.connected = quality, True
        self.carried = self.lost = 0
        self._random = random.Random(seed)
        self._files = [host.open_tap(interface) for host in hosts]
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._order = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._carry, name="link", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the cable away, with both interfaces."""
        self._ended.set()
        self._thread.join(timeout=5.0)
        for file in self._files:
            os.close(file)

    def __enter__(self) -> "VirtualLink":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _carry(self) -> None:
        while not self._ended.is_set():
            due_s = self._waiting[0][0] - time.monotonic() if self._waiting else IDLE_S
            readable, _, _ = select.select(self._files, [], [], max(due_s, 0.0))
            for file in readable:
                self._take(self._files.index(file))
            now_s = time.monotonic()
            while self._waiting and self._waiting[0][0] <= now_s:
                _, _, to, frame = heapq.heappop(self._waiting)
                self._send(to, frame)

    def _take(self, source: int) -> None:
        while True:
            try:
                frame = os.read(self._files[source], FRAME_BYTES)
            except BlockingIOError:
                return
            except OSError:  # the interface was set down, or its host has ended
                return
            quality = self.quality
            if not self.connected or self._random.random() < quality.loss:
                self.lost += 1
                continue
            due_s = time.monotonic() + quality.delay_s + self._random.random() * quality.jitter_s
            self._order += 1
            heapq.heappush(self._waiting, (due_s, self._order, 1 - source, frame))

    def _send(self, to: int, frame: bytes) -> None:
        # What is under way when the link is cut is lost too.
        if not self.connected:
            self.lost += 1
            return
        try:
            os.write(self._files[to], frame)
            self.carried += 1
        except OSError:
            self.lost += 1
