import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.monitor.vlm.card import CARD, default_folder, read_card
from touchloop.monitor.vlm.embedded import EmbeddedModel
from touchloop.monitor.vlm.facts import TIMES
from touchloop.monitor.vlm.questions import ANSWERS
from touchloop.tasks.workbench.bench import Workbench


@pytest.fixture(scope="module")
def model() -> EmbeddedModel:
    return EmbeddedModel.load()


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """A bench at rest, the same with its light out."""
    with Workbench() as bench:
        bench.reset(81_000)
        lit = bench.render("overview", TIMES)
        bench.light(False)
        return [lit, bench.render("overview", TIMES)]


def test_it_tells_light_from_dark(model: EmbeddedModel, pictures: list[np.ndarray]) -> None:
    assert model.ask(pictures[:1], "Is it dark?").text == "no"
    said = model.ask(pictures[1:], "Is it dark?")
    assert said.text == "yes"
    assert 0.5 < said.confidence <= 1.0
    assert said.latency_s > 0.0
    assert model.ask(pictures, "did the light go out between the pictures?").text == "yes"
    assert model.ask(pictures[1:], "where is the wiper?").text == "unknown"


def test_it_reads_files_and_other_sizes(model: EmbeddedModel, pictures: list[np.ndarray]) -> None:
    _, png = cv2.imencode(".png", pictures[0][:, :, ::-1])
    question = "what does the left arm hold?"
    assert model.ask([png.tobytes()], question).text == model.ask(pictures[:1], question).text
    for size in ((320, 240), (1280, 960)):
        assert model.ask([cv2.resize(pictures[0], size)], question).text in ANSWERS


def test_answers_can_be_confined(model: EmbeddedModel, pictures: list[np.ndarray]) -> None:
    assert model.ask(pictures[:1], "where is the box?", ["Yes", "No"]).text in ("yes", "no")
    assert model.ask(pictures[:1], "where is the box?", ["left_hole"]).text == "left hole"
    with pytest.raises(InputError, match="none of them"):
        model.ask(pictures[:1], "where is the box?", ["moon"])


def test_what_cannot_be_asked(model: EmbeddedModel, pictures: list[np.ndarray]) -> None:
    for wrong, message in (([], "0 pictures"), (pictures * 2, "4 pictures"), ([b"no picture"], "cannot be read")):
        with pytest.raises(InputError, match=message):
            model.ask(wrong, "is it dark?")
    for question in ("", "   ", "x" * 501):
        with pytest.raises(InputError, match="characters"):
            model.ask(pictures[:1], question)
    with pytest.raises(InputError, match="expected"):
        model.ask([np.zeros((10, 10), np.uint8)], "is it dark?")
    _, png = cv2.imencode(".png", np.zeros((5000, 5000), np.uint8))
    with pytest.raises(InputError, match="5000 x 5000"):
        model.ask([png.tobytes()], "is it dark?")
    with pytest.raises(InputError, match="cannot be read"):
        model.ask([cv2.imencode(".png", pictures[0])[1].tobytes()[:500]], "is it dark?")


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weights"):
        read_card(tmp_path)
    folder = shutil.copytree(default_folder(), tmp_path / "vlm")
    content = json.loads((folder / CARD).read_text())
    (folder / "eye.onnx").write_bytes(b"broken")
    with pytest.raises(InputError, match="damaged"):
        EmbeddedModel.load(folder)
    (folder / CARD).write_text(json.dumps({**content, "layout": {**content["layout"], "format": 0}}))
    with pytest.raises(InputError, match="train again"):
        read_card(folder)
    (folder / CARD).write_text("{")
    with pytest.raises(InputError, match="damaged card"):
        read_card(folder)
