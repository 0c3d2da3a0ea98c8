"""``touchloop vpr map``: make a map of places from a bag."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from touchloop.data.place_bag import map_from_bag
from touchloop.events.places.place_map import PlaceMap
from touchloop.events.sensors.camera import checked_camera


@dataclass(frozen=True)
class Map:
    """Make a map of places from a bag with events and positions."""

    bag: Annotated[Path, tyro.conf.Positional]
    """Bag folder or file."""
    out: Path = Path("map.npz")
    """File of the map."""
    camera: str = "davis346"
    """Which sensor: davis346, gen31, gen41 or evk4."""
    positions: str = "/position"
    """Topic of the positions: PointStamped, of which x is the position along the way, or Odometry."""
    events: str | None = None
    """Topic of the events, where the bag has several."""

    def run(self) -> int:
        """Make and write it."""
        places = map_from_bag(self.bag, checked_camera(self.camera).name, self.positions, self.events)
        places.save(self.out)
        first_m, last_m = places.positions_m[[0, -1]]
        print(f"{self.out}: {len(places)} places from {first_m:.1f} to {last_m:.1f} m")
        return 0


@dataclass(frozen=True)
class Info:
    """Say what a map of places holds."""

    map: Annotated[Path, tyro.conf.Positional]
    """File (.npz) made by ``touchloop vpr map``."""

    def run(self) -> int:
        """Load and describe it."""
        places = PlaceMap.load(self.map)
        first_m, last_m = places.positions_m[[0, -1]]
        print(
            f"{self.map}: {len(places)} places from {first_m:.1f} to {last_m:.1f} m, seen by a {places.camera} of "
            f"{places.sensor[0]}x{places.sensor[1]}"
        )
        return 0
