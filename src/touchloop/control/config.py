"""Settings of the fast controller."""

from dataclasses import dataclass, field

import numpy as np

from touchloop.control.admittance import AdmittanceConfig
from touchloop.control.limits import LimitsConfig


@dataclass(frozen=True, slots=True)
class ControllerConfig:
    """All that the fast controller can be told; the node's parameters have the same names."""

    period_s: float = 0.004
    decision_period_s: float = 0.0
    """Decode and correct only so often, as slower stacks do; 0: on every tick. Limits and safety act on every tick."""
    plan_timeout_s: float = 1.0
    """A plan older than this is not followed on."""
    stream_timeout_s: float = 0.1
    """The wrench and the pose must be younger than this."""
    planned_force_bound_n: float = 12.0
    """No plan may ask for more force than this."""
    comply_force_n: float = 14.0
    """Above this contact force the controller yields, whatever the plan says."""
    comply_until_n: float = 8.0
    retract_force_n: float = 20.0
    """Above this it lifts off."""
    retract_after_s: float = 20.0
    """It also lifts off after holding in contact for so long."""
    retract_m: float = 0.04
    retract_speed_m_s: float = 0.05
    hold_reach_m: float = 0.03
    """How far it follows a surface that moves away while it holds."""
    seam_s: float = 0.12
    """Time constant with which the step between two plans fades."""
    correction_fade_s: float = 0.6
    """Time constant with which the correction gives way to the decoded motion in contact."""
    normal_share: float = 0.0
    """Share of the decoded motion along the tool's axis that is passed on at once while a force is planned; the rest
    arrives with ``correction_fade_s``, so that decoder and admittance do not both answer the same touch."""
    feedforward_m_per_n: float = 0.00125
    """Where the planned force changes in contact, the target moves on by this at once: the arm's compliance, so that
    its spring makes the new force before the force loop has seen anything. For plans of increments."""
    leash_m: float = 0.05
    """A plan of increments leads the target no further away from the TCP than this."""
    tool_axis: np.ndarray = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))
    """(3,) unit vector out of the tool, in the TCP frame."""
    admittance: AdmittanceConfig = field(default_factory=AdmittanceConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
