"""``touchloop bag``: record, look into, play, repair and compare bags."""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.console import Console
from rich.table import Table

from touchloop.cli.become_node import become_node
from touchloop.data.bag_compare import compare_bags
from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_info import BagSummary, summarise_bag
from touchloop.data.bag_recovery import being_recorded, is_intact, needs_recovery, recover_bag
from touchloop.data.bag_selection import topic_filter
from touchloop.errors import InputError

_BagPath = Annotated[Path, tyro.conf.Positional]
_Topics = Annotated[tuple[str, ...], tyro.conf.arg(metavar="REGEX")]


@dataclass(frozen=True)
class Record:
    """Record topics into a new bag, all by default, until Ctrl-C.

    The bag has rosbag2's layout (MCAP), so ``ros2 bag`` and Foxglove open it too. Killing the recorder loses at
    most the last second.
    """

    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Bag folder to create; default bag_DATE-TIME here."""
    topics: _Topics = ()
    """Record only topics whose whole name matches one of these."""
    exclude: _Topics = ()
    """Leave out topics whose whole name matches one of these."""
    compression: Literal["none", "zstd"] = "none"
    """Compress chunks of the file."""
    include_hidden: bool = False
    """Also topics with a name part that starts with an underscore."""
    use_sim_time: bool = False
    """Log times are those of /clock."""
    lockstep: bool = False
    """Log times are the messages' own stamps, so that equal runs give equal bags."""
    max_cache_mb: int = 256
    """Messages that wait for a slow disk beyond this are dropped, and that is reported."""

    def run(self) -> int:
        """Become the recorder node; its exit code is the process's."""
        output = self.output or Path(f"bag_{datetime.now():%Y-%m-%d-%H-%M-%S}")
        if output.exists():
            raise InputError(f"the bag folder {output} exists already; choose another name, or remove it first")
        parameters = {**_parameters(self), "output": str(output.absolute()), "if_exists": "error", "autostart": True}
        become_node("bag_recorder", parameters)


@dataclass(frozen=True)
class Play:
    """Play a bag: ours or one of ``ros2 bag record``, MCAP or SQLite. Space pauses, N plays one message, Q ends.

    Topics are remapped as for any node: ``touchloop bag play BAG --remap /wrench:=/left/wrench``.
    """

    bag: _BagPath
    """Bag folder or file."""
    rate: Annotated[float, tyro.conf.arg(aliases=["-r"])] = 1.0
    """Bag seconds a second; 0 is as fast as possible."""
    start_offset_s: float = 0.0
    """Leave out the bag's first seconds."""
    start_paused: bool = False
    """Wait for the space bar or the service ~/resume."""
    loop: bool = False
    """Begin again at the end."""
    topics: _Topics = ()
    """Play only topics whose whole name matches one of these."""
    exclude: _Topics = ()
    """Leave out topics whose whole name matches one of these."""
    world_only: bool = False
    """Leave out what planner, controller and the machinery published."""
    clock: Literal["recorded", "generated", "none"] = "recorded"
    """Which /clock to publish."""
    clock_hz: float = 250.0
    """Rate of a generated /clock, in bag time."""
    lockstep: bool = False
    """After each /clock wait for the answer (target_pose) that the recorded run had there; implies --world-only."""
    delay_s: float = 0.5
    """Start when all have been connected for this long."""
    wait_for_topics: tuple[str, ...] = ()
    """Topics that need a subscriber before the start."""
    wait_for_nodes: tuple[str, ...] = ()
    """Lifecycle nodes that must be active before the start."""
    wait_timeout_s: float = 30.0
    """Give up waiting for those."""
    remap: Annotated[tuple[str, ...], tyro.conf.arg(metavar="FROM:=TO")] = ()
    """ROS remaps."""

    def run(self) -> int:
        """Become the player node; its exit code is the process's."""
        if needs_recovery(self.bag):
            raise InputError(f"the bag {self.bag} was not closed or is damaged; run `touchloop bag recover {self.bag}`")
        if not self.bag.exists():
            raise InputError(f"there is no bag {self.bag}")
        if bad := [remap for remap in self.remap if ":=" not in remap]:
            raise InputError(f"remap {bad[0]!r}: expected FROM:=TO")
        parameters = {**_parameters(self), "bag": str(self.bag.absolute()), "keyboard": True}
        del parameters["remap"]
        become_node("bag_player", parameters, remaps=[word for remap in self.remap for word in ("-r", remap)])


@dataclass(frozen=True)
class Info:
    """Show what is in a bag: duration, size, and type, count, rate and gaps of each topic.

    A bag whose recorder was killed, or that has damaged bytes, is recovered first.
    """

    bag: _BagPath
    """Bag folder or file."""
    json: bool = False
    """Print JSON instead of a table."""

    def run(self) -> int:
        """Print the summary."""
        summaries = [_summarise_or_recover(part) for part in _parts(self.bag)]
        if self.json:
            bags = [asdict(summary) for summary in summaries]
            print(json.dumps(bags[0] if len(bags) == 1 else bags, indent=2))
        else:
            for summary in summaries:
                _show(summary)
        return 0


