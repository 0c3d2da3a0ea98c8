"""A process that the bag tests start: `bag_peer.py ROLE JSON-OPTIONS`; it runs until it is terminated."""

import json
import sys
import threading

from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from std_msgs.msg import String
from std_srvs.srv import Trigger

from touchloop_nodes import spinning


def latched():
    return QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def best_effort():
    return QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)


class Peer(Node):
    """Base: a node that ends on SIGTERM."""

    def __init__(self, **options):
        super().__init__("peer")
        self.stop = spinning.Stop()
        self.options = options
        self.begin()
        print("ready", flush=True)

    def begin(self):
        raise NotImplementedError

    def close(self):
        pass


class Sensors(Peer):
    """Wrenches at 250 Hz with a counter in force.x, pictures at 10 Hz, a latched text, a best-effort text."""

    def begin(self):
        self.count = 0
        topics = [f"/wrench_{index}" for index in range(self.options.get("wrenches", 2))]
        self.wrenches = [self.create_publisher(WrenchStamped, topic, 10) for topic in topics]
        self.picture = self.create_publisher(Image, "/camera/image_raw", 10)
        self.picture_message = Image(height=240, width=320, encoding="rgb8", step=960, data=bytes(240 * 960))
        self.latched = self.create_publisher(String, "/robot_description", latched())
        self.latched.publish(String(data="<robot/>"))
        self.loose = self.create_publisher(String, "/loose", best_effort())
        self.create_timer(0.004, self.tick)

    def tick(self):
        message = WrenchStamped()
        message.header.stamp = self.get_clock().now().to_msg()
        message.wrench.force.x = float(self.count)
        for publisher in self.wrenches:
            publisher.publish(message)
        if self.count % 25 == 0:
            self.picture.publish(self.picture_message)
            self.loose.publish(String(data=str(self.count)))
        self.count += 1


class TwoTypes(Peer):
    """Publishes strings on a topic, or clocks on the same one."""

    def begin(self):
        kind = {"string": String, "clock": Clock}[self.options["type"]]
        self.publisher = self.create_publisher(kind, "/disputed", 10)
        self.create_timer(0.02, lambda: self.publisher.publish(kind()))


class Answerer(Peer):
    """Answers each clock with a pose that carries its stamp and what the newest wrench said, unless mute."""

    def begin(self):
        self.force_n = 0.0
        self.publisher = self.create_publisher(PoseStamped, "/target_pose", 1)
        self.create_subscription(WrenchStamped, "/wrench", self.feel, 10)
        self.create_subscription(Clock, "/clock", self.answer, 10)

    def feel(self, message):
        self.force_n = message.wrench.force.x

    def answer(self, message):
        if self.options.get("mute"):
            return
        pose = PoseStamped()
        pose.header.stamp = message.clock
        pose.pose.position.x = self.force_n
        self.publisher.publish(pose)


class Caller(Peer):
    """Calls services of std_srvs/Trigger given on the standard input, one a line; prints the answers."""

    def begin(self):
        self.handles = {}
        for name in self.options["services"]:
            self.handles[name] = self.create_client(Trigger, name)
            if not self.handles[name].wait_for_service(20.0):
                raise SystemExit(f"no service {name}")

        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in sys.stdin:
            future = self.handles[line.strip()].call_async(Trigger.Request())
            future.add_done_callback(lambda done: print(json.dumps(done.result().success), flush=True))


if __name__ == "__main__":
    role, options = sys.argv[1], json.loads(sys.argv[2])
    roles = {kind.__name__: kind for kind in (Sensors, TwoTypes, Answerer, Caller)}
    sys.exit(spinning.run(lambda: roles[role](**options)))
