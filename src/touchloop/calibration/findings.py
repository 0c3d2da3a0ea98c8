"""From fits to what goes into a robot's file."""

import numpy as np

from touchloop.calibration.camera import Lens
from touchloop.calibration.hand_eye import HandEye
from touchloop.calibration.latency import Latencies
from touchloop.calibration.tool_weight import ToolFit
from touchloop.calibration.write_back import Findings


def of_tool(fit: ToolFit) -> Findings:
    """Weight, centre and bias. The bias is as young as the tool then."""
    values = {
        "tool_mass_kg": fit.mass_kg,
        "tool_com_in_sensor_m": fit.com_in_sensor,
        "sensor_bias": fit.sensor_bias,
    }
    residuals = _touch_residuals(fit, "tool") | {"tool_mass_std_kg": fit.mass_std_kg, "tool_com_std_m": fit.com_std_m}
    return Findings("tool", values, residuals, "tool")


def of_bias(fit: ToolFit) -> Findings:
    """The bias alone."""
    return Findings("bias", {"sensor_bias": fit.sensor_bias}, _touch_residuals(fit, "bias"), "bias")


def of_hand_eye(fit: HandEye, camera: str, on_arm: bool, lens: Lens | None) -> Findings:
    """A camera's pose; and its lens where that was calibrated with it."""
    entry: dict[str, object] = {"camera_in_tip" if on_arm else "camera_in_base_link": fit.camera}
    if lens is not None:
        (fx, _, cx), (_, fy, cy), _ = lens.matrix
        entry |= {"focal_px": [fx, fy], "centre_px": [cx, cy], "distortion": lens.distortion}
    prefix = f"hand_eye_{camera}"
    residuals = {
        f"{prefix}_rms_px": float(np.sqrt(np.mean(fit.rms_px**2))),
        f"{prefix}_offset_rms_m": float(np.sqrt(np.mean(fit.offsets_m**2))),
        f"{prefix}_turn_rms_deg": float(np.sqrt(np.mean(fit.turns_deg**2))),
        f"{prefix}_views": len(fit.used),
    }
    return Findings("hand_eye", {"cameras": {camera: entry}}, residuals, prefix)


def of_latencies(found: Latencies) -> Findings:
    """Delays by stream; none is below zero, which only noise makes it."""
    values = {name: max(0.0, delay.mean_s) for name, delay in found.delays.items()}
    residuals: dict[str, float] = {f"latency_{name}_error_s": delay.error_s for name, delay in found.delays.items()}
    return Findings("latency", {"latency_s": values}, residuals | {"latency_steps": len(found.steps_s)}, "latency")


def _touch_residuals(fit: ToolFit, prefix: str) -> dict[str, float]:
    return {
        f"{prefix}_force_rms_n": fit.force_rms_n,
        f"{prefix}_torque_rms_nm": fit.torque_rms_nm,
        f"{prefix}_poses": len(fit.used),
    }
