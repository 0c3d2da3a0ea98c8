import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdp_samples import untrained_weights

from touchloop.control.decoder import FastDecoder
from touchloop.errors import InputError
from touchloop.policy.planner import Planner
from touchloop.policy.spec import POLICIES
from touchloop.policy.weights import (
    CARD,
    FAST,
    FORESIGHT,
    FORMAT,
    SLOW,
    Layout,
    default_weights,
    read_card,
    read_tensors,
)
from touchloop.tasks.registry import TASKS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
FILES = (FAST, SLOW)
LAYOUT = Layout.of(POLICIES["touchloop"], 1).model_dump()
SHIPPED = sorted(default_weights("wipe").parents[1].glob(f"*/*/{CARD}"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that a test may damage and mends again."""
    return untrained_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def card(weights: Path):
    """Writes a changed card; the old one is back afterwards."""
    path = weights / CARD
    before = path.read_text()

    def change(**fields: object) -> None:
        path.write_text(json.dumps({**json.loads(before), **fields}))

    yield change
    path.write_text(before)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_the_shipped_weights_are_whole_and_fit_this_version(path: Path) -> None:
    task, policy = path.parts[-3:-1]
    card = read_card(path.parent, task, policy)
    assert card.layout == Layout.of(POLICIES[policy], len(TASKS[task].arms))
    assert set(card.files) == {*FILES, *([FORESIGHT] if POLICIES[policy].dynamics else [])}
    assert card.files[FAST].startswith(card.weights_id)


@pytest.mark.parametrize("name", FILES)
@given(place=st.floats(0.0, 1.0, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_anywhere_is_found_and_the_file_named(weights: Path, name: str, place: float, bit: int) -> None:
    path = weights / name
    position = int(place * path.stat().st_size)
    with path.open("r+b") as file:
        file.seek(position)
        before = file.read(1)
        file.seek(position)
        file.write(bytes([before[0] ^ (1 << bit)]))
    try:
        with pytest.raises(InputError, match=f"{path}: damaged"):
            read_card(weights, "wipe")
    finally:
        with path.open("r+b") as file:
            file.seek(position)
            file.write(before)


@pytest.mark.parametrize("load", [FastDecoder.load, Planner])
def test_both_loops_refuse_damage_and_another_task_or_policy(load, weights: Path) -> None:
    with pytest.raises(InputError, match="weights for task 'wipe', expected 'stack'"):
        load(weights, "stack")
    with pytest.raises(InputError, match="weights of policy 'touchloop', expected 'dp'"):
        load(weights, "wipe", "dp")
    path = weights / FAST
    before = path.read_bytes()
    path.write_bytes(before[:-1])
    try:
        with pytest.raises(InputError, match=f"{path}: damaged"):
            load(weights, "wipe")
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_gone_is_named(weights: Path, name: str, tmp_path: Path) -> None:
    moved = (weights / name).rename(tmp_path / name)
    try:
        with pytest.raises(InputError, match=f"{weights / name}: missing"):
            read_card(weights)
    finally:
        shutil.move(moved, weights / name)


def test_no_card_no_folder_or_a_file_instead_of_a_folder(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(InputError, match=f"{tmp_path}: no weights here .*touchloop train dp --task peel"):
        read_card(tmp_path, "peel", "dp")
    with pytest.raises(InputError, match="no weights here"):
        read_card(tmp_path / "nowhere")
    with pytest.raises(InputError, match="expected a folder of weights"):
        read_card(weights / CARD)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"surprise": 1}, "damaged card"),
        ({"files": {}}, f"does not list {FAST}, {SLOW}"),
        ({"files": ["a"]}, "damaged card"),
        ({"weights_id": None}, "damaged card"),
        ({"layout": {**LAYOUT, "size": 5}}, "size=5.*does not fit; this version expects"),
        ({"layout": {**LAYOUT, "format": FORMAT - 1}}, f"format {FORMAT - 1} does not fit; this version expects"),
        ({"layout": {}}, "does not fit"),
        ({"policy": "guess"}, "policy 'guess' is unknown; expected one of dp, "),
        ({"task": "stack"}, "weights for task 'stack', expected 'wipe'"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(weights: Path, card, fields: dict, message: str) -> None:
    card(**fields)
    with pytest.raises(InputError, match=message) as caught:
        read_card(weights, "wipe")
    assert str(weights) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"task": "wipe"}'])
def test_a_card_that_is_no_card_is_refused(weights: Path, card, content: bytes) -> None:
    card()
    (weights / CARD).write_bytes(content)
    with pytest.raises(InputError, match=f"{weights / CARD}: damaged card"):
        read_card(weights)


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    import torch

    path = tmp_path / FAST
    torch.save({"decoder.weight_ih_l0": torch.zeros(3)}, path)
    with pytest.raises(InputError, match=f"{path}: cannot be read as safetensors"):
        read_tensors(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_tensors(tmp_path / "nowhere")
