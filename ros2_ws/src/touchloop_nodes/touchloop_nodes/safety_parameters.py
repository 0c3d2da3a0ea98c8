"""Parameters of the safety supervisor's node, and the settings made from them."""

from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError
from touchloop.safety.command_limits import CommandLimits
from touchloop.safety.measured_limits import MeasuredLimits
from touchloop.safety.states import Settings
from touchloop.safety.target_judge import TargetLimits
from touchloop_nodes.parameters import Parameters
from touchloop_nodes.safety_guided import CHOICES

_COMMANDED = {
    "commanded_speed_m_s": (0.35, "Greatest speed of the target."),
    "commanded_acceleration_m_s2": (13.0, "Greatest acceleration of the target; it also brakes with it."),
    "commanded_jerk_m_s3": (6000.0, "Greatest jerk of the target."),
    "commanded_turning_speed_rad_s": (1.2, "Greatest turning speed of the target."),
    "commanded_turning_acceleration_rad_s2": (40.0, "Greatest turning acceleration of the target."),
}
_MEASURED = {
    "force_n": (25.0, "Beyond this contact force the arm stops."),
    "torque_nm": (5.0, "The same for the contact torque."),
    "power_w": (10.0, "The same for the work done on the surroundings a second."),
    "energy_j": (5.0, "The same for kinetic energy and work done within about a second."),
    "speed_m_s": (0.6, "The same for the measured speed."),
    "turning_speed_rad_s": (2.5, "The same for the measured turning speed."),
    "acceleration_m_s2": (25.0, "The same for the measured acceleration."),
    "margin_m": (0.03, "The TCP may be measured so far outside of the workspace."),
    "mass_kg": (5.0, "Effective mass of the arm at the tool."),
}
_TIMES = {
    "stream_timeout_s": (0.06, "tcp_pose, tcp_twist and wrench must be younger than this."),
    "target_timeout_s": (0.06, "target_pose must be younger than this."),
    "target_ahead_s": (0.05, "Its stamp may be this far ahead of the measurements, which have their own latency."),
    "resume_after_s": (0.2, "A hold ends when its cause has been gone for so long."),
    "hold_limit_s": (30.0, "A longer hold becomes a protective stop."),
}
_COMMAND_RATES = {"command_rate_hz": (250.0, "Targets a second that the controller sends.")}


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """What the supervisor's loop needs to know."""

    rate_hz: float
    commanded: CommandLimits
    measured: MeasuredLimits
    supervisor: Settings
    stream_timeout_s: float
    target: TargetLimits
    force_n: float
    """Greatest planned force that is passed on."""
    require_heartbeat: bool
    controller: str
    driver: str
    speed: float
    dry_run: bool


