"""Base class of all managed nodes: transitions that report their errors, heartbeat, parameters, diagnostics."""

import sys
import traceback
from collections.abc import Callable

from lifecycle_msgs.msg import State
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from touchloop.arm_names import in_arm
from touchloop.errors import InputError
from touchloop_nodes import spinning
from touchloop_nodes.diagnostics import Diagnosis, Diagnostics
from touchloop_nodes.heartbeat import Heartbeat
from touchloop_nodes.parameters import Parameters


class ManagedNode(LifecycleNode):
    """A lifecycle node whose transitions cannot fail silently.

    Subclasses declare their parameters in ``__init__`` with ``self.parameters.declare(...)`` and override the
    ``on_..._checked`` methods. Raise InputError there for what a user can mend (logged as one line), anything else is
    logged with its traceback. After an error in any transition the node releases everything and is unconfigured.

    Attributes:
        stop: ask the process to end with ``stop.request(code)``.
        lockstep: whether simulated time waits for this node; then no heartbeat and no diagnostics are sent, because
            both carry wall time.
        arm: last part of the node's namespace where the stack has several arms and this node serves one; else empty.
        in_transition: whether a transition runs now.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stop = spinning.Stop()
        self.in_transition = False
        self.parameters = Parameters(self, locked=lambda: self.state_id != State.PRIMARY_STATE_UNCONFIGURED)
        self.lockstep: bool = self.parameters.declare(
            "lockstep", False, "Simulated time waits for the nodes; no heartbeat, no diagnostics.", read_only=True
        )
        self.arm: str = self.parameters.declare(
            "arm", "", "Arm that the node serves, in a stack of several; its namespace ends in it.", read_only=True
        )
        self._heartbeat: Heartbeat | None = None
        if self.lockstep:
            return
        own_name = in_arm(self.arm, self.get_name())
        topic = self.shared("heartbeat")
        self._heartbeat = Heartbeat(self, own_name, topic, lambda: self.state_id, self._end_deaf)
        self._heartbeat.start()
        self._diagnostics = Diagnostics(self, lambda: self.diagnose())

    def _end_deaf(self, fault: str) -> None:
        self.get_logger().fatal(f"hears no more: {fault}; ends, to be started again")
        self.stop.request(1)

    @property
    def state_id(self) -> int:
        """The lifecycle state, as in lifecycle_msgs/State. rclpy offers no public way to read it."""
        return self._state_machine.current_state[0]

    @property
    def active(self) -> bool:
        """Whether the node is in the primary state active."""
        return self.state_id == State.PRIMARY_STATE_ACTIVE

    def shared(self, name: str) -> str:
        """Name of a topic that all arms of the stack share, seen from this node.

        Raises:
            InputError: the node's namespace is not that of its arm.
        """
        above, _, last = self.get_namespace().rpartition("/")
        if self.arm and last != self.arm:
            raise InputError(f"{self.get_name()}: arm is '{self.arm}', but the namespace is '{self.get_namespace()}'")
        return f"{above}/{name}" if self.arm else name

    def on_configure_checked(self) -> None:
        """Read parameters, load files, make publishers and subscriptions."""

    def on_activate_checked(self) -> None:
        """Begin to work."""

    def on_deactivate_checked(self) -> None:
        """Stop working; send a safe command. Everything stays loaded."""

    def on_cleanup_checked(self) -> None:
        """Release what configure made. Also called after errors, so it must bear half-made resources."""

    def diagnose(self) -> Diagnosis:
        """What to publish on ``/diagnostics``; called once a second in every state."""
        return Diagnosis()

    def close(self) -> None:
        """Deactivate and clean up before the process ends."""
        if self.state_id == State.PRIMARY_STATE_ACTIVE:
            self.trigger_deactivate()
        if self.state_id == State.PRIMARY_STATE_INACTIVE:
            self.trigger_cleanup()
        if self._heartbeat is not None:
            self._heartbeat.stop()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Configure, unless a parameter is unknown."""

        def configure() -> None:
            self.parameters.refuse_unknown()
            self.on_configure_checked()

        return self._checked("configure", state, configure, super().on_configure)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Enable the lifecycle publishers, then begin to work."""
        return self._checked("activate", state, lambda: None, super().on_activate, self.on_activate_checked)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop working, then disable the lifecycle publishers."""
        return self._checked("deactivate", state, self.on_deactivate_checked, super().on_deactivate)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release what configure made."""
        return self._checked("clean up", state, self.on_cleanup_checked, super().on_cleanup)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate and clean up as far as needed."""

        def leave() -> None:
            if state.state_id == State.PRIMARY_STATE_ACTIVE:
                self.on_deactivate_checked()
            if state.state_id != State.PRIMARY_STATE_UNCONFIGURED:
                self.on_cleanup_checked()

        return self._checked("shut down", state, leave, super().on_shutdown)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything, so that the node can be configured again."""
        return self._checked("recover from the error", state, self.on_cleanup_checked, super().on_error)

    def _checked(
        self,
        what: str,
        state: LifecycleState,
        before: Callable[[], None],
        of_rclpy: Callable[[LifecycleState], TransitionCallbackReturn],
        after: Callable[[], None] = lambda: None,
    ) -> TransitionCallbackReturn:
        """Run one transition and log what goes wrong; rclpy itself swallows the exception."""
        self._note_transition(True)
        try:
            before()
            result = of_rclpy(state)
            after()
            return result
        except InputError as error:
            self.get_logger().error(f"cannot {what}: {error}")
        except Exception as error:  # noqa: BLE001 a failing transition must not end the process
            self.get_logger().error(f"cannot {what}: {error}\n{traceback.format_exc()}")
        finally:
            self._note_transition(False)
        return TransitionCallbackReturn.ERROR

    def _note_transition(self, in_transition: bool) -> None:
        self.in_transition = in_transition
        if self._heartbeat is not None:
            self._heartbeat.in_transition = in_transition


def run_node(node_class: type[ManagedNode]) -> None:
    """Body of a node's ``main()``: run it until it is told to stop, and exit with its code."""
    sys.exit(spinning.run(node_class))
