from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from touchloop.data import store as store_module
from touchloop.data.episode import STREAMS, Episode
from touchloop.data.store import EpisodeStore
from touchloop.errors import InputError

ATTRIBUTES = {"task": "wipe", "variant": "", "seed": 3, "perturbation": "none", "success": True}


def episode(seed: int = 0) -> Episode:
    rng = np.random.default_rng(seed)
    return Episode(
        4_000_000 * np.arange(20),
        rng.standard_normal((1, 20, 7)),
        rng.standard_normal((1, 20, 6)),
        rng.standard_normal((1, 20, 7)),
        np.zeros((1, 20)),
        np.arange(4),
        rng.standard_normal((1, 4, 63, 2)).astype(np.float32),
        np.arange(2),
        rng.integers(0, 256, (1, 2, 128, 128, 3), dtype=np.uint8),
    )


@pytest.fixture
def store(tmp_path: Path) -> EpisodeStore:
    return EpisodeStore(tmp_path / "demos")


def test_what_is_written_is_read_bit_by_bit(store: EpisodeStore) -> None:
    store.write(7, episode(), ATTRIBUTES)
    read, attributes = store.read(7)
    assert attributes == ATTRIBUTES
    for name in STREAMS:
        found, expected = getattr(read, name), getattr(episode(), name)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_episodes_come_in_order_whatever_the_order_of_writing(store: EpisodeStore) -> None:
    assert store.indices() == []
    for index in (12, 3, 100):
        store.write(index, episode(index), {**ATTRIBUTES, "seed": index})
    assert store.indices() == [3, 12, 100]
    assert [attributes["seed"] for _, attributes in store] == [3, 12, 100]
    assert store.has(12)
    assert not store.has(13)


def test_an_interrupted_write_leaves_no_half_episode(store: EpisodeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Exception):
        pass

    written = []

    def stop_at_the_fourth(*_: object, **__: object) -> object:
        if len(written) == 3:
            raise Interrupted
        written.append(1)
        return store_codec()

    store_codec = store_module.BloscCodec
    monkeypatch.setattr(store_module, "BloscCodec", stop_at_the_fourth)
    with pytest.raises(Interrupted):
        store.write(0, episode(), ATTRIBUTES)
    assert not store.has(0)
    assert store.indices() == []
    monkeypatch.undo()
    store.write(0, episode(), ATTRIBUTES)
    np.testing.assert_array_equal(store.read(0)[0].wrist_rgb, episode().wrist_rgb)
    assert [path.name for path in store.folder.iterdir()] == ["episode_00000.zarr"]


def a_chunk(folder: Path) -> Path:
    return next(p for p in (folder / "markers").rglob("0") if p.is_file())


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "zarr.json").write_text("{"),
        lambda folder: (folder / "markers" / "zarr.json").unlink(),
        lambda folder: a_chunk(folder).write_bytes(b"\x00\x01"),
        lambda folder: a_chunk(folder).unlink(),
    ],
    ids=["metadata", "a stream is gone", "samples", "a chunk is gone"],
)
def test_a_damaged_episode_is_named(store: EpisodeStore, damage) -> None:
    store.write(0, episode(), ATTRIBUTES)
    damage(store.path(0))
    with pytest.raises(InputError, match=r"episode_00000\.zarr: damaged episode .*record it again"):
        store.read(0)


def test_an_episode_that_is_not_there_is_named(store: EpisodeStore) -> None:
    with pytest.raises(InputError, match=r"episode_00004\.zarr: no such episode"):
        store.read(4)


def test_the_hash_tells_data_apart(tmp_path: Path) -> None:
    def hash_of(name: str, *episodes: Episode, **attributes: object) -> str:
        other = EpisodeStore(tmp_path / name)
        for index, each in enumerate(episodes):
            other.write(index, each, {**ATTRIBUTES, **attributes})  # type: ignore[arg-type]
        return other.content_hash()

    moved = replace(episode(), target_in_base=episode().target_in_base + 1e-9)
    same = hash_of("a", episode())
    assert hash_of("b", episode()) == same
    others = [hash_of("c", moved), hash_of("d", episode(), success=False), hash_of("e", episode(), episode(1))]
    assert len({same, *others}) == 4


def test_a_foreign_episode_and_one_with_nans_are_named(store: EpisodeStore) -> None:
    store.write(0, episode(), {"task": "wipe"})
    with pytest.raises(InputError, match=r"episode_00000\.zarr: foreign episode \(attribute 'variant' is None\)"):
        store.read(0)
    broken = episode()
    broken.wrench_at_sensor[0, 3, 2] = np.nan
    store.write(1, broken, ATTRIBUTES)
    with pytest.raises(InputError, match=r"episode_00001\.zarr: damaged episode \(wrench_at_sensor holds a NaN"):
        store.read(1)
