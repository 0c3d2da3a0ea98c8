from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from touchloop.launching.parameter_values import parameter_value, to_yaml
from touchloop.launching.templates import Template, literal_text
from touchloop.launching.xml_tree import LaunchFileError, Place

PLACE = Place(Path("x.launch.xml"), 1)


def value_of(raw: str, kind: str | None = None) -> object:
    def evaluate(template: Template) -> str:
        return literal_text(tuple(part if isinstance(part, str) else "7" for part in template))

    return parameter_value(raw, kind, evaluate, PLACE)


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("1", None, 1),
        ("1", "float", 1.0),
        ("1", "str", "1"),
        ("1", "bool", True),
        ("1.5", None, 1.5),
        ("wipe", None, "wipe"),
        ("", None, ""),
        ("true", None, True),
        ("[a, b]", None, ["a", "b"]),
        ("$(var x)", None, 7),
        ("$(var x)", "str", "7"),
        ("[$(var x), 2]", None, [7, 2]),
        ("a$(var x)", None, "a7"),
    ],
)
def test_typing(raw: str, kind: str | None, value: object) -> None:
    result = value_of(raw, kind)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("raw", ["null", "{a: 1}", "[1, a]", "[[1]]", "2026-01-01", "[1, 2.5]"])
def test_values_that_ros_has_no_type_for(raw: str) -> None:
    with pytest.raises(LaunchFileError, match=r"x.launch.xml:1: the parameter's"):
        value_of(raw)


scalars = st.one_of(st.text(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))
lists = st.one_of(*(st.lists(kind, min_size=1) for kind in (st.text(), st.booleans(), st.integers())))


@given(st.one_of(scalars, lists))
def test_yaml_keeps_value_and_type_on_one_line(value: object) -> None:
    text = to_yaml(value)
    assert "\n" not in text
    again = yaml.safe_load(text)
    assert again == value
    assert type(again) is type(value)