@dataclass(frozen=True)
class Recover:
    """Repair a bag whose recorder was killed, or that has damaged bytes, with everything that can still be read."""

    bag: _BagPath
    """Bag folder."""

    def run(self) -> int:
        """Repair and say what was found."""
        if not self.bag.is_dir():
            raise InputError(f"there is no bag folder {self.bag}")
        if not needs_recovery(self.bag) and is_intact(self.bag):
            print(f"{self.bag} is complete; nothing to do")
            return 0
        print(f"{self.bag}: {recover_bag(self.bag)}")
        return 0


@dataclass(frozen=True)
class Compare:
    """Compare two bags message by message; exit code 1 when they differ."""

    a: _BagPath
    """First bag."""
    b: _BagPath
    """Second bag."""
    topics: _Topics = ()
    """Compare only topics whose whole name matches one of these."""
    exclude: _Topics = ()
    """Leave out topics whose whole name matches one of these."""
    times: bool = False
    """Log times must agree too."""
    json: bool = False
    """Print JSON instead of a table."""

    def run(self) -> int:
        """Print one line a topic; 1 when a topic differs."""
        results = compare_bags(self.a, self.b, topic_filter(self.topics, self.exclude), self.times)
        if not results:
            raise InputError(f"no topic is left to compare in {self.a} and {self.b}")
        different = [result for result in results if not result.equal]
        if self.json:
            print(json.dumps([asdict(result) for result in results], indent=2))
        else:
            table = Table(box=None)
            for column in ("topic", "in A", "in B", "result"):
                table.add_column(column, justify="right" if column.startswith("in") else "left")
            for result in results:
                text = "same" if result.equal else f"differs from message {result.first_difference} on: {result.what}"
                table.add_row(result.topic, str(result.count_a), str(result.count_b), text)
            _console().print(table)
            print(f"{len(results) - len(different)} of {len(results)} topics are the same")
        return 1 if different else 0


@dataclass(frozen=True)
class Bag:
    """Record, look into, play, repair and compare bags."""

    verb: Annotated[
        Annotated[Record, tyro.conf.subcommand("record")]
        | Annotated[Info, tyro.conf.subcommand("info")]
        | Annotated[Play, tyro.conf.subcommand("play")]
        | Annotated[Recover, tyro.conf.subcommand("recover")]
        | Annotated[Compare, tyro.conf.subcommand("compare")],
        tyro.conf.OmitSubcommandPrefixes,
    ]

    def run(self) -> int:
        """Run the verb and give its exit code."""
        return self.verb.run()


def _summarise_or_recover(bag: Path) -> BagSummary:
    if bag.is_dir() and being_recorded(bag):
        raise InputError(f"the bag {bag} is being recorded; stop the recorder first")
    try:
        return summarise_bag(bag)
    except InputError:
        if not any(bag.glob("*.mcap")):
            raise
        print(f"{bag} was not closed or is damaged: {recover_bag(bag)}", file=sys.stderr)
        return summarise_bag(bag)


def _parts(bag: Path) -> list[Path]:
    parts = bag_parts(bag)
    if not parts:
        raise InputError(f"there is no bag {bag}")
    return parts


def _parameters(options: Record | Play) -> dict[str, object]:
    """Node parameters of the same names as the options; an empty list is not a value that ROS can type."""
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(options).items()}
    return {name: value or [""] if isinstance(value, list) else value for name, value in values.items()}


def _show(summary: BagSummary) -> None:
    console = _console()
    console.print(
        f"[bold]{summary.path}[/]  {summary.duration_s:.3f} s from {summary.start_s:.3f} s, "
        f"{summary.messages} messages, {summary.size_bytes / 1e6:.1f} MB",
        highlight=False,
    )
    table = Table(box=None)
    for column in ("topic", "type", "count", "rate Hz", "format", "QoS", "gaps", "longest s"):
        table.add_column(column, justify="right" if column in ("count", "rate Hz", "gaps", "longest s") else "left")
    for topic in summary.topics:
        reliability = {None: "", True: "reliable", False: "best effort"}[topic.reliable]
        table.add_row(
            topic.name,
            topic.type,
            str(topic.messages),
            f"{topic.rate_hz:.1f}",
            topic.serialisation,
            reliability + (", latched" if topic.latched else ""),
            str(topic.gaps),
            f"{topic.longest_gap_s:.3f}",
        )
    console.print(table)


def _console() -> Console:
    """A terminal's own width; a pipe's lines are never wrapped."""
    return Console() if sys.stdout.isatty() else Console(width=240)
