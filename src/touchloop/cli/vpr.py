"""``touchloop vpr``: place recognition with event cameras."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from touchloop.cli.vpr_bench import Bench
from touchloop.cli.vpr_map import Info, Map


@dataclass(frozen=True)
class Vpr:
    """Place recognition with event cameras."""

    verb: Annotated[
        Annotated[Map, tyro.conf.subcommand("map")]
        | Annotated[Info, tyro.conf.subcommand("info")]
        | Annotated[Bench, tyro.conf.subcommand("bench")],
        tyro.conf.OmitSubcommandPrefixes,
    ]

    def run(self) -> int:
        """Run the verb and give its exit code."""
        return self.verb.run()
