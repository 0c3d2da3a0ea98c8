"""The simulated world as a node: sensors out, target pose in, services to reset, perturb, pause and step."""

import gc
import os
import threading
import time
from functools import partial

from geometry_msgs.msg import PoseStamped
from rclpy.clock import Clock, ClockType
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState

from touchloop.arm_names import in_arm
from touchloop.errors import InputError
from touchloop.sim.camera_process import CameraProcess
from touchloop.sim.cameras import SCENE_CAMERA
from touchloop.sim.world import PERIOD_NS, PERIOD_S
from touchloop.tasks.perturbation import NAMES
from touchloop.tasks.registry import TASKS
from touchloop.tasks.session import Session
from touchloop_nodes import qos
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.matching import Peers, other_publishers
from touchloop_nodes.owned_input import ANYBODY, OwnedInput
from touchloop_nodes.seldom_clock import SeldomClock
from touchloop_nodes.world_free import FreeRunningWorld
from touchloop_nodes.world_lockstep import LockstepWorld
from touchloop_nodes.world_services import RunningWorld, WorldServices
from touchloop_nodes.world_streams import CLOCK_TOPIC, TCP_TOPIC, WorldStreams

DISCOVERY_S = 1.0
"""A node this old knows of everybody else on this machine."""
CHECK_PERIOD_S = 0.05
OWNER_PERIOD_S = 0.1
TARGET_DEPTH = 16


