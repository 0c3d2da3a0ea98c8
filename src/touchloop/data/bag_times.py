"""Log times of recorded messages in simulated time."""

from collections.abc import Callable

from touchloop.data.bag_types import MessageTypes, StampReader

CLOCK_TOPIC = "/clock"
_MOST_WAITING = 2000

Put = Callable[[str, int, bytes], None]


class SimulatedTimes:
    """Gives each message its log time: the newest `/clock`, or better its own stamp.

    By stamps, log times depend on the messages alone, so two lock-step runs give the same bag. Messages that come
    before the first `/clock`, such as a latched robot description, wait for it; after 2000 they stop waiting and are
    logged at 0.

    Args:
        types: Where message definitions come from.
        put: Takes topic, log time in ns and serialised message.
        by_stamps: Log a message that has a stamp at that.
    """

    def __init__(self, types: MessageTypes, put: Put, by_stamps: bool) -> None:
        self._types = types
        self._put = put
        self._by_stamps = by_stamps
        self._readers: dict[str, StampReader] = {}
        self._clock_ns: int | None = None
        self._waiting: list[tuple[str, bytes]] = []

    def add_topic(self, topic: str, msgtype: str) -> None:
        """Learns where the stamp of a topic's messages is; raises InputError for an unknown type."""
        if self._by_stamps or topic == CLOCK_TOPIC:
            self._readers[topic] = self._types.stamp_reader(msgtype)

    def take(self, topic: str, data: bytes) -> None:
        """Takes one message; passes it on now or with the first `/clock`."""
        read = self._readers.get(topic)
        stamp_ns = read(data) if read else None
        if topic == CLOCK_TOPIC:
            self._clock_ns = stamp_ns or 0
            self.release()
        time_ns = self._clock_ns if stamp_ns is None else stamp_ns
        if time_ns is None:
            self._waiting.append((topic, data))
            if len(self._waiting) > _MOST_WAITING:
                self._clock_ns = 0
                self.release()
        else:
            self._put(topic, max(time_ns, 0), data)

    def release(self) -> None:
        """Passes on what waits for a `/clock`, at time 0 if none came; to be called before the end."""
        waiting, self._waiting = self._waiting, []
        for topic, data in waiting:
            self._put(topic, self._clock_ns or 0, data)
