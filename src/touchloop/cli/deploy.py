"""``touchloop deploy``: two hosts, sockets, security policies, real-time set-up."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from touchloop.cli.deploy_network import Network
from touchloop.cli.deploy_policies import Policies
from touchloop.cli.deploy_realtime import Realtime
from touchloop.cli.deploy_sockets import Sockets


@dataclass(frozen=True)
class Deploy:
    """Put touchloop on one machine or on several."""

    verb: Annotated[
        Annotated[Network, tyro.conf.subcommand("network")]
        | Annotated[Sockets, tyro.conf.subcommand("sockets")]
        | Annotated[Policies, tyro.conf.subcommand("policies")]
        | Annotated[Realtime, tyro.conf.subcommand("realtime")],
        tyro.conf.OmitSubcommandPrefixes,
    ]

    def run(self) -> int:
        """Run the verb and give its exit code."""
        return self.verb.run()
