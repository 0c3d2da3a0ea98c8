"""``touchloop vlm``: the embedded vision-language model of the execution monitor."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from touchloop.cli.vlm_eval import Eval
from touchloop.cli.vlm_serve import Serve
from touchloop.cli.vlm_train import Train


@dataclass(frozen=True)
class Vlm:
    """The embedded vision-language model: pictures of the bench and a question in, a short answer out."""

    verb: Annotated[
        Annotated[Train, tyro.conf.subcommand("train")]
        | Annotated[Eval, tyro.conf.subcommand("eval")]
        | Annotated[Serve, tyro.conf.subcommand("serve")],
        tyro.conf.OmitSubcommandPrefixes,
    ]

    def run(self) -> int:
        """Run the verb and give its exit code."""
        return self.verb.run()
