"""Faults of one topic's messages on their way: a pure function of messages and time."""

import random
from collections import deque
from dataclasses import dataclass, field

from touchloop.chaos.topics import Topic, stamp_of, with_nan, with_other_frame, with_stamp
from touchloop.errors import InputError

KINDS = (
    "drop",
    "delay",
    "duplicate",
    "reorder",
    "nan",
    "frame",
    "stamp",
    "flip",
    "truncate",
    "flood",
    "foreign",
)
"""What can happen to messages. ``foreign`` leaves them alone: somebody else sends beside them."""
FLOOD_HZ = 4000.0


@dataclass(frozen=True, slots=True)
class LineFault:
    """One fault of one topic.

    Raises:
        InputError: unknown kind, or a number that makes no sense.
    """

    number: int
    kind: str
    lasts_s: float
    share: float = 1.0
    """Of the messages that are struck."""
    delay_s: float = 0.0
    shift_s: float = 0.0
    """Of the stamps."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"fault kind '{self.kind}': expected one of {', '.join(KINDS)}")
        if not (self.lasts_s > 0.0 and 0.0 < self.share <= 1.0 and self.delay_s >= 0.0):
            raise InputError(
                f"fault {self.number}: lasts_s {self.lasts_s}, share {self.share}, delay_s {self.delay_s}: expected a "
                "positive time, a share above 0 and at most 1, a delay of 0 or more"
            )


@dataclass(slots=True)
class Struck:
    """What a fault did."""

    fault: LineFault
    began_s: float
    began_ns: int
    """Stamp of the first message that it could strike."""
    messages: int = 0
    """That were struck."""


@dataclass(slots=True)
class Line:
    """One topic: messages go in, and come out as the fault wants.

    Attributes:
        topic: whose messages.
        waiting: a fault that begins with the next message.
        struck: the fault that acts now.
    """

    topic: Topic
    waiting: LineFault | None = None
    struck: Struck | None = None
    _held: deque[tuple[float, bytes]] = field(default_factory=deque)
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def begin(self, fault: LineFault) -> None:
        """The fault begins with the next message.

        Raises:
            InputError: another one has not ended yet.
        """
        if self.waiting is not None or self.struck is not None:
            raise InputError(f"{self.topic.name} has a fault already")
        self.waiting = fault

    def begin_now(self, fault: LineFault, now_s: float, stamp_ns: int) -> None:
        """The fault begins without a message, as a stranger's arrival does; raises InputError as ``begin`` does."""
        self.begin(fault)
        self.waiting = None
        self.struck = Struck(fault, now_s, stamp_ns)

    def feed(self, data: bytes, now_s: float) -> list[bytes]:
        """A message arrives; returns what goes on now, in order."""
        if self.waiting is not None:
            fault, self.waiting = self.waiting, None
            self.struck = Struck(fault, now_s, stamp_of(data))
            self._random = random.Random(fault.seed)
        out = self.due(now_s)
        struck = self.struck
        if struck is None or now_s >= struck.began_s + struck.fault.lasts_s:
            # Whatever is still held goes first: a delay does not change the order.
            return out + self._release() + [data]
        if self._random.random() >= struck.fault.share:
            passed = self._hold(data, now_s, struck.fault.delay_s) if self._held else [data]
            return out + passed
        struck.messages += 1
        return out + self._strike(struck.fault, data, now_s)

    def due(self, now_s: float) -> list[bytes]:
        """What was held and goes on now."""
        out = []
        while self._held and self._held[0][0] <= now_s:
            out.append(self._held.popleft()[1])
        return out

    def end(self, now_s: float) -> Struck | None:
        """The fault whose time is over, once; it acts no more."""
        struck = self.struck
        if struck is None or now_s < struck.began_s + struck.fault.lasts_s:
            return None
        self.struck = None
        return struck

    def give_up(self) -> LineFault | None:
        """Takes back a fault that waits for a message."""
        fault, self.waiting = self.waiting, None
        return fault

    def rest(self) -> list[bytes]:
        """What is held still, after the fault's end."""
        return self._release()

    def _strike(self, fault: LineFault, data: bytes, now_s: float) -> list[bytes]:
        kind = fault.kind
        if kind == "drop":
            return []
        if kind == "delay":
            return self._hold(data, now_s, fault.delay_s)
        if kind == "duplicate":
            return [data, data]
        if kind == "reorder":
            # Three at a time, the last one first.
            self._held.append((float("inf"), data))
            return [data for _, data in reversed(self._drain())] if len(self._held) == 3 else []
        if kind == "nan":
            return [with_nan(data, self.topic.shape)]
        if kind == "frame":
            return [with_other_frame(data)]
        if kind == "stamp":
            return [with_stamp(data, stamp_of(data) + round(fault.shift_s * 1e9))]
        if kind == "flip":
            return [self._flipped(data)]
        if kind == "truncate":
            # DDS fills up to a multiple of 4 bytes, so a message that lacks less is whole again.
            return [data[: max(4, self._random.randrange(len(data) - 4))]]
        if kind == "flood":
            return [data] * max(2, round(FLOOD_HZ / self.topic.rate_hz))
        return [data]

    def _hold(self, data: bytes, now_s: float, delay_s: float) -> list[bytes]:
        self._held.append((now_s + delay_s, data))
        return []

    def _flipped(self, data: bytes) -> bytes:
        """Up to four bytes behind the encapsulation have other values."""
        changed = bytearray(data)
        for _ in range(self._random.randint(1, 4)):
            changed[self._random.randrange(4, len(changed))] ^= self._random.randint(1, 255)
        return bytes(changed)

    def _release(self) -> list[bytes]:
        return [data for _, data in self._drain()]

    def _drain(self) -> list[tuple[float, bytes]]:
        held = list(self._held)
        self._held.clear()
        return held
