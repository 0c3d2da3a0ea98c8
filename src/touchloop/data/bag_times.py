"""Log times of recorded messages."""

from collections.abc import Callable

from touchloop.data.bag_types import MessageTypes, StampReader

CLOCK_TOPIC = "/clock"

Put = Callable[[str, int, bytes], None]


class StampedTimes:
    """Log times that depend on the messages alone, so that two lock-step runs give the same bag.

    A message with a stamp is logged at its stamp, one without at the newest `/clock`. What comes before the
    first `/clock` without a stamp, such as a latched robot description, waits for it.

    Args:
        types: Where message definitions come from.
        put: Takes topic, log time in ns and serialised message.
    """

    def __init__(self, types: MessageTypes, put: Put) -> None:
        self._types = types
        self._put = put
        self._readers: dict[str, StampReader] = {}
        self._clock_ns: int | None = None
        self._waiting: list[tuple[str, bytes]] = []

    def add_topic(self, topic: str, msgtype: str) -> None:
        """Learns where the stamp of a topic's messages is; raises InputError for an unknown type."""
        self._readers[topic] = self._types.stamp_reader(msgtype)

    def take(self, topic: str, data: bytes) -> None:
        """Takes one message; passes it on now or with the first `/clock`."""
        stamp_ns = self._readers[topic](data)
        if topic == CLOCK_TOPIC:
            self._clock_ns = stamp_ns or 0
            self.release()
        time_ns = self._clock_ns if stamp_ns is None else stamp_ns
        if time_ns is None:
            self._waiting.append((topic, data))
        else:
            self._put(topic, max(time_ns, 0), data)

    def release(self) -> None:
        """Passes on what waits for a `/clock`, at time 0 if none came; to be called before the end."""
        waiting, self._waiting = self._waiting, []
        for topic, data in waiting:
            self._put(topic, self._clock_ns or 0, data)
