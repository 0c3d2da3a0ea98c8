"""Records every topic into a bag that survives SIGKILL. Nothing ever waits for it."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import TransitionCallbackReturn
from rosbags.interfaces import Qos

from touchloop.control.deadline import prefer_all_threads
from touchloop.data.bag_background import BackgroundBagWriter, RecordingStatus
from touchloop.data.bag_folders import next_folder
from touchloop.data.bag_selection import topic_filter
from touchloop.data.bag_times import SimulatedTimes
from touchloop.data.bag_types import MessageTypes
from touchloop.errors import InputError
from touchloop_nodes.bag_discovery import TopicDiscovery
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.seldom_clock import SeldomClock

# Whatever these carry is wall time or machine state, so it differs between two runs with the same seed.
WALL_TIME_TOPICS = (r"/rosout", r"/parameter_events", r"/diagnostics", r".*/transition_event", r".*/heartbeat")
PRIORITY = 1
"""Below all that moves an arm; but a recorder that gets no processor loses what it was to keep."""
LOOK_PERIOD_S = 0.04
LOCKSTEP_DEPTH = 50_000
"""In lock-step nothing may be lost, and the others do not wait for the recorder: this many ticks it may lag behind."""


class BagRecorder(ManagedNode):
    """A lifecycle node: configured it has made its bag folder, active it records, cleaned up the bag is closed."""

    def __init__(self) -> None:
        super().__init__("bag_recorder")
        self._seldom_clock = SeldomClock(self)
        declare = self.parameters.declare
        declare("output", "bag", "Bag folder to create.")
        declare(
            "if_exists", "next", "If the folder exists: refuse, or take NAME_1 and so on.", choices=("next", "error")
        )
        declare("compression", "none", "Compression of the bag.", choices=("none", "zstd"))
        declare("topics", [""], "Regular expressions of whole topic names to record; all when empty.")
        declare("exclude", [""], "Regular expressions of whole topic names to leave out.")
        declare("expected_topics", [""], "'NAME TYPE' of topics to subscribe to before they have a publisher.")
        declare("include_hidden", False, "Also topics with a name part that starts with an underscore.")
        declare("max_cache_mb", 256, "Messages waiting for a slow disk beyond this are dropped.", minimum=1)
        declare("queue_depth", 500, "Messages of a topic that DDS keeps until they are taken.", minimum=1)
        declare("autostart", False, "Configure and activate by itself; without a lifecycle manager.", read_only=True)
        declare("settle_s", 0.3, "Time to let publishers match when lock-step starts.", minimum=0.0, maximum=10.0)
        self._writer: BackgroundBagWriter | None = None
        self._times: SimulatedTimes | None = None
        self._discovery: TopicDiscovery | None = None
        self._recorded: set[str] = set()
        self._timer = None
        self._failure_logged = False
        if self.parameters["autostart"]:
            self._starter = self.create_timer(0.0, self._start, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_configure_checked(self) -> None:
        """Create the bag."""
        get = self.parameters
        directory = Path(get["output"]).expanduser().absolute()
        self._types = MessageTypes()
        self._expected = [_split_expected(text) for text in get["expected_topics"] if text]
        exclude = [*get["exclude"], *(WALL_TIME_TOPICS if self.lockstep else ())]
        wanted = topic_filter(get["topics"], exclude)
        self._writer = BackgroundBagWriter(
            next_folder(directory) if get["if_exists"] == "next" else directory,
            self._types,
            get["compression"],
            max_cache_bytes=get["max_cache_mb"] * 2**20,
        )
        # Asking rclpy for the time of each message would cost more than all the rest here.
        simulated = self.lockstep or self.get_parameter("use_sim_time").value
        self._times = SimulatedTimes(self._types, self._writer.put, self.lockstep) if simulated else None
        depth = max(get["queue_depth"], LOCKSTEP_DEPTH if self.lockstep else 0)
        self._discovery = TopicDiscovery(self, self, wanted, get["include_hidden"], depth)
        self._recorded = set()
        self._failure_logged = False
        self.get_logger().info(f"recording into {self._writer.status.directory}")

    def on_activate_checked(self) -> None:
        """Subscribe to all that is there, and look for more."""
        if self._discovery is None:
            return
        for topic, msgtype in self._expected:
            self._discovery.expect(topic, msgtype)
        self._discovery.look()
        self._timer = self.create_timer(LOOK_PERIOD_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        if self.lockstep:
            # The first tick is published once; a publisher that has not matched yet would not send it here.
            threading.Event().wait(self.parameters["settle_s"])
        else:
            prefer_all_threads(PRIORITY)

    def on_deactivate_checked(self) -> None:
        """End all subscriptions; the bag stays open."""
        if self._timer is not None:
            self.destroy_timer(self._timer)
            self._timer = None
        if self._discovery is not None:
            self._discovery.close()
        if self._times is not None:
            self._times.release()

    def on_cleanup_checked(self) -> None:
        """Close the bag."""
        self.on_deactivate_checked()
        writer, self._writer, self._discovery = self._writer, None, None
        if writer is not None:
            status = writer.close()
            log = self.get_logger().error if status.failure else self.get_logger().info
            log(f"closed {status.directory}: {status.messages} messages{_problems(status)}")

    def add_topic(self, topic: str, msgtype: str, qos: Sequence[Qos]) -> None:
        """Called by the discovery for each new topic."""
        self._types.describe(msgtype)
        if self._times is not None:
            self._times.add_topic(topic, msgtype)
        if self._writer is not None and topic not in self._recorded:
            self._recorded.add(topic)
            self._writer.add_topic(topic, msgtype, qos)

    def take(self, topic: str, data: bytes) -> None:
        """Called for each message."""
        if self._writer is None:
            return
        if self._times is not None:
            self._times.take(topic, data)
        else:
            self._writer.put(topic, time.time_ns(), data)

    def diagnose(self) -> Diagnosis:
        """Size of the bag, what was dropped, what cannot be recorded and why recording ended, if it did."""
        if self._writer is None or self._discovery is None:
            return Diagnosis(OK, "no bag open")
        status = self._writer.status
        level = ERROR if status.failure else WARN if status.dropped or self._discovery.refused else OK
        values: dict[str, object] = {
            "bag": status.directory,
            "topics": len(self._discovery.topics),
            "messages": status.messages,
            "size_mb": status.size_bytes / 1e6,
            "dropped": status.dropped,
            **{f"refused {topic}": reason for topic, reason in self._discovery.refused.items()},
        }
        return Diagnosis(level, status.failure or "recording", values)

    def _start(self) -> None:
        self._starter.cancel()
        for transition in (self.trigger_configure, self.trigger_activate):
            if transition() != TransitionCallbackReturn.SUCCESS:
                self.stop.request(2)
                return

    def _look(self) -> None:
        if self._discovery is not None:
            self._discovery.look()
        if self._writer is not None and self._writer.status.failure and not self._failure_logged:
            self._failure_logged = True
            self.get_logger().error(f"recording ended: {self._writer.status.failure}; all before that is safe")


def _split_expected(text: str) -> tuple[str, str]:
    parts = text.split()
    if len(parts) != 2 or not parts[0].startswith("/"):
        raise InputError(f"expected_topics has {text!r}; expected '/NAME PACKAGE/msg/TYPE'")
    return parts[0], parts[1]


def _problems(status: RecordingStatus) -> str:
    dropped = f", {status.dropped} dropped" if status.dropped else ""
    return dropped + (f", {status.failure}" if status.failure else "")


def main() -> None:
    """Run the node."""
    run_node(BagRecorder)


if __name__ == "__main__":
    main()
