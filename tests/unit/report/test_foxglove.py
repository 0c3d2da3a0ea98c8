import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from touchloop.data.bag_types import MessageTypes
from touchloop.report import make
from touchloop.report.streams import split_topic

TYPES = {
    "/controller_state": "touchloop_msgs/msg/ControllerState",
    "/task_state": "touchloop_msgs/msg/TaskState",
}
OTHERS = {"/robot_description", "/diagnostics", "/rosout", "/move_base_simple/goal", "/clicked_point", "/initialpose"}


@pytest.fixture
def layout(tmp_path: Path) -> dict[str, Any]:
    return json.loads(make._copy_layout(tmp_path, "", "", (2.5, 8.5)).read_text())


def panels(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    else:
        assert part["direction"] in ("row", "column")
        assert 0 < part["splitPercentage"] < 100
        yield from panels(part["first"])
        yield from panels(part["second"])


def strings(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield key
            yield from strings(value)
    elif isinstance(part, list):
        for value in part:
            yield from strings(value)
    elif isinstance(part, str):
        yield part


def test_each_panel_is_placed_once_and_has_settings(layout: dict[str, Any]) -> None:
    placed = list(panels(layout["layout"]))
    assert sorted(placed) == sorted(layout["configById"])
    assert {name.split("!")[0] for name in placed} >= {"3D", "Image", "Plot", "StateTransitions", "DiagnosticSummary"}
    assert layout["userNodes"] == layout["globalVariables"] == {}
    assert layout["playbackConfig"] == {"speed": 1}


def test_topics_are_those_of_the_architecture(layout: dict[str, Any]) -> None:
    topics = {word.split(".")[0] for word in strings(layout) if word.startswith("/")}
    unknown = {topic for topic in topics - OTHERS if split_topic(topic) is None and "camera_info" not in topic}
    assert unknown == set()


def test_plotted_fields_exist(layout: dict[str, Any]) -> None:
    types = MessageTypes()
    paths = [
        path["value"]
        for panel in layout["configById"].values()
        for path in panel.get("paths", [])
        if "/" in path["value"]
    ]
    assert len(paths) > 8
    for path in paths:
        topic, _, name = path.partition(".")
        types.ensure(TYPES[topic])
        assert name in [field for field, _ in types.store.fielddefs[TYPES[topic]][1]]


def test_namespace_moves_the_arm_and_nothing_else(tmp_path: Path) -> None:
    words = list(strings(json.loads(make._copy_layout(tmp_path, "/left", "/left", None).read_text())))
    assert "/left/controller_state.force_n" in words
    assert "/left/robot_description" in words
    assert "/left/camera/wrist/image_raw" in words
    assert "/diagnostics" in words
    assert "/controller_state.force_n" not in words


def test_of_several_arms_one_is_moved_and_what_they_share_is_not(tmp_path: Path) -> None:
    layout = json.loads(make._copy_layout(tmp_path, "/left", "", (4.0, 17.0)).read_text())
    words = list(strings(layout))
    for word in ("/left/controller_state.force_n", "/left/camera/wrist/image_raw", "/task_state.progress"):
        assert word in words
    assert "/camera/scene/image_raw" in words
    assert layout["configById"]["3D!arm"]["layers"]["arm"]["framePrefix"] == "left/"
    band = [path["value"] for path in layout["configById"]["Plot!force"]["paths"] if path["label"] == "band"]
    assert band == ["4", "17"]