class PyBulletWorld(ManagedNode):
    """Owns the simulation and ``/clock``; see ARCHITECTURE.md for its topics and its two ways to run."""

    def __init__(self) -> None:
        super().__init__("pybullet_world")
        self._seldom_clock = SeldomClock(self)
        self._born_s = time.monotonic()
        declare = self.parameters.declare
        declare("task", "wipe", "What is to be done in the world.", choices=tuple(TASKS))
        declare("seed", 1000, "Seed of the episode that starts by itself.", minimum=0)
        declare("perturb", "none", "What disturbs that episode.", choices=NAMES)
        declare("start_episode", False, "Start an episode when activated, instead of waiting for ~/reset.")
        declare("drive", "pose", "What moves an arm: target_pose or target_joints.", choices=("pose", "joints"))
        declare("follows", "", "Node whose targets move an arm; empty: the first who sends; anybody: all that send.")
        declare("gui", False, "Open the simulator's window.")
        declare("scene_camera", True, "Also render the camera that sees all of the cell; policies do not need it.")
        declare("real_time_factor", 1.0, "Simulated seconds a second, unless in lock-step.", minimum=0.1, maximum=10.0)
        declare("control_rate_hz", 250.0, "Rate of the fast loop.", minimum=50.0, maximum=1000.0)
        declare("command_timeout_s", 0.06, "Age of target_pose that freezes the target.", minimum=0.02, maximum=1.0)
        declare("peer_timeout_s", 5.0, "Silence in lock-step before the world complains.", minimum=0.1, maximum=600.0)
        declare("lockstep_peers", [""], "Nodes that lock-step waits for; empty: planner and controllers.")
        self._world: RunningWorld | None = None
        self._session: Session | None = None
        self._cameras: CameraProcess | None = None
        self._streams: WorldStreams | None = None
        self._target_inputs: list = []
        self._owned_inputs: list[OwnedInput] = []
        self._check_timer = None
        self._world_services = WorldServices(self, self._running)

    def on_configure_checked(self) -> None:
        """Make the simulation, its cameras and its publishers."""
        get = self.parameters
        if self.lockstep and get["control_rate_hz"] * PERIOD_S != 1.0:
            raise InputError(f"control_rate_hz is {get['control_rate_hz']:g}; lock-step needs {1 / PERIOD_S:g}")
        if get["gui"] and not os.environ.get("DISPLAY"):
            raise InputError("gui needs a display, but DISPLAY is not set; run with gui:=false")
        self._arms = TASKS[get["task"]].arms
        self._refuse_second_world()
        # Free-running time goes on from the wall clock, so that it does not go back when the world is restarted.
        start_ns = 0 if self.lockstep else time.time_ns() // PERIOD_NS * PERIOD_NS
        careful = get["follows"] != ANYBODY
        self._session = Session(get["task"], get["gui"], start_ns, get["command_timeout_s"], get["drive"], careful)
        self._session.warm_up()
        self._cameras = CameraProcess([SCENE_CAMERA.name] if get["scene_camera"] else [])
        self._streams = WorldStreams(self, self.lockstep, self._session)
        self._streams.publish_fixed(start_ns)
        # What is loaded stays; without it a later collection takes microseconds instead of a tenth of a second.
        gc.collect()
        gc.freeze()

    def on_activate_checked(self) -> None:
        """Let the world run."""
        self._refuse_second_world()
        get, parts = self.parameters, (self._session, self._streams, self._cameras)
        if self.lockstep:
            peers = Peers(self, self._peers(), list(self._streams.publishers.values()))
            self._world = LockstepWorld(*parts, get["peer_timeout_s"], peers.missing, peers.describe, self._news)
            steady = Clock(clock_type=ClockType.STEADY_TIME)
            self._check_timer = self.create_timer(CHECK_PERIOD_S, self._world.check, clock=steady)
        else:
            self._world = FreeRunningWorld(*parts, get["real_time_factor"], self._news)
        self._listen()
        if get["start_episode"]:
            self._world.reset(get["seed"], get["perturb"])

    def _listen(self) -> None:
        """Hears the arms' targets; in lock-step as they come, else when the world looks."""
        get, world = self.parameters, self._world
        kind, topic = (PoseStamped, "target_pose") if get["drive"] == "pose" else (JointState, "target_joints")
        topics = [in_arm(arm, topic) for arm in self._arms]
        if isinstance(world, LockstepWorld):
            profile = qos.command(lockstep=True)
            self._target_inputs = [
                self.create_subscription(kind, name, partial(world.take_target, index), profile, raw=True)
                for index, name in enumerate(topics)
            ]
            return
        profile = QoSProfile(depth=TARGET_DEPTH)
        self._owned_inputs = [OwnedInput(self, kind, name, profile, get["follows"]) for name in topics]
        world.inputs = self._owned_inputs
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._check_timer = self.create_timer(OWNER_PERIOD_S, self._look_who_commands, clock=steady)

    def _look_who_commands(self) -> None:
        for source in self._owned_inputs:
            source.look()

    def on_deactivate_checked(self) -> None:
        """Stop the world where it is."""
        if self._world is not None:
            self._world.close()
            self._world = None
        if self._check_timer is not None:
            self.destroy_timer(self._check_timer)
        for subscription in self._target_inputs:
            self.destroy_subscription(subscription)
        for source in self._owned_inputs:
            source.close()
        self._check_timer, self._target_inputs, self._owned_inputs = None, [], []

    def on_cleanup_checked(self) -> None:
        """Free the simulation."""
        self.on_deactivate_checked()
        for part in (self._streams, self._cameras, self._session):
            if part is not None:
                part.close()
        self._streams = self._cameras = self._session = None

    def diagnose(self) -> Diagnosis:
        """Real-time factor, lateness, refused targets, cameras."""
        if not isinstance(self._world, FreeRunningWorld):
            return Diagnosis(OK, "not active")
        others = other_publishers(self, CLOCK_TOPIC)
        problem = f"{', '.join(others)} also publishes {CLOCK_TOPIC}" if others else self._world.problem
        level = ERROR if others or self._world.failure else WARN if problem else OK
        values = self._world.figures()
        return Diagnosis(level, problem or "running", values)

    def _running(self) -> tuple[Session, RunningWorld]:
        if self._world is None or self._session is None:
            raise InputError(f"{self.get_name()} is not active")
        return self._session, self._world

    def _peers(self) -> dict[str, list[str]]:
        """The nodes that lock-step waits for, with what each of them subscribes to."""
        streams = {arm: [in_arm(arm, TCP_TOPIC), in_arm(arm, "wrench")] for arm in self._arms}
        every = [topic for topics in streams.values() for topic in topics]
        names = [name for name in self.parameters["lockstep_peers"] if name]
        if names:
            return {name: streams.get(name.rpartition("/")[0], every) for name in names}
        return {in_arm(arm, "fast_controller"): topics for arm, topics in streams.items()} | {"slow_planner": every}

    def _refuse_second_world(self) -> None:
        threading.Event().wait(max(0.0, self._born_s + DISCOVERY_S - time.monotonic()))
        for topic in (CLOCK_TOPIC, *(in_arm(arm, TCP_TOPIC) for arm in self._arms)):
            others = other_publishers(self, topic)
            if others:
                raise InputError(
                    f"{', '.join(others)} already publishes {topic}; two worlds on the same topics would fight. "
                    f"Stop the other one, or give this one another ROS_DOMAIN_ID"
                )

    def _news(self, is_error: bool, text: str) -> None:
        # rclpy wants a line of its own for each severity.
        if is_error:
            self.get_logger().error(text)
        else:
            self.get_logger().info(text)
        if isinstance(self._world, FreeRunningWorld) and self._world.failure:
            self.stop.request(1)


def main() -> None:
    """Run the node."""
    run_node(PyBulletWorld)


if __name__ == "__main__":
    main()
