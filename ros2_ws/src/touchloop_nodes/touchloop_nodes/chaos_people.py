"""What a person does in a chaos run: begins episodes, resets stops, starts the arm, and knows the nodes' processes."""

import contextlib
import os
import signal
import time
from typing import Any

from lifecycle_msgs.msg import State
from rclpy.node import Node
from std_srvs.srv import Trigger
from touchloop_msgs.msg import Heartbeat, Hold
from touchloop_msgs.srv import ResetWorld

from touchloop.chaos.catalogue import NODES
from touchloop.chaos.topics import MANAGER, SENT, SUPERVISOR
from touchloop_nodes import qos

ASK_AGAIN_S = 1.0
STOPPED_NODE_S = 2.0


class Services:
    """Asks without waiting; a client that gets no answer is made anew, since it may hang on a dead process."""

    def __init__(self, node: Node) -> None:
        self._node = node
        kinds = {"reset": Trigger, "start": Trigger}
        self._kinds: dict[str, Any] = {f"{SUPERVISOR}/{name}": kind for name, kind in kinds.items()}
        self._kinds["pybullet_world/reset"] = ResetWorld
        self._clients = {name: node.create_client(kind, name) for name, kind in self._kinds.items()}
        self._asked: dict[str, tuple[float, Any]] = {}

    def ask(self, name: str, request: Any, now_s: float) -> Any:
        """The answer, once it is there; None until then."""
        asked = self._asked.get(name)
        if asked is not None and asked[1].done():
            del self._asked[name]
            return asked[1].result()
        if asked is not None and now_s - asked[0] > ASK_AGAIN_S:
            self._node.destroy_client(self._clients[name])
            self._clients[name] = self._node.create_client(self._kinds[name], name)
            asked = self._asked.pop(name, None) and None
        if asked is None and self._clients[name].service_is_ready():
            self._asked[name] = (now_s, self._clients[name].call_async(request))
        return None


class Nodes:
    """Process and lifecycle state of each node, heard before the line."""

    def __init__(self, node: Node) -> None:
        self.pids: dict[str, int] = {}
        self.states: dict[str, int] = {}
        self.heard_s: dict[str, float] = {}
        self.hold, self.reason = True, "not heard yet"
        node.create_subscription(Heartbeat, f"/{SENT}heartbeat", self._hear, 100)
        # The supervisor speaks behind the line, since it also listens there.
        node.create_subscription(Heartbeat, "heartbeat", self._hear_supervisor, 100)
        node.create_subscription(Hold, f"/{SENT}hold", self._hear_hold, qos.command(False))

    @property
    def whole(self) -> bool:
        """Whether the manager says that all is well."""
        return not self.hold and time.monotonic() - self.heard_s.get(MANAGER, -1e9) < STOPPED_NODE_S

    def is_active(self, name: str) -> bool:
        """Whether a node works."""
        return name == MANAGER or self.states.get(name) == State.PRIMARY_STATE_ACTIVE

    def missing(self) -> list[str]:
        """Names of nodes that do not work or were not heard lately."""
        now_s = time.monotonic()
        silent = {name for name in NODES if now_s - self.heard_s.get(name, -1e9) > STOPPED_NODE_S}
        return [name for name in NODES if name in silent or not self.is_active(name)]

    def interrupt(self, name: str) -> None:
        """Asks a node's process to end; it is started again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pids[name], signal.SIGINT)

    def _hear(self, message: Heartbeat) -> None:
        self._note(message.node, message.process_id)
        self.states[message.node] = message.lifecycle_state

    def _hear_supervisor(self, message: Heartbeat) -> None:
        if message.node == SUPERVISOR:
            self._hear(message)

    def _hear_hold(self, message: Hold) -> None:
        self._note(MANAGER, message.process_id)
        self.hold, self.reason = message.hold, message.reason

    def _note(self, name: str, pid: int) -> None:
        self.pids[name], self.heard_s[name] = pid, time.monotonic()
