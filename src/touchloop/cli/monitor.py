"""``touchloop monitor``: programs that are watched, explained and repaired."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from touchloop.cli.monitor_bench import Bench
from touchloop.cli.monitor_calibrate import Calibrate
from touchloop.cli.monitor_plan import Plan
from touchloop.cli.monitor_run import Run


@dataclass(frozen=True)
class Monitor:
    """Programs that are watched, explained and repaired."""

    verb: Annotated[
        Annotated[Plan, tyro.conf.subcommand("plan")]
        | Annotated[Run, tyro.conf.subcommand("run")]
        | Annotated[Calibrate, tyro.conf.subcommand("calibrate")]
        | Annotated[Bench, tyro.conf.subcommand("bench")],
        tyro.conf.OmitSubcommandPrefixes,
    ]

    def run(self) -> int:
        """Run the verb and give its exit code."""
        return self.verb.run()