def declare_parameters(parameters: Parameters) -> None:
    """Declares all but those of every managed node."""
    declare = parameters.declare
    declare("rate_hz", 500.0, "Looks so often.", minimum=50.0, maximum=1000.0)
    for name, (value, text) in {**_COMMANDED, **_MEASURED, **_COMMAND_RATES}.items():
        declare(name, value, text, minimum=1e-4, maximum=1e5)
    for name, (value, text) in _TIMES.items():
        declare(name, value, text, minimum=0.002, maximum=3600.0)
    declare("lower_in_base_m", [0.25, -0.35, 0.12], "Lower corner of the workspace.", check=_three)
    declare("upper_in_base_m", [0.75, 0.35, 0.6], "Upper corner of the workspace.", check=_three)
    declare("inset_m", 0.005, "Targets stay so far inside of it, since an arm overshoots.", minimum=0.0, maximum=0.1)
    declare("pose_jump_m", 0.03, "A target this far from the one before is not followed.", minimum=1e-4, maximum=1.0)
    declare("target_lead_m", 0.12, "Nor one this far from where the arm is.", minimum=1e-3, maximum=2.0)
    declare("target_force_n", 15.0, "Greatest planned force that is passed on.", minimum=0.0, maximum=200.0)
    declare("speed", 1.0, "Share of full speed, as 0.1 for a first run.", minimum=0.01, maximum=1.0)
    declare("dry_run", False, "Show what would be sent on safe/shown_pose, and send nothing.")
    declare("auto_start", False, "Start by itself once the checks have passed: for simulation.")
    declare("require_heartbeat", True, "Hold unless the controller's heartbeat is heard.")
    declare("controller", "fast_controller", "Node that owns target_pose, target_wrench and wrench_bias.")
    declare("driver", "", "Node that owns the measurements; empty: the only one that publishes them.")
    declare("partner", "", "Another arm, as right: while one holds, both do; empty: none.")
    watched = ("no", "arm", "arm and table")
    declare("watch_collisions", "no", "What is kept apart by the shapes of robot_description.", choices=watched)
    declare("collision_margin_m", 0.02, "Links that are nearer stop the arm.", minimum=0.0, maximum=0.5)
    declare("table_z_m", 0.0, "Height of the table in the base's frame.", minimum=-5.0, maximum=5.0)
    declare("tool_links", ["tool0"], "Links that may touch the table.")
    declare("rest_force_n", 10.0, "Greatest tared force before motion; 0: not checked.", minimum=0.0, maximum=200.0)
    declare("guided", "no", "Checks before motion that a person takes part in.", choices=CHOICES)
    declare("push_in_base", [0.0, 1.0, 0.0], "Where a person pushes the tool for that.", check=_three)
    declare("stream_rate_hz", 0.0, "Rate that the measurements must have; 0: any.", minimum=0.0, maximum=2000.0)
    declare("latency_limit_s", 0.05, "Greatest age of a measurement when it arrives.", minimum=0.001, maximum=1.0)
    declare("calibrated", "", "Date of the robot's calibration, as 2026-05-31; empty: not checked.")
    declare("robot", "", "Robot's file, whose calibration must not be stale; empty, or simulated time: not checked.")
    declare("calibration_days", 90, "Greatest age of the calibration.", minimum=1, maximum=10000)


def loop_settings(parameters: Parameters) -> LoopSettings:
    """The loop's settings.

    Raises:
        InputError: values that do not fit together.
    """
    get = parameters
    corners = np.array(get["lower_in_base_m"]), np.array(get["upper_in_base_m"])
    commanded = CommandLimits(
        corners[0] + get["inset_m"],
        corners[1] - get["inset_m"],
        **{name.removeprefix("commanded_"): get[name] for name in _COMMANDED},
        period_s=1.0 / get["command_rate_hz"],
    ).slowed(get["speed"])
    measured = MeasuredLimits(
        **{name: get[name] for name in _MEASURED}, lower_in_base=corners[0], upper_in_base=corners[1]
    )
    if measured.speed_m_s < commanded.speed_m_s:
        raise InputError(
            f"speed_m_s is {measured.speed_m_s:g}: the arm would be stopped for what is commanded; "
            f"it must be above commanded_speed_m_s, {commanded.speed_m_s:g}"
        )
    names = ("stream_timeout_s", "require_heartbeat", "controller", "driver", "speed", "dry_run")
    return LoopSettings(
        rate_hz=get["rate_hz"],
        commanded=commanded,
        measured=measured,
        supervisor=Settings(get["resume_after_s"], get["hold_limit_s"], get["auto_start"]),
        target=TargetLimits(
            timeout_s=get["target_timeout_s"],
            ahead_s=get["target_ahead_s"],
            jump_m=get["pose_jump_m"],
            lead_m=get["target_lead_m"],
        ),
        force_n=get["target_force_n"],
        **{name: get[name] for name in names},
    )


def _three(values: list[float]) -> None:
    if len(values) != 3:
        raise InputError(f"{len(values)} numbers are given; expected x, y and z")
