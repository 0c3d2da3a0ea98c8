"""A simulated event camera as a node, with the parameters of the real cameras' drivers."""

import numpy as np
from event_camera_msgs.msg import EventPacket as EventPacketMessage
from geometry_msgs.msg import PointStamped
from rclpy.clock import Clock, ClockType
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image

from touchloop.errors import InputError
from touchloop.events.codecs import ENCODINGS
from touchloop.events.places.corridor_light import KINDS
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.simulated_camera import PictureLight, SimulatedCamera
from touchloop.events.simulated_views import LiveCorridor, LiveTexture
from touchloop.events.simulator import EventSimulator
from touchloop_nodes import qos
from touchloop_nodes.diagnostics import OK, WARN, Diagnosis
from touchloop_nodes.event_packets import packet_bytes
from touchloop_nodes.managed_node import ManagedNode, run_node

NS = 1_000_000_000
LONGEST_LAG_S = 0.1
"""A host that is too slow loses simulated time, not memory."""
FRAME_ID = "event_camera"


class EventCamera(ManagedNode):
    """Looks at a drifting texture, or at the pictures of another camera."""

    def __init__(self) -> None:
        super().__init__("event_camera")
        declare = self.parameters.declare
        camera = declare("camera", "davis346", "Which sensor.", choices=tuple(CAMERAS), read_only=True)
        self._camera = CAMERAS[camera]
        limits = self._camera.limits()
        for name, value in self._camera.start_values().items():
            low, high = limits[name]
            declare(name, value, "Bias, with the driver's own name.", minimum=low, maximum=high, live=True)
        declare("width", 0, "Columns, fewer than the sensor's are faster; 0: all.", minimum=0, maximum=4096)
        declare("height", 0, "Rows; 0: all.", minimum=0, maximum=4096)
        default = "libcaer" if camera == "davis346" else "evt3"
        declare("encoding", default, "Of the packets.", choices=ENCODINGS)
        declare("source", "texture", "What it looks at.", choices=("texture", "corridor", "pictures"))
        declare("corridor_light", "medium", "In the corridor.", choices=KINDS)
        declare("corridor_m", 100.0, "Length of the drive.", minimum=10.0, maximum=1000.0)
        declare("visit", 0, "Which drive along the corridor.", minimum=0, maximum=2**31 - 1)
        declare("light_lux", 100.0, "Light on a white pixel.", minimum=0.0, maximum=1e6, live=True)
        declare("speed_px_s", 150.0, "Of the texture.", minimum=-1e5, maximum=1e5, live=True)
        declare("frame_rate_hz", 250.0, "Frames that the pixels see a second.", minimum=10.0, maximum=10000.0)
        declare("packet_rate_hz", 50.0, "Packets a second.", minimum=1.0, maximum=1000.0)
        declare("seed", 0, "Of pixels, noise and texture.", minimum=0, maximum=2**31 - 1)
        self._simulated: SimulatedCamera | None = None
        self._publisher = self._position = self._pictures = self._timer = None
        self._events = self._skipped_ns = 0
        self._fault = ""
        self.add_post_set_parameters_callback(self._on_set)

    def on_configure_checked(self) -> None:
        """Make the pixels."""
        get = self.parameters
        width, height = get["width"] or self._camera.width, get["height"] or self._camera.height
        values = {name: get[name] for name in self._camera.start_values()}
        simulator = EventSimulator(self._camera, get["seed"], width, height, values=values)
        SimulatedCamera.warm_up(simulator, get["encoding"])
        self._simulated = SimulatedCamera(simulator, get["encoding"])
        self._view: LiveTexture | LiveCorridor = LiveTexture(width, height, get["seed"])
        if get["source"] == "corridor":
            drive = (get["visit"], get["corridor_light"], get["corridor_m"])
            self._view = LiveCorridor(width, height, get["seed"], *drive)
        self._period_ns = round(NS / get["frame_rate_hz"])
        self._pictured = PictureLight(width, height, self._period_ns)
        self._sensor_ns = 0
        self._publisher = self.create_publisher(EventPacketMessage, "events", qos.stream(self.lockstep))
        self._view.lux(1.0, 0.0, 0.0)  # Compiles.
        self._position = self.create_publisher(PointStamped, "position", qos.stream(self.lockstep))

    def on_activate_checked(self) -> None:
        """Begin to look."""
        self._due_ns = self.get_clock().now().nanoseconds
        if self.parameters["source"] == "pictures":
            profile = qos.stream_input(self.lockstep)
            self._pictures = self.create_subscription(Image, "image_raw", self._on_picture, profile)
        else:
            steady = Clock(clock_type=ClockType.STEADY_TIME)
            self._timer = self.create_timer(1.0 / self.parameters["packet_rate_hz"], self._drift, clock=steady)

    def on_deactivate_checked(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self.destroy_timer(self._timer)
        if self._pictures is not None:
            self.destroy_subscription(self._pictures)
        self._timer = self._pictures = None

    def on_cleanup_checked(self) -> None:
        """Forget the pixels."""
        self.on_deactivate_checked()
        if self._publisher is not None:
            self.destroy_publisher(self._publisher)
            self.destroy_publisher(self._position)
        self._publisher = self._position = self._simulated = None

    def diagnose(self) -> Diagnosis:
        """Events sent and lost, simulated time lost."""
        if self._simulated is None:
            return Diagnosis(OK, "not active")
        values = {"events": self._events, "dropped_events": self._simulated.simulator.dropped}
        values |= {"skipped_s": self._skipped_ns * 1e-9} | self._simulated.simulator.values
        late = self._fault or ("this host is too slow; simulated time is skipped" if self._skipped_ns else "")
        return Diagnosis(WARN if late else OK, late or "looking", values)

    def _drift(self) -> None:
        """Simulates the frames that are due on the node's clock, and sends them as a packet."""
        now_ns = self.get_clock().now().nanoseconds
        if now_ns < self._due_ns - NS:
            self._due_ns = now_ns  # The clock jumped back.
        lag_ns = now_ns - self._due_ns - round(LONGEST_LAG_S * NS)
        if lag_ns > 0:
            self._skipped_ns += lag_ns
            self._due_ns += lag_ns
        stamp_ns, get = self._due_ns, self.parameters
        while self._due_ns + self._period_ns <= now_ns:
            self._due_ns += self._period_ns
            self._sensor_ns += self._period_ns
            lux = self._view.lux(get["light_lux"], get["speed_px_s"], self._period_ns * 1e-9)
            self._simulated.look(lux, self._sensor_ns)
        self._send(stamp_ns)
        if self._view.position_m is not None:
            message = PointStamped()
            message.header.frame_id = "corridor"
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(self._due_ns, NS)
            message.point.x = self._view.position_m
            self._position.publish(message)

    def _on_picture(self, message: Image) -> None:
        if self._pictures is None:
            return
        stamp_ns = message.header.stamp.sec * NS + message.header.stamp.nanosec
        channels = {"mono8": 1, "rgb8": 3, "bgr8": 3}.get(message.encoding)
        if channels is None:
            self._fault = f"pictures in encoding '{message.encoding}'; expected mono8, rgb8 or bgr8"
            return
        rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
        picture = rows[:, : message.width * channels].reshape(message.height, message.width, channels)
        if message.encoding == "bgr8":
            picture = picture[..., ::-1]
        picture = picture[..., 0] if channels == 1 else picture
        for frame_ns, lux in self._pictured.frames(picture, stamp_ns, self.parameters["light_lux"]):
            self._sensor_ns = max(self._sensor_ns + 1000, frame_ns)
            self._simulated.look(lux, self._sensor_ns)
        self._send(stamp_ns)

    def _send(self, stamp_ns: int) -> None:
        packet = self._simulated.packet(stamp_ns)
        self._events += self._simulated.last_count
        self._publisher.publish(packet_bytes(packet, FRAME_ID))

    def _on_set(self, parameters: list[Parameter]) -> None:
        """Applied after the set, as by the real drivers."""
        known = self._camera.start_values()
        changes = {p.name: p.value for p in parameters if p.name in known}
        if changes and self._simulated is not None:
            try:
                self._simulated.simulator.set_biases(changes)
            except InputError as error:
                self.get_logger().error(str(error))


def main() -> None:
    """Run the node."""
    run_node(EventCamera)


if __name__ == "__main__":
    main()
