"""Parameters of the fast controller's node, and the settings made from them."""

from dataclasses import replace
from pathlib import Path

from touchloop.control.config import ControllerConfig
from touchloop.control.lockstep import LockstepRates
from touchloop.errors import InputError
from touchloop.policy.spec import POLICIES
from touchloop.policy.weights import default_weights, read_card
from touchloop.tasks.registry import TASKS
from touchloop_nodes.parameters import Parameters

_DESCRIPTIONS = {
    "planned_force_bound_n": "No plan may ask for more force than this.",
    "plan_timeout_s": "A plan older than this is not followed on.",
    "stream_timeout_s": "Wrench and pose must be younger than this.",
    "comply_force_n": "Above this contact force it yields.",
    "comply_until_n": "It yields until the force is below this.",
    "retract_force_n": "Above this contact force it lifts off.",
    "retract_after_s": "It lifts off after holding in contact for so long.",
    "retract_m": "How far it lifts off.",
    "retract_speed_m_s": "How fast it lifts off.",
    "hold_reach_m": "How far it follows a surface that moves away while it holds.",
    "seam_s": "Time constant with which the step between two plans fades.",
    "correction_fade_s": "Time constant with which the correction gives way to the decoded motion.",
    "feedforward_m_per_n": "The target moves by this at once for each newton that the planned force changes by.",
    "leash_m": "A plan of increments leads the target no further away from the TCP than this.",
}


WEIGHTS_TEXT = "Folder of trained weights; empty: the ones that come with touchloop."
POLICY_TEXT = "Which of those, where weights is empty."


def declare_parameters(parameters: Parameters) -> None:
    """Declares all but those of every managed node."""
    declare = parameters.declare
    task = declare("task", "wipe", "What to do: sets the defaults of what follows.", read_only=True)
    declare("weights", "", WEIGHTS_TEXT)
    declare("policy", "touchloop", POLICY_TEXT, choices=tuple(POLICIES))
    declare("control_rate_hz", 250.0, "Ticks a second.", minimum=50.0, maximum=1000.0)
    declare("fast_rate_hz", 0.0, "Decodes and corrects so often; 0: on every tick.", minimum=0.0, maximum=1000.0)
    declare("plan_rate_hz", 2.0, "Plans a second, for lock-step.", minimum=0.5, maximum=10.0)
    declare("plan_latency_s", 0.1, "Time from a plan's stamp to its use in lock-step.", minimum=0.004, maximum=1.0)
    declare("tactile_rate_hz", 50.0, "Marker fields a second, for lock-step.", minimum=1.0, maximum=250.0)
    declare("require_manager", True, "Hold unless the lifecycle manager says that all is well.")
    declare("planner", "", "Node whose plans are followed; empty: the first who sends some. Not in lock-step.")
    for name, text in _DESCRIPTIONS.items():
        declare(name, getattr(_task_settings(task), name), text, minimum=1e-4, maximum=1e4)


def weights_folder(parameters: Parameters) -> Path:
    """Where the weights are."""
    weights = parameters["weights"]
    return Path(weights).expanduser() if weights else default_weights(parameters["task"], parameters["policy"])


def refuse_other_arms(folder: Path, arm: str) -> None:
    """Makes sure that weights are for as many arms as the stack has.

    Raises:
        InputError: they are for several arms and this node serves the only one, or the other way round.
    """
    card = read_card(folder)
    if card.layout.arms > 1 and not arm:
        raise InputError(
            f"{folder}: weights of task '{card.task}' for {card.layout.arms} arms; this controller serves the only arm."
            f" Run one controller an arm, as launch/policy.launch.xml does with bimanual:=true"
        )
    if card.layout.arms == 1 and arm:
        raise InputError(
            f"{folder}: weights of task '{card.task}' for one arm; this controller serves the arm '{arm}' of several. "
            f"Run one without a namespace, as launch/policy.launch.xml does with bimanual:=false"
        )


def controller_config(parameters: Parameters) -> ControllerConfig:
    """The controller's settings."""
    settings = {name: parameters[name] for name in _DESCRIPTIONS}
    control_rate_hz, fast_rate_hz = parameters["control_rate_hz"], parameters["fast_rate_hz"]
    settings["decision_period_s"] = 1.0 / fast_rate_hz if 0.0 < fast_rate_hz < control_rate_hz else 0.0
    return replace(_task_settings(parameters["task"]), period_s=1.0 / control_rate_hz, **settings)


def _task_settings(task: str) -> ControllerConfig:
    """What a task asks for; the usual settings for a task that only the weights know."""
    return TASKS[task].controller if task in TASKS else ControllerConfig()


def lockstep_rates(parameters: Parameters) -> LockstepRates:
    """The fixed times of lock-step.

    Raises:
        InputError: one of them is no multiple of the tick.
    """
    period_ns = round(1e9 / parameters["control_rate_hz"])
    rates = LockstepRates(
        period_ns,
        round(1e9 / parameters["tactile_rate_hz"]),
        round(1e9 / parameters["plan_rate_hz"]),
        round(1e9 * parameters["plan_latency_s"]),
    )
    names = {
        "tactile_rate_hz": "tactile_period_ns",
        "plan_rate_hz": "plan_period_ns",
        "plan_latency_s": "plan_latency_ns",
    }
    for parameter, name in names.items():
        if getattr(rates, name) % period_ns:
            raise InputError(
                f"{parameter} is {parameters[parameter]:g}: that is {getattr(rates, name) * 1e-6:.6g} ms, "
                f"and lock-step needs a multiple of {period_ns * 1e-6:g} ms"
            )
    return rates
