"""``touchloop calibrate tool`` and ``bias``: what hangs on the sensor, and what it tells when nothing acts on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from touchloop.calibration.capture import read_capture
from touchloop.calibration.findings import of_bias, of_tool
from touchloop.calibration.still import touch_samples
from touchloop.calibration.tool_weight import ToolFit, fit_bias, fit_tool
from touchloop.calibration.touch_sample import TouchSample
from touchloop.cli.calibrate_source import Source
from touchloop.errors import InputError
from touchloop.robots.config import RobotConfig, as_array


@dataclass(frozen=True, kw_only=True)
class _Touch(Source):
    poses: str = ""
    """THE ARM MOVES ITSELF: 'tilts' turns the tool about its tip where it stands, or a YAML file lists poses of tcp in
    base_link. Needs `touchloop launch calibrate.launch.xml robot:=NAME`. Without, a person moves the arm."""

    def _samples(self, config: RobotConfig, path: Path, verb: str, count: int) -> list[TouchSample]:
        if self.bag:
            streams = self.log(config, path).streams()
            if missing := [name for name in ("tcp_pose", "wrench") if name not in streams]:
                raise InputError(f"{self.bag} has no usable {' and '.join(missing)} of this robot")
            return touch_samples(streams["tcp_pose"], streams["wrench"])
        folder = self.folder or self.capture(verb, path, poses=self.poses, count=count)
        touches = read_capture(folder).touches()
        if not touches:
            raise InputError(f"{folder}: poses.yaml has no pose with a wrench")
        return touches


@dataclass(frozen=True, kw_only=True)
class Tool(_Touch):
    """Mass and centre of mass of the tool, and the sensor's bias, from 4 or more orientations in free air.

    Tilt the tool by 40 degrees and more about x and about y, both ways; nothing may touch it.
    """

    count: int = 8
    """Poses to take."""

    def run(self) -> int:
        """Measure, show, write."""
        config, path = self.load()
        if not 4 <= self.count <= 100:
            raise InputError(f"--count {self.count}: expected 4 to 100")
        samples = self._samples(config, path, "tool", self.count)
        fit = fit_tool(samples, as_array(config.frames.gravity_in_base_link_m_s2))
        console = Console()
        _show(fit, samples, console)
        if self.plot:
            from touchloop.calibration.plots import plot_tool  # only now: matplotlib is slow to load

            plot_tool(fit, self.plot)
        self.write(path, of_tool(fit), console)
        return 0


@dataclass(frozen=True, kw_only=True)
class Bias(_Touch):
    """The sensor's bias alone, each day, with the tool's weight that the file has. In free air; one pose is enough."""

    count: int = 1
    """Poses to take."""

    def run(self) -> int:
        """Measure, show, write."""
        config, path = self.load()
        known = config.calibration
        if not 1 <= self.count <= 100:
            raise InputError(f"--count {self.count}: expected 1 to 100")
        if "tool" not in known.dates and known.tool_mass_kg == 0.0:
            raise InputError(f"{path} has no tool weight: run `touchloop calibrate tool --robot {self.robot}` first")
        samples = self._samples(config, path, "bias", self.count)
        gravity = as_array(config.frames.gravity_in_base_link_m_s2)
        fit = fit_bias(samples, known.tool_mass_kg, as_array(known.tool_com_in_sensor_m), gravity)
        console = Console()
        _show(fit, samples, console)
        if self.plot:
            from touchloop.calibration.plots import plot_tool  # only now: matplotlib is slow to load

            plot_tool(fit, self.plot)
        self.write(path, of_bias(fit), console)
        return 0


def _show(fit: ToolFit, samples: Sequence[TouchSample], console: Console) -> None:
    table = Table(box=None)
    for column in ("pose", "force residual N", "torque residual N m", ""):
        table.add_column(column, justify="left" if column in ("pose", "") else "right")
    left_out = {text.partition(":")[0]: text.partition(": ")[2] for text in fit.disturbed}
    for sample in samples:
        if sample.name in left_out:
            table.add_row(sample.name, "", "", f"[yellow]left out: {left_out[sample.name]}[/]")
            continue
        residual = fit.residuals[fit.used.index(sample.name)]
        force, torque = (float(np.linalg.norm(part)) for part in (residual[:3], residual[3:]))
        table.add_row(sample.name, f"{force:.3f}", f"{torque:.4f}", "")
    console.print(table)
    centre = ", ".join(f"{1e3 * x:.1f}" for x in fit.com_in_sensor)
    console.print(f"mass    {fit.mass_kg:.4f} kg (± {fit.mass_std_kg:.4f})", highlight=False)
    console.print(f"centre  ({centre}) mm in ft_sensor (± {1e3 * fit.com_std_m:.1f})", highlight=False)
    bias = ", ".join(f"{x:.3f}" for x in fit.sensor_bias)
    console.print(f"bias    ({bias}) N, N m", highlight=False)
    console.print(f"rms     {fit.force_rms_n:.3f} N, {fit.torque_rms_nm:.4f} N m", highlight=False)
