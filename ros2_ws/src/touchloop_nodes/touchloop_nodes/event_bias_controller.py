"""Keeps an event camera's rate in its band by setting the bias parameters of its driver, simulated or real."""

import time

from event_camera_msgs.msg import EventPacket as EventPacketMessage
from rclpy.clock import Clock, ClockType
from touchloop_msgs.msg import BiasState

from touchloop.errors import InputError
from touchloop.events.biasing.controller import CONTROLLERS, band_of, make_controller
from touchloop.events.biasing.session import BiasSession, Look
from touchloop.events.packet import LostPackets
from touchloop.events.packet_counts import PacketCounts
from touchloop.events.sensors.camera import CAMERAS
from touchloop_nodes import qos
from touchloop_nodes.cdr import NS_PER_S
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.driver_parameters import DriverParameters
from touchloop_nodes.event_packets import read_packet
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.polled_input import PolledInput

POLL_PERIOD_S = 0.05
"""A controller looks no more often either."""
QUEUE = 100
"""Packets that wait at most; a driver that sends more between two polls loses some, and they are counted."""
CHECK_EVERY = 2
"""Polls between two looks at the driver's answers."""
TOLD_EVERY = 4
"""Looks between two states that are published where nothing changes."""
SILENCE_S = 0.5
"""Without packets for so long the camera is silent, or gone."""


