"""Plays a bag with the QoS that was recorded: at a chosen rate, or tick by tick with those who answer."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rclpy.node import Node
from std_srvs.srv import Trigger

from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_pace import Pace
from touchloop.data.bag_reader import BagReader
from touchloop.data.bag_selection import topic_filter
from touchloop.data.bag_ticks import NOT_THE_WORLDS, ticks, with_generated_clock
from touchloop.data.bag_times import CLOCK_TOPIC
from touchloop.errors import InputError
from touchloop_nodes import spinning
from touchloop_nodes.bag_keyboard import Keyboard
from touchloop_nodes.bag_publishers import BagPublishers
from touchloop_nodes.bag_readiness import Answers, Readiness
from touchloop_nodes.parameters import Parameters


class BagPlayer(Node):
    """Publishes a bag's messages from a thread of its own and ends when the bag does."""

    def __init__(self) -> None:
        super().__init__("bag_player")
        self.stop = spinning.Stop()
        self._stack = ExitStack()
        self.parameters = Parameters(self)
        self._declare()
        self.parameters.refuse_unknown()
        get = self.parameters
        if not get["bag"]:
            raise InputError("bag_player needs the parameter bag: the folder or file to play")
        exclude = [*get["exclude"], *(NOT_THE_WORLDS if get["world_only"] or get["lockstep"] else ())]
        chosen = topic_filter(get["topics"], exclude)
        self._wanted: Callable[[str], bool] = lambda topic: (
            chosen(topic) and (topic != CLOCK_TOPIC or get["clock"] == "recorded")
        )
        path = Path(get["bag"]).expanduser()
        self._bag = self._stack.enter_context(BagReader(bag_parts(path) or path))
        self._start_ns = self._bag.start_ns + int(get["start_offset_s"] * 1e9)
        self._check(chosen)
        made = get["clock"] == "generated"
        self._outputs = BagPublishers(self, self._bag, self._wanted, made, get["lockstep"])
        answers = get["answer_topics"] if get["lockstep"] else []
        self._answers = [Answers(self, topic) for topic in answers]
        self._readiness = Readiness(self, get["wait_for_topics"], get["wait_for_nodes"], answers)
        self._pace = Pace(self._start_ns, get["rate"], get["start_paused"])
        self._offer_services()
        self._keyboard = self._keys() if get["keyboard"] else None
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the playing thread and the bag."""
        self._pace.stop()
        self._readiness.stop()
        for answers in self._answers:
            answers.stop()
        self._thread.join(timeout=5.0)
        if self._keyboard is not None:
            self._keyboard.close()
        self._stack.close()

    def _declare(self) -> None:
        declare = self.parameters.declare
        declare("bag", "", "Bag folder or file; parts NAME_1, ... of the same run follow by themselves.")
        declare("rate", 1.0, "Bag seconds a second; 0 is as fast as possible.", minimum=0.0, maximum=1000.0)
        declare("start_offset_s", 0.0, "Leave out the bag's first seconds.", minimum=0.0)
        declare("start_paused", False, "Wait for ~/resume or ~/play_next.")
        declare("keyboard", False, "The terminal's space bar pauses, n plays one message, q ends.")
        declare("loop", False, "Begin again at the end.")
        declare("topics", [""], "Regular expressions of whole topic names to play; all when empty.")
        declare("exclude", [""], "Regular expressions of whole topic names to leave out.")
        declare("world_only", False, "Leave out what planner, controller and the machinery published.")
        declare("clock", "recorded", "The /clock to publish.", choices=("recorded", "generated", "none"))
        declare("clock_hz", 250.0, "Rate of a generated /clock, in bag time.", minimum=1.0, maximum=10000.0)
        declare("lockstep", False, "After each /clock wait for the answer that the recorded run had there.")
        declare("answer_topics", ["target_pose"], "What lock-step waits for.")
        declare("answer_timeout_s", 5.0, "Give up when the answer stays away.", minimum=0.1, maximum=600.0)
        declare("delay_s", 0.5, "Start when all have been connected for this long.", minimum=0.0, maximum=60.0)
        declare("wait_for_topics", [""], "Topics that need a subscriber before the start.")
        declare("wait_for_nodes", [""], "Lifecycle nodes that must be active before the start.")
        declare("wait_timeout_s", 30.0, "Give up waiting for those.", minimum=0.1, maximum=600.0)

    def _check(self, chosen: Callable[[str], bool]) -> None:
        get = self.parameters
        if not any(map(chosen, self._bag.topics)):
            raise InputError(f"no topic is left to play; the bag has {', '.join(sorted(self._bag.topics))}")
        if self._bag.message_count and self._start_ns > self._bag.end_ns:
            length_s = (self._bag.end_ns - self._bag.start_ns) / 1e9
            raise InputError(f"start_offset_s is {get['start_offset_s']:g} but the bag lasts only {length_s:g} s")
        if get["lockstep"] and (CLOCK_TOPIC not in self._bag.topics or get["clock"] != "recorded"):
            raise InputError("lockstep needs the recorded /clock: a bag that has it, and clock:=recorded")

    def _offer_services(self) -> None:
        def answer(change: Callable[[], bool], text: str) -> Callable[[Trigger.Request, Trigger.Response], object]:
            def handle(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
                response.success = change()
                response.message = text if response.success else "only while paused"
                return response

            return handle

        pace = self._pace
        self.create_service(Trigger, "~/pause", answer(lambda: pace.pause() or True, "paused"))
        self.create_service(Trigger, "~/resume", answer(lambda: pace.resume() or True, "playing"))
        self.create_service(Trigger, "~/toggle_paused", answer(lambda: pace.toggle() or True, "toggled"))
        self.create_service(Trigger, "~/play_next", answer(pace.step, "one played"))

    def _keys(self) -> Keyboard:
        def toggle() -> None:
            self._pace.toggle()
            self.get_logger().info("paused" if self._pace.paused else "playing")

        return Keyboard({" ": toggle, "n": self._pace.step, "q": self.stop.request})

    def _run(self) -> None:
        get = self.parameters
        code = 1
        try:
            self._readiness.wait(get["delay_s"], get["wait_timeout_s"], matched=self._outputs.matched)
            play = self._play_ticks if get["lockstep"] else self._play_timed
            while play() and get["loop"]:
                pass
            self._outputs.flush()
            code = 0
        except InputError as error:
            self.get_logger().error(str(error))
        finally:
            self.stop.request(code)

    def _play_timed(self) -> bool:
        self._pace.restart(self._start_ns)
        names = [topic for topic in self._bag.topics if self._wanted(topic)]
        messages = self._bag.messages(names, start_ns=self._start_ns)
        if self.parameters["clock"] == "generated":
            messages = with_generated_clock(messages, self._start_ns, self._bag.end_ns, self.parameters["clock_hz"])
        for message in messages:
            if not self._pace.wait_until(message.time_ns):
                return False
            self._outputs.publish(message)
        return True

    def _play_ticks(self) -> bool:
        self._pace.restart(self._start_ns)
        answer_topics = [self.resolve_topic_name(topic) for topic in self.parameters["answer_topics"]]
        for tick in ticks(self._bag, self._wanted, answer_topics, self._start_ns):
            if not self._pace.wait_until(tick.time_ns):
                return False
            for message in tick.messages:
                self._outputs.publish(message)
            if tick.awaits_answer and not self._all_answered(tick.time_ns):
                return False
        return True

    def _all_answered(self, time_ns: int) -> bool:
        timeout_s = self.parameters["answer_timeout_s"]
        return all(answers.wait_for(time_ns, timeout_s) for answers in self._answers)


def main() -> None:
    """Run the node."""
    raise SystemExit(spinning.run(BagPlayer))


if __name__ == "__main__":
    main()
