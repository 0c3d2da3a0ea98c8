"""Asks the safety supervisors of all arms for something, tells the answers, and ends."""

import sys
import time

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_srvs.srv import Trigger
from touchloop_msgs.msg import SafetyState

from touchloop.arm_names import in_arm
from touchloop.safety.states import State
from touchloop_nodes import qos, spinning
from touchloop_nodes.parameters import Parameters

SERVICES = {
    "start": "safety_supervisor/start",
    "stop": "e_stop",
    "reset": "safety_supervisor/reset",
    "preflight": "safety_supervisor/preflight",
    "touch": "safety_supervisor/check_touch",
    "tare": "safety_supervisor/check_tare",
}
STATUS = "status"
CHECK_PERIOD_S = 0.02


class SafetyAsk(Node):
    """A plain node that ends by itself: 0 when every arm did it (for ``status``: runs), 1 when one did not."""

    def __init__(self) -> None:
        super().__init__("safety_ask")
        self.stop = spinning.Stop()
        self.parameters = Parameters(self)
        declare = self.parameters.declare
        choices = (STATUS, *SERVICES)
        self._what = declare("ask", STATUS, "What is asked for.", choices=choices, read_only=True)
        arms = declare("arms", [""], "Names of the arms; one without a name alone.", read_only=True)
        self._patience_s = declare("patience_s", 5.0, "For an answer.", minimum=0.1, maximum=600.0, read_only=True)
        self.parameters.refuse_unknown()
        self._answers: dict[str, tuple[bool, str]] = {}
        self._arms, self._until_s = tuple(arms), time.monotonic() + self._patience_s
        self._asked: dict[str, object] = {}
        if self._what == STATUS:
            for arm in self._arms:
                topic, profile = in_arm(arm, "safety_state"), qos.stream(lockstep=False)
                self.create_subscription(SafetyState, topic, lambda heard, arm=arm: self._hear(arm, heard), profile)
        else:
            self._services_of = {arm: self.create_client(Trigger, in_arm(arm, SERVICES[self._what])) for arm in arms}
        self._timer = self.create_timer(CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Nothing is held."""

    def _hear(self, arm: str, heard: SafetyState) -> None:
        said = [heard.reason, *heard.foreign, *(["dry run"] if heard.dry_run else [])]
        said += [f"speed {heard.speed:g}, {heard.force_n:.1f} N"]
        state = State(heard.state)
        self._answers[arm] = (state is State.RUNNING, f"{state.name}: {'; '.join(filter(None, said))}")

    def _check(self) -> None:
        for arm in self._arms if self._what != STATUS else ():
            # Asked at once of each arm, whichever is there: nobody waits for another arm's stop.
            if arm not in self._asked and self._services_of[arm].service_is_ready():
                self._asked[arm] = future = self._services_of[arm].call_async(Trigger.Request())
                future.add_done_callback(lambda done, arm=arm: self._take(arm, done.result()))
        late = time.monotonic() > self._until_s
        if late or len(self._answers) == len(self._arms):
            self._timer.cancel()
            silent = f"no answer within {self._patience_s:g} s; does its safety_supervisor run?"
            answers = {arm: self._answers.get(arm, (False, silent)) for arm in self._arms}
            for arm, (_, text) in answers.items():
                print("\n".join(f"{arm}: {line}" if arm else line for line in text.splitlines()), flush=True)
            self.stop.request(0 if all(good for good, _ in answers.values()) else 1)

    def _take(self, arm: str, answer: Trigger.Response) -> None:
        self._answers[arm] = (answer.success, answer.message)


def main() -> None:
    """Run the node."""
    sys.exit(spinning.run(SafetyAsk))


if __name__ == "__main__":
    main()
