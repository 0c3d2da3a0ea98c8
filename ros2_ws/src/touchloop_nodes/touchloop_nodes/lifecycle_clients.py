"""Calls the lifecycle services of other nodes without ever waiting in a callback."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lifecycle_msgs.msg import Transition as TransitionMessage
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future

from touchloop.control.supervision import ACTIVE, FINALIZED, INACTIVE, UNCONFIGURED, Outcome, Transition

TRANSITION_TIMEOUT_S = 120.0
"""A node that loads weights may take long, but not for ever."""
UNHEARD_TIMEOUT_S = 0.5
"""A request that did not start the transition by then was lost, as between a death and its discovery."""
LONGEST_UNHEARD_S = 8.0
"""Each further one waits twice as long, up to this: on a busy machine a new client takes longer to connect."""
POLL_PERIOD_S = 0.25
POLL_TIMEOUT_S = 1.0
GOODBYE_TIMEOUT_S = 1.0
GOODBYE_RETRY_S = 0.3


PRIMARY_STATES = (UNCONFIGURED, INACTIVE, ACTIVE, FINALIZED)
GOALS = {Transition.CONFIGURE: INACTIVE, Transition.ACTIVATE: ACTIVE}


@dataclass
class _Request:
    node: str
    transition: Transition
    sent_at_s: float = 0.0
    future: "Future | None" = None


@dataclass
class _Poll:
    sent_at_s: float
    future: "Future"


class LifecycleClients:
    """One transition in flight at a time; states polled on demand."""

    def __init__(self, node: Node, names: Sequence[str]) -> None:
        self._node = node
        self._change: dict[str, Client] = {
            name: node.create_client(ChangeState, f"{name}/change_state") for name in names
        }
        self._get: dict[str, Client] = {name: node.create_client(GetState, f"{name}/get_state") for name in names}
        self._polls: dict[str, _Poll] = {}
        self._polled_at_s = 0.0
        self._request: _Request | None = None
        self._unheard: dict[str, int] = {}

    def request(self, name: str, transition: Transition) -> None:
        """Ask for a transition as soon as the node's service is there."""
        self._request = _Request(name, transition)

    def unheard(self, name: str) -> int:
        """How many requests in a row a node did not hear, although it says its state."""
        return self._unheard.get(name, 0)

    def begin_anew(self, name: str) -> None:
        """Counts its unheard requests from zero, as after its process was ended."""
        self._unheard.pop(name, None)

    def forget_request(self) -> None:
        """Ignore the answer to the transition in flight."""
        self._request = None

    def take_outcome(self, states: dict[str, int]) -> Outcome | None:
        """Send what is waiting to be sent; return how the transition ended, once, when it has.

        Args:
            states: lifecycle states heard since the last call. A node that has arrived counts as done, also where its
                answer was lost; one that still says the old state after a while was not reached.
        """
        request, now_s = self._request, time.monotonic()
        if request is None:
            return None
        client = self._change[request.node]
        if request.future is None:
            if client.service_is_ready():
                transition = TransitionMessage(id=request.transition.value)
                request.future = client.call_async(ChangeState.Request(transition=transition))
                request.sent_at_s = now_s
            return None
        if request.future.done():
            self._request = None
            self._unheard.pop(request.node, None)
            return Outcome.DONE if request.future.result().success else Outcome.REFUSED
        if states.get(request.node) == GOALS[request.transition]:
            client.remove_pending_request(request.future)
            self._request = None
            return Outcome.DONE
        waited_s = now_s - request.sent_at_s
        patience_s = min(UNHEARD_TIMEOUT_S * 2 ** self._unheard.get(request.node, 0), LONGEST_UNHEARD_S)
        unheard = waited_s > patience_s and states.get(request.node) in PRIMARY_STATES
        if unheard or waited_s > TRANSITION_TIMEOUT_S:
            client.remove_pending_request(request.future)
            self._renew(request.node)
            self._request = None
            self._unheard[request.node] = self._unheard.get(request.node, 0) + 1
            return Outcome.UNANSWERED
        return None

    def _renew(self, name: str) -> None:
        """A client may never connect to the process that took the place of a killed one; a new client does."""
        self._node.get_logger().warning(f"{name} did not hear a request; connecting anew")
        self._node.destroy_client(self._change[name])
        self._change[name] = self._node.create_client(ChangeState, f"{name}/change_state")

    def poll(self) -> dict[str, int]:
        """Return the states answered since the last call and ask again where it is time."""
        now_s = time.monotonic()
        answered = {}
        for name, poll in list(self._polls.items()):
            if poll.future.done():
                answered[name] = poll.future.result().current_state.id
                del self._polls[name]
            elif now_s - poll.sent_at_s > POLL_TIMEOUT_S:
                self._get[name].remove_pending_request(poll.future)
                del self._polls[name]
        if now_s - self._polled_at_s >= POLL_PERIOD_S:
            self._polled_at_s = now_s
            for name, client in self._get.items():
                if name not in self._polls and client.service_is_ready():
                    self._polls[name] = _Poll(now_s, client.call_async(GetState.Request()))
        return answered

    def is_there(self, name: str) -> bool:
        """Whether the node's services are known on the network."""
        return self._change[name].service_is_ready()

    def deactivate_and_wait(self, name: str, runs: Callable[[], bool | None]) -> None:
        """Deactivate one node before this process ends; gives up soon, and when its process ``runs`` no more."""
        client = self._change[name]
        if not client.service_is_ready() or self._node.executor is None:
            return
        transition = TransitionMessage(id=TransitionMessage.TRANSITION_DEACTIVATE)
        deadline_s = time.monotonic() + GOODBYE_TIMEOUT_S
        while client.service_is_ready() and runs() is not False and time.monotonic() < deadline_s:
            # Asked again, since a request to a node that was discovered a moment ago may be lost.
            future = client.call_async(ChangeState.Request(transition=transition))
            self._node.executor.spin_until_future_complete(future, timeout_sec=GOODBYE_RETRY_S)
            if future.done():
                return
            client.remove_pending_request(future)
