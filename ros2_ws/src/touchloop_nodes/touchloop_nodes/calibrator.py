"""Captures what a calibration needs, with a person at this terminal, and ends: `touchloop calibrate` starts it."""

import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rosgraph_msgs.msg import Clock as ClockMessage

from touchloop.calibration.capture import write_pictures, write_streams, write_touches
from touchloop.calibration.driver_log import DriverLog
from touchloop.calibration.still import rests, touch_sample, touch_samples
from touchloop.calibration.tour import pose_tour, read_poses, step_tour, tilt_tour
from touchloop.errors import InputError
from touchloop_nodes import qos, spinning
from touchloop_nodes.calibrator_arm import MOST_CHANGE_N, CalibratorArm
from touchloop_nodes.calibrator_camera import CalibratorCamera
from touchloop_nodes.cdr import stamp_of
from touchloop_nodes.parameters import Parameters
from touchloop_nodes.robot_parameters import declare_robot, robot_of
from touchloop_nodes.wire_messages import KINDS, read_wire

VERBS = ("tool", "bias", "hand-eye", "latency")
LOOK_PERIOD_S = 0.05
SILENT_S = 10.0
STILL_S = 1.0
PICTURE_AFTER_S = 1.2


class Calibrator(Node):
    """A plain node that ends by itself: 0 with a capture in its folder, 2 when there is none, and it said why."""

    def __init__(self) -> None:
        # In the fast controller's place, so that supervisor and adapter obey it.
        super().__init__("calibrator")
        self.stop = spinning.Stop()
        self.parameters = Parameters(self)
        declare_robot(self.parameters)
        declare = self.parameters.declare
        self._what = declare("what", "tool", "What is calibrated.", choices=VERBS)
        arm = declare("arm", "", "Arm, of a robot of several.")
        self._folder = Path(declare("folder", "runs/calibrate", "Where the capture goes."))
        self._poses = declare("poses", "", "tilts, or a YAML file: the arm moves itself.")
        self._count = declare("count", 8, "Poses, pictures or steps.", minimum=1, maximum=200)
        self._step = declare("step_m", 0.005, "Length of a step.", minimum=0.001, maximum=0.02)
        self._axis = declare("axis", "z", "Of a step, in base.", choices=("x", "y", "z"))
        camera = declare("camera", "", "Whose pictures are taken: its name, or a topic's beginning.")
        self.parameters.refuse_unknown()
        config, urdf = robot_of(self.parameters, arm)
        self._simulated = self.get_parameter("use_sim_time").value
        self._log = DriverLog(config, urdf)
        for name, (topic, kind) in self._log.topics.items():
            self.create_subscription(
                KINDS[kind], topic, partial(self._hear, name, kind), qos.stream_input(False, 100), raw=True
            )
        if self._simulated:
            self.create_subscription(ClockMessage, "/clock", self._hear_clock, qos.stream_input(False, 100), raw=True)
        self._camera = CalibratorCamera(self, camera if "/" in camera else f"camera/{camera}") if camera else None
        self._moves = bool(self._poses) or self._what == "latency"
        if self._poses not in ("", "tilts"):
            self._read = read_poses(Path(self._poses))
        above = self.get_namespace().rpartition("/")[0]
        self._arm = CalibratorArm(self, arm, f"{above}/heartbeat" if arm else "heartbeat") if self._moves else None
        self._entered, self._ready, self._began_s = threading.Event(), False, time.monotonic()
        self._samples, self._views, self._taken = [], [], -1
        threading.Thread(target=self._read_lines, daemon=True).start()
        self.create_timer(LOOK_PERIOD_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Lets go of the arm."""
        if self._arm is not None:
            self._arm.close()

    def _hear(self, name: str, kind: type, data: bytes) -> None:
        # Simulated stamps are compared with this machine's steady clock, whose rate and offset are found afterwards.
        arrival_ns = time.monotonic_ns() if self._simulated else self.get_clock().now().nanoseconds
        try:
            self._log.hear(name, read_wire(kind, data), arrival_ns)
        except ValueError as error:
            self._log.faults[name] = str(error)

    def _hear_clock(self, data: bytes) -> None:
        self._log.clock.add(time.monotonic_ns(), stamp_of(data), np.zeros(0))

    def _read_lines(self) -> None:
        for _ in sys.stdin:
            self._entered.set()

    def _look(self) -> None:
        try:
            if not self._ready:
                self._wait_for_streams()
            elif self._moves:
                self._follow()
            elif self._entered.is_set():
                self._entered.clear()
                self._take()
        except InputError as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            self.stop.request(2)

    def _wait_for_streams(self) -> None:
        needed = {"joint_states", "tcp_pose", "wrench"} - (
            {"wrench"} if self._what in ("hand-eye", "latency") else set()
        )
        silent = [self._name(name) for name in sorted(needed) if not len(self._log.logs[name])]
        if self._camera is not None and self._camera.newest(2.0) is None:
            silent.append(f"{self._camera.topic} ({self._camera.problem})")
        if self._arm is not None and self._arm.where is None:
            silent.append("tcp_pose of arm_adapter; run `touchloop launch calibrate.launch.xml robot:=NAME`")
        if not silent:
            self._ready = True
            self._prompt()
        elif time.monotonic() - self._began_s > SILENT_S:
            raise InputError(f"nothing usable comes on {', '.join(silent)}")

    def _name(self, stream: str) -> str:
        topic = self._log.topics[stream][0] if stream in self._log.topics else stream
        fault = self._log.faults.get(stream, "")
        return f"{topic} ({fault})" if fault else topic

    def _prompt(self) -> None:
        if self._what == "latency":
            text = f"THE ARM WILL MOVE by {1e3 * self._step:g} mm along {self._axis}, {self._count} times."
        elif self._moves:
            text = f"THE ARM WILL MOVE through {self._poses}."
        else:
            done = len(self._samples) + len(self._views)
            text = f"Pose {done + 1} of {self._count}: bring the tool there, let go, wait."
        print(f"{text} Nothing may touch the tool. Press Enter.", flush=True)

    def _take(self) -> None:
        """A person says that the arm rests."""
        if len(self._log.logs["tcp_pose"]) < 10:
            raise InputError("tcp_pose fell silent")
        pose, wrench = (self._log.logs[name].stream() for name in ("tcp_pose", "wrench"))
        begin = pose.times_s[-1] - STILL_S
        if not any(end >= pose.times_s[-1] - 0.2 and end - start >= 0.6 for start, end in rests(pose)[-1:]):
            print("The arm moves; wait until it rests, then press Enter.", flush=True)
            return
        poses = pose.values[pose.times_s >= begin]
        if self._camera is None:
            wrenches = wrench.values[wrench.times_s >= begin]
            self._samples.append(touch_sample(f"pose {len(self._samples) + 1}", poses, wrenches))
        elif (picture := self._camera.newest(0.5)) is None:
            raise InputError(f"{self._camera.topic} fell silent")
        else:
            tcp = touch_sample("", poses, np.zeros((1, 6))).tcp_in_base
            self._views.append((picture, self._log.tip_in_base(tcp)))
        if len(self._samples) + len(self._views) >= self._count:
            self._save()
        else:
            self._prompt()

    def _follow(self) -> None:
        """The arm goes by itself."""
        arm = self._arm
        if self._entered.is_set():
            self._entered.clear()
            start = arm.where
            if self._what == "latency":
                tour = step_tour(start, self._axis, self._step, self._count)
            elif self._poses == "tilts":
                tour = tilt_tour(start, self._count)
            else:
                tour = pose_tour(start, self._read)
            print(f"It takes {tour.duration_s:.0f} s; Ctrl-C or the emergency stop ends it.", flush=True)
            arm.begin(tour)
        if not arm.problem and self._what == "latency" and arm.change_n > MOST_CHANGE_N:
            arm.problem = f"the force changed by {arm.change_n:.1f} N: the tool touches something"
        if arm.problem:
            raise InputError(arm.problem)
        leg, rested_s = arm.reached()
        if self._camera is not None and leg > self._taken and rested_s > PICTURE_AFTER_S:
            if (picture := self._camera.newest(0.5)) is None:
                raise InputError(f"{self._camera.topic} fell silent")
            self._views.append((picture, self._log.tip_in_base(self._log.tcp_in_base)))
            self._taken = leg
        if arm.done:
            self._save()

    def _save(self) -> None:
        if self._what == "latency":
            write_streams(self._folder, self._log.streams(self._simulated))
        elif self._camera is not None:
            write_pictures(self._folder, self._views, self._camera.info)
        else:
            logs = self._log.logs
            samples = self._samples or touch_samples(logs["tcp_pose"].stream(), logs["wrench"].stream())
            write_touches(self._folder, samples)
        print(f"captured in {self._folder}", flush=True)
        self.stop.request()


def main() -> None:
    """Run the node."""
    sys.exit(spinning.run(Calibrator))


if __name__ == "__main__":
    main()
