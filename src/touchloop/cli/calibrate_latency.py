"""``touchloop calibrate latency``: the arm's lag behind its command and the age of each stream, by a step test."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from touchloop.calibration.capture import read_streams
from touchloop.calibration.findings import of_latencies
from touchloop.calibration.latency import Latencies, measure_latencies
from touchloop.cli.calibrate_source import Source
from touchloop.errors import InputError

AXES = ("x", "y", "z")


@dataclass(frozen=True, kw_only=True)
class Latency(Source):
    """Lag of the arm behind its command, and age of each stream on arrival, by small steps in free air.

    THE ARM MOVES: by --step-mm along --axis of base_link and back. It must stand in free air with room around it, and
    `touchloop launch calibrate.launch.xml robot:=NAME` must run. A bag of any motion with rests of 0.6 s works, too.
    """

    step_mm: float = 5.0
    """Length of a step."""
    axis: str = "z"
    """x, y or z of base_link; the first step goes to positive."""
    steps: int = 10
    """Steps; each goes there or back."""

    def run(self) -> int:
        """Measure, show, write."""
        config, path = self.load()
        if not 1.0 <= self.step_mm <= 20.0 or self.axis not in AXES or not 4 <= self.steps <= 200:
            raise InputError(
                f"--step-mm {self.step_mm:g}, --axis {self.axis}, --steps {self.steps}: "
                "expected 1 to 20 mm, x, y or z, 4 to 200"
            )
        if self.bag:
            streams = self.log(config, path).streams()
        else:
            moved = {"step_m": self.step_mm * 1e-3, "axis": self.axis, "count": self.steps}
            streams = read_streams(self.folder or self.capture("latency", path, **moved))
        found = measure_latencies(streams)
        console = Console()
        _show(found, console)
        if self.plot:
            from touchloop.calibration.plots import plot_latency  # only now: matplotlib is slow to load

            plot_latency(found, streams, self.plot)
        self.write(path, of_latencies(found), console)
        return 0


def _show(found: Latencies, console: Console) -> None:
    table = Table(box=None)
    for column in ("stream", "delay ms", "± ms", "steps", ""):
        table.add_column(column, justify="left" if column in ("stream", "") else "right")
    for name, delay in found.delays.items():
        meaning = "arm behind its command" if name == "command" else "age on arrival"
        table.add_row(name, f"{1e3 * delay.mean_s:.1f}", f"{1e3 * delay.error_s:.2f}", str(len(delay.each_s)), meaning)
    console.print(table)
    for note in found.notes:
        console.print(note, style="yellow", markup=False)
