"""``touchloop events``: simulate event cameras, look into recordings, convert them, and benchmark bias controllers."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from touchloop.cli.events_bench import Bench
from touchloop.cli.events_codec import Codec
from touchloop.cli.events_play import Play
from touchloop.cli.events_rate import Rate
from touchloop.cli.events_simulate import Simulate


@dataclass(frozen=True)
class Events:
    """Simulate event cameras, look into recordings, convert them, and benchmark bias controllers."""

    verb: Annotated[
        Annotated[Simulate, tyro.conf.subcommand("simulate")]
        | Annotated[Play, tyro.conf.subcommand("play")]
        | Annotated[Rate, tyro.conf.subcommand("rate")]
        | Annotated[Codec, tyro.conf.subcommand("codec")]
        | Annotated[Bench, tyro.conf.subcommand("bench")],
        tyro.conf.OmitSubcommandPrefixes,
    ]

    def run(self) -> int:
        """Run the verb and give its exit code."""
        return self.verb.run()
