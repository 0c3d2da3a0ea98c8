"""Demonstrations on disk: one zarr group an episode, written whole or not at all."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import zarr
from zarr.codecs import BloscCodec

from touchloop.data.episode import STREAMS, Episode
from touchloop.errors import InputError
from touchloop.sim.world import PERIOD_NS

ATTRIBUTES = {"task": str, "variant": str, "seed": int, "perturbation": str, "success": bool}
"""What every episode carries beside its streams."""


class EpisodeStore:
    """A folder of episodes ``episode_00000.zarr``, each with attributes (seed, perturbation, success)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, index: int) -> Path:
        """Where the episode with that index lies."""
        return self.folder / f"episode_{index:05d}.zarr"

    def has(self, index: int) -> bool:
        """Whether that episode is complete."""
        return self.path(index).is_dir()

    def write(self, index: int, episode: Episode, attributes: dict[str, str | int | float | bool]) -> None:
        """Writes an episode; an interrupted write leaves no half episode behind."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.path(index).with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        group = zarr.open_group(str(part), mode="w")
        group.attrs.update(attributes)
        for name in STREAMS:
            samples = getattr(episode, name)
            group.create_array(
                name,
                data=samples,
                chunks=samples.shape,
                compressors=BloscCodec(cname="zstd", clevel=3),
                # So that a chunk that is not there was lost, and is not a chunk of zeros.
                config={"write_empty_chunks": True},
            )
        part.rename(self.path(index))

    def read(self, index: int) -> tuple[Episode, dict]:
        """An episode and its attributes.

        Raises:
            InputError: there is no such episode, it is damaged, empty, of another rate, or holds NaNs.
        """
        group, attributes = self._open(index)
        try:
            episode = Episode(**{name: _samples(group, name) for name in STREAMS})
            episode.check(PERIOD_NS)
        except (KeyError, ValueError, OSError, RuntimeError) as error:
            raise InputError(f"{self.path(index)}: damaged episode ({error}); record it again") from error
        return episode, attributes

    def attributes(self, index: int) -> dict:
        """What an episode carries beside its streams.

        Raises:
            InputError: there is no such episode, or it is damaged or foreign.
        """
        return self._open(index)[1]

    def _open(self, index: int) -> tuple[zarr.Group, dict]:
        path = self.path(index)
        if not path.is_dir():
            raise InputError(f"{path}: no such episode")
        try:
            group = zarr.open_group(str(path), mode="r")
            attributes = dict(group.attrs)
        except (KeyError, ValueError, OSError, RuntimeError) as error:
            raise InputError(f"{path}: damaged episode ({error}); delete it and record it again") from error
        for name, kind in ATTRIBUTES.items():
            if not isinstance(attributes.get(name), kind):
                raise InputError(f"{path}: foreign episode (attribute '{name}' is {attributes.get(name)!r})")
        return group, attributes

    def indices(self) -> list[int]:
        """Indices of the complete episodes, in order."""
        return sorted(int(path.stem.split("_")[1]) for path in self.folder.glob("episode_*.zarr"))

    def __iter__(self) -> Iterator[tuple[Episode, dict]]:
        return (self.read(index) for index in self.indices())

    def content_hash(self) -> str:
        """Identifies the data: a hash of every episode's attributes and commands."""
        digest = hashlib.sha256()
        for index in self.indices():
            group, attributes = self._open(index)
            digest.update(json.dumps(attributes, sort_keys=True).encode())
            digest.update(_samples(group, "target_in_base").tobytes())
        return digest.hexdigest()[:16]


def _samples(group: zarr.Group, name: str) -> np.ndarray:
    if name not in group:
        raise ValueError(f"stream {name} is missing")
    array = group[name]
    if not isinstance(array, zarr.Array):
        raise ValueError(f"{name} is not an array")
    if array.nchunks_initialized < array.nchunks:
        raise ValueError(f"{name} lacks samples")
    return np.asarray(array[...])