class EventBiasController(ManagedNode):
    """Counts events, steps the controller on the packets' clock, and waits for the driver to show each change."""

    def __init__(self) -> None:
        super().__init__("event_bias_controller")
        declare = self.parameters.declare
        declare("camera", "davis346", "Which sensor.", choices=tuple(CAMERAS))
        declare("driver_node", "event_camera", "Node whose bias parameters are set.")
        declare("controller", "steady", "Which law.", choices=tuple(CONTROLLERS))
        declare("band_low_hz", 0.0, "Least rate wanted [events/s]; 0: the camera's.", minimum=0.0, maximum=1e9)
        declare("band_high_hz", 0.0, "Greatest rate wanted [events/s]; 0: the camera's.", minimum=0.0, maximum=1e9)
        self._session: BiasSession | None = None
        self._driver: DriverParameters | None = None
        self._timer = self._publisher = None
        self._input: PolledInput | None = None
        self._look: Look | None = None
        self._fault = ""

    def on_configure_checked(self) -> None:
        """Make the controller."""
        get = self.parameters
        camera = CAMERAS[get["camera"]]
        low, high = band_of(camera)
        self._band_hz = (get["band_low_hz"] or low, get["band_high_hz"] or high)
        self._controller = make_controller(get["controller"], camera, self._band_hz)
        BiasSession.warm_up(self._controller, camera.start_values())
        PacketCounts.warm_up()
        self._publisher = self.create_publisher(BiasState, "bias_state", 10)
        self._driver = DriverParameters(self, get["driver_node"], camera.start_values())
        # The first word of a node loads much; here no packets wait for it.
        low, high = (f"{hz / 1e6:g}" for hz in self._band_hz)
        self.get_logger().info(f"keeps {get['driver_node']} between {low} and {high} Mev/s")

    def on_activate_checked(self) -> None:
        """Begin to watch and to set."""
        self._session, self._counts, self._lost = BiasSession(self._controller), PacketCounts(), LostPackets()
        self._look, self._fault, self._changes, self._looks = None, "", 0, 0
        self._heard_at_s, self._newest_ns, self._newest_at_s = time.monotonic(), 0, 0.0
        self._polls = 0
        self._input = PolledInput(self, EventPacketMessage, "events", qos.stream_input(self.lockstep, QUEUE))
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = self.create_timer(POLL_PERIOD_S, self._poll, clock=steady)

    def on_deactivate_checked(self) -> None:
        """Leave the biases as they are."""
        if self._timer is not None:
            self.destroy_timer(self._timer)
        if self._input is not None:
            self._input.close()
        self._timer = self._input = self._session = None

    def on_cleanup_checked(self) -> None:
        """Forget the driver."""
        self.on_deactivate_checked()
        if self._driver is not None:
            self._driver.close()
        if self._publisher is not None:
            self.destroy_publisher(self._publisher)
        self._driver = self._publisher = None

    def diagnose(self) -> Diagnosis:
        """Rate, state, losses, and what keeps it from working."""
        if self._session is None or self._driver is None:
            return Diagnosis(OK, "not active")
        look, values = self._look, {"changes": self._changes, "refused": self._driver.refusals}
        values |= {"lost_packets": self._lost.count, "damaged_packets": self._counts.damaged}
        if look is not None:
            values |= {"rate_hz": look.rate.rate_hz, "on_share": look.rate.on_share, "state": look.command.state}
            values |= {"reason": look.command.reason}
        values |= self._driver.values
        if problem := self._fault or self._driver.problem:
            return Diagnosis(ERROR, f"{problem}; biases stay as they are", values)
        if self._silent and not (self._newest_ns and self._driver.alive_at_s > self._heard_at_s):
            return Diagnosis(ERROR, "no packets of events; biases stay as they are", values)
        missing = f"the driver has no {', '.join(self._driver.missing)}" if self._driver.missing else ""
        return Diagnosis(WARN if missing else OK, missing or "keeping the rate", values)

    @property
    def _silent(self) -> bool:
        return time.monotonic() - self._heard_at_s > SILENCE_S

    def _poll(self) -> None:
        if self._input is None:
            return
        for data in self._input.take():
            self._on_packet(data)
        self._polls += 1
        if self._polls % CHECK_EVERY == 0:
            self._check()

    def _on_packet(self, data: memoryview) -> None:
        self._heard_at_s = self._newest_at_s = time.monotonic()
        try:
            packet = read_packet(data)
            self._session.meter.add_counts(packet.stamp_ns, *self._counts.count(packet))
        except (ValueError, InputError) as error:
            self._fault = str(error)
            self._counts.damaged += 1
            return
        self._fault = ""
        self._lost.see(packet.sequence)
        self._newest_ns = packet.stamp_ns
        self._step(packet.stamp_ns)

    def _check(self) -> None:
        self._driver.refresh(urgent=self._silent)
        # A still scene may give no packets at all; a camera that is gone gives none either, and no answer.
        if self._newest_ns and self._silent and self._driver.alive_at_s > self._heard_at_s:
            elapsed_s = time.monotonic() - self._newest_at_s
            self._newest_at_s += elapsed_s
            self._newest_ns += round(elapsed_s * NS_PER_S)
            self._step(self._newest_ns)

    def _step(self, stamp_ns: int) -> None:
        if not self._session.due(stamp_ns) or not self._driver.ready:
            return
        self._look = look = self._session.step(stamp_ns, dict(self._driver.values))
        changes = look.command.changes
        if changes:
            self._changes += 1
            self._driver.set(changes)
            self.get_logger().info(f"{look.command.reason}: {changes}")
        self._looks += 1
        if changes or self._looks % TOLD_EVERY == 0:
            self._tell(stamp_ns, look)

    def _tell(self, stamp_ns: int, look: Look) -> None:
        changes = look.command.changes
        message = BiasState(rate_hz=look.rate.rate_hz, on_share=look.rate.on_share, state=look.command.state)
        message.stamp.sec, message.stamp.nanosec = divmod(stamp_ns, NS_PER_S)
        message.band_low_hz, message.band_high_hz = self._band_hz
        message.reason = look.command.reason
        message.names, message.values = list(self._driver.values), list(self._driver.values.values())
        message.changed_names, message.changed_values = list(changes), list(changes.values())
        message.lost_packets, message.damaged_packets = self._lost.count, self._counts.damaged
        self._publisher.publish(message)


def main() -> None:
    """Run the node."""
    run_node(EventBiasController)


if __name__ == "__main__":
    main()
