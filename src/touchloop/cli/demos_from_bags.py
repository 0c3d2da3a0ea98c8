"""``touchloop demos TASK --from-bags``: bags become demonstrations."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from touchloop.data.bag_episodes import BagEpisode, Wanted, episodes_of_bag
from touchloop.data.bag_folders import bags_in
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError
from touchloop.sim.world import PERIOD_S

EXIT_SOME_REFUSED = 1


def demos_from_bags(paths: Sequence[Path], wanted: Wanted, store: EpisodeStore) -> int:
    """Adds what the bags show to a store, prints what became of each episode, and returns the exit code.

    Raises:
        InputError: no bag at a path.
    """
    bags = bags_in(paths)
    console = Console()
    indices = store.indices()
    there = {store.attributes(index).get("source") for index in indices}
    index = max(indices, default=-1) + 1
    table = Table("bag", "episode", "s", "targets from", "result", title=f"{wanted.task.name}: {store.folder}")
    taken = refused = 0
    for bag in track(bags, "reading bags", console=console):
        for found in _episodes(bag, wanted):
            result = f"[red]refused:[/] {escape(found.refused)}"
            duration = ""
            if found.episode is None:
                refused += 1
            elif found.attributes["source"] in there:
                result = "there already"
            else:
                store.write(index, found.episode, found.attributes)
                result = f"taken as {store.path(index).name}" + ("" if found.attributes["success"] else ", failed")
                taken, index = taken + 1, index + 1
                there.add(found.attributes["source"])
            if found.episode is not None:
                duration = f"{len(found.episode.stamp_ns) * PERIOD_S:.1f}"
            table.add_row(escape(str(found.bag)), str(found.number or ""), duration, found.targets, result)
    console.print(table)
    console.print(f"{taken} taken, {refused} refused; {len(store.indices())} demonstrations in {store.folder}")
    return EXIT_SOME_REFUSED if refused else 0


def _episodes(bag: Path, wanted: Wanted) -> Iterator[BagEpisode]:
    try:
        yield from episodes_of_bag(bag, wanted)
    except InputError as error:
        yield BagEpisode(bag, 0, refused=str(error))
