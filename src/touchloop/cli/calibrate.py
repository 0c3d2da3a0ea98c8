"""``touchloop calibrate``: tool weight, sensor bias, cameras and latencies into the robot's file."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from touchloop.cli.calibrate_board import Board
from touchloop.cli.calibrate_hand_eye import HandEye
from touchloop.cli.calibrate_latency import Latency
from touchloop.cli.calibrate_tool import Bias, Tool


@dataclass(frozen=True)
class Calibrate:
    """Measure what the robot's file says of tool, sensor, cameras and latencies; see docs/calibration.md."""

    verb: Annotated[
        Annotated[Tool, tyro.conf.subcommand("tool")]
        | Annotated[Bias, tyro.conf.subcommand("bias")]
        | Annotated[HandEye, tyro.conf.subcommand("hand-eye")]
        | Annotated[Latency, tyro.conf.subcommand("latency")]
        | Annotated[Board, tyro.conf.subcommand("board")],
        tyro.conf.OmitSubcommandPrefixes,
    ]

    def run(self) -> int:
        """Run the verb and give its exit code."""
        return self.verb.run()
