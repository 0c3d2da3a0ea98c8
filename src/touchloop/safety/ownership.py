"""Who may publish a command, who does, and who floods: from what the graph and the messages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from touchloop.errors import InputError


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher as the graph shows it."""

    node: str
    """Full name, as ``/left/fast_controller``."""
    identity: bytes
    """The endpoint's identifier, which its messages carry."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who may be obeyed on a topic, and who else is there."""

    owners: frozenset[bytes]
    """Identities whose messages count."""
    foreign: tuple[str, ...]
    """Names of the others; a second node with the owner's name is foreign too."""

    def sentence(self, topic: str) -> str:
        """Names the foreign publishers; empty if there are none."""
        return f"{', '.join(self.foreign)} also publishes {topic}" if self.foreign else ""


def ownership(
    publishers: Sequence[Publisher],
    owner: str,
    known: frozenset[bytes] = frozenset(),
    dead: frozenset[bytes] = frozenset(),
) -> Ownership:
    """Judges the publishers of a topic that one node owns.

    The publisher that was the owner before stays it while it is there, so that an impostor of the same name cannot
    take over. Two of that name at first sight: neither is obeyed, since nobody can tell which is right.

    Args:
        publishers: all that the graph shows.
        owner: full name of the node that may publish.
        known: identities that were the owner's before.
        dead: identities of former owners that fell silent; the graph shows a killed one for a while. They count for
            nothing beside a new one of that name, and are the owner's again if there is none.
    """
    named = [publisher for publisher in publishers if publisher.node == owner]
    named = [publisher for publisher in named if publisher.identity not in dead] or named
    kept = [publisher for publisher in named if publisher.identity in known]
    owners = kept or (named if len(named) == 1 else [])
    others = [publisher for publisher in publishers if publisher not in owners and publisher.identity not in dead]
    names = {f"{publisher.node} (a second one)" if publisher.node == owner else publisher.node for publisher in others}
    return Ownership(frozenset(publisher.identity for publisher in owners), tuple(sorted(names)))


class Owners:
    """Remembers who owns a topic.

    Args:
        owner: full name of the node that may publish; empty for the first that is seen alone there.

    Attributes:
        identities: whose messages count.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._dead: frozenset[bytes] = frozenset()
        self.identities: frozenset[bytes] = frozenset()

    def judge(self, publishers: Sequence[Publisher], silent: bool) -> Ownership:
        """What the graph shows now.

        Args:
            publishers: all of the topic.
            silent: the owner has not been heard for so long that a new one of its name may take its place.
        """
        if silent:
            self._dead |= self.identities
            self.identities = frozenset()
        if not self._owner:
            nodes = {publisher.node for publisher in publishers if publisher.identity not in self._dead}
            self._owner = nodes.pop() if len(nodes) == 1 else ""
        judged = ownership(publishers, self._owner, self.identities, self._dead)
        self.identities = judged.owners
        return judged


class FloodWatch:
    """Counts messages of each sender in windows of time, and names those that send too many.

    Args:
        limits_hz: topic to the most messages a second that a sender may send.
        window_s: length of a window; a sender is named for the window after the one in which it was too fast.

    Raises:
        InputError: the window or a limit is not positive.
    """

    def __init__(self, limits_hz: Mapping[str, float], window_s: float = 0.2) -> None:
        if not window_s > 0.0 or not all(limit > 0.0 for limit in limits_hz.values()):
            raise InputError(f"a flood's window is {window_s} s, limits are {dict(limits_hz)}; all must be positive")
        self._bounds = {topic: limit * window_s for topic, limit in limits_hz.items()}
        self._window_s = window_s
        self._counts: dict[tuple[str, bytes], int] = {}
        self._ends_s = -1.0
        self.floods: dict[tuple[str, bytes], float] = {}
        """Topic and sender to messages a second."""

    def count(self, topic: str, sender: bytes) -> None:
        """A message came."""
        key = (topic, sender)
        self._counts[key] = self._counts.get(key, 0) + 1

    def close_window(self, now_s: float) -> bool:
        """Ends the window if it is over; returns whether it was. To be called often.

        Args:
            now_s: monotonic time.
        """
        if now_s < self._ends_s:
            return False
        # A window that lasted longer, as on a machine that was asleep, holds more messages.
        longer = 1.0 if self._ends_s < 0.0 else 1.0 + (now_s - self._ends_s) / self._window_s
        self.floods = {
            key: count / (self._window_s * longer)
            for key, count in self._counts.items()
            if count > self._bounds[key[0]] * longer
        }
        self._counts.clear()
        self._ends_s = now_s + self._window_s
        return True
