"""The fast controller in lock-step: a tick whenever its inputs are complete. No thread, no clock."""

from touchloop.control.fast_controller import FastController
from touchloop.control.lockstep import LockstepOrder, LockstepRates, Tick
from touchloop_nodes.controller_inputs import EPISODE, MARKERS, PLAN, TCP_POSE, WRENCH, ControllerInputs
from touchloop_nodes.controller_outputs import ControllerOutputs

STATE_TICKS = 5


class LockstepController:
    """Steps ``controller`` when a tick is complete and publishes the result with the tick's stamp.

    All methods are to be called from one thread.
    """

    def __init__(
        self, controller: FastController, inputs: ControllerInputs, outputs: ControllerOutputs, rates: LockstepRates
    ) -> None:
        self._controller, self._inputs, self._outputs = controller, inputs, outputs
        self._order = LockstepOrder(rates)
        self._add = {
            WRENCH: self._order.add_wrench,
            TCP_POSE: self._order.add_tcp_pose,
            MARKERS: self._order.add_markers,
        }
        self._bias_sent = False
        self._connected = False
        self._tick = 0
        self.refusal = ""

    def close(self) -> None:
        """Nothing to end."""

    @property
    def waits_for(self) -> str:
        """What the next tick lacks."""
        return self._order.waits_for

    def receive(self, topic: str, data: bytes) -> None:
        """A message arrived."""
        sample = self._inputs.parse(topic, data)
        if sample is None:
            return
        if topic == PLAN:
            self._order.add_plan(sample.value)
        elif topic == EPISODE:
            self._order.add_episode(sample.stamp_ns)
        else:
            self._add[topic](sample.stamp_ns, sample.value)
        self.check()

    def check(self) -> None:
        """Does the next tick if it is complete; the first one also waits until everybody receives."""
        self._connected = self._connected or self._outputs.all_matched()
        if not self._connected:
            return
        tick = self._order.next_tick()
        if tick is not None:
            self._step(tick)

    def _step(self, tick: Tick) -> None:
        controller, outputs, stamp_ns = self._controller, self._outputs, tick.stamp_ns
        if tick.new_episode or tick.unknown_past:
            controller.reset(in_air=tick.new_episode)
            self._bias_sent, self._tick = False, 0
        controller.observe_wrench(stamp_ns, tick.wrench)
        controller.observe_tcp_pose(stamp_ns, tick.tcp_in_base)
        if tick.markers is not None:
            controller.observe_markers(stamp_ns, tick.markers)
        if tick.plan is not None:
            self.refusal = controller.accept_plan(tick.plan, stamp_ns)
        if controller.tared and not self._bias_sent:
            self._bias_sent = True
            outputs.bias(stamp_ns, controller.wrench_bias)
        command = controller.step(stamp_ns)
        if self._tick % STATE_TICKS == 0:
            reason = "; ".join(text for text in (command.reason, command.reason and self.refusal) if text)
            outputs.state(stamp_ns, command, reason, self._tick, 0.0, 0)
        self._tick += 1
        outputs.target(stamp_ns, command)
