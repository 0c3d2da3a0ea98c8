"""The original is the judge: same file, same commands. Skipped where ROS 2 launch is not installed."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.launching.environment import REPOSITORY, ros_environment
from touchloop.launching.resolver import resolve

Write = Callable[..., Path]

pytest.importorskip("launch_ros", reason="the original ROS 2 launch is not installed", exc_type=ImportError)
pytestmark = pytest.mark.filterwarnings("ignore")


def real_commands(file: Path, arguments: Mapping[str, str]) -> list[dict[str, Any]]:
    from launch import LaunchContext
    from launch.actions import ExecuteLocal, IncludeLaunchDescription
    from launch.launch_description_sources import AnyLaunchDescriptionSource

    processes: list[dict[str, Any]] = []

    def note(action: Any, context: Any) -> None:
        action.prepare(context)
        details = action.process_details
        command = comparable(details["cmd"])
        processes.append({"command": command, "environment": details["env"], "cwd": details["cwd"]})

    context = LaunchContext()
    context.launch_configurations.update(arguments)

    def visit(entity: Any) -> None:
        for child in entity.visit(context) or ():
            visit(child)

    original = ExecuteLocal.execute
    ExecuteLocal.execute = note
    try:
        visit(IncludeLaunchDescription(AnyLaunchDescriptionSource(str(file))))
    finally:
        ExecuteLocal.execute = original
    return processes


def comparable(command: list[str] | tuple[str, ...]) -> list[Any]:
    """Command line with parameters of both spellings, -p and temporary files, as (node, name, value)."""
    words = iter(command)
    result: list[Any] = []
    for word in words:
        if word == "-p":
            assignment = next(words)
            name, _, text = assignment.partition(":=")
            owner, _, name = name.rpartition(":")
            result.append((owner or "/**", name, yaml.safe_load(text)))
        elif word == "--params-file" and "launch_params_" in (file := next(words)):
            content = yaml.safe_load(Path(file).read_text())
            for owner, section in content.items():
                for name, value in section["ros__parameters"].items():
                    result.append((owner, name, value))
        elif word == "--params-file":
            result += [word, file]
        else:
            result.append(word)
    return result


def with_the_original(environment: Mapping[str, str]) -> dict[str, str]:
    prefixes = [environment["AMENT_PREFIX_PATH"], os.environ["AMENT_PREFIX_PATH"]]
    return {**environment, "PATH": os.environ["PATH"], "AMENT_PREFIX_PATH": os.pathsep.join(prefixes)}


def our_commands(file: Path, arguments: Mapping[str, str], environment: Mapping[str, str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        return [
            {
                "command": comparable(process.command),
                "environment": dict(process.environment),
                "cwd": process.cwd and str(process.cwd),
            }
            for process in resolve(file, arguments, environment, Path(folder))
        ]


def agree(file: Path, arguments: Mapping[str, str], environment: Mapping[str, str]) -> None:
    full = with_the_original(environment)
    with mock.patch.dict(os.environ, full, clear=True):
        theirs = real_commands(file, arguments)
    assert our_commands(file, arguments, full) == theirs


NODE = '<node pkg="robot" exec="arm" {attributes}>{inside}</node>'

NODES = [
    ("", ""),
    ('name="left_arm"', ""),
    ('namespace="left"', ""),
    ('name="a" namespace="/left/inner"', '<param name="rate" value="250"/>'),
    ('name="a" namespace=""', '<param name="rate" value="250"/>'),
    ('name="a"', '<param name="rate" value="2.5"/><remap from="in" to="$(env COLOUR)/out"/><remap from="a" to="b"/>'),
    ("args=\"--fast $(var speed) --file=$(dirname)/x 'two words'\"", ""),
    ('args="$(var speed) $(var speed)"', ""),
    ('args="a$(var speed)b c"', ""),
    ('ros_args="--log-level debug"', '<param from="$(find-pkg-share robot)/config/arm.yaml"/>'),
    ('name="a"', '<param name="x" value="$(var speed)"/><param from="$(find-pkg-share robot)/config/arm.yaml"/>'),
    ("", '<env name="A" value="$(var speed)"/><env name="COLOUR" value="red"/>'),
    ('cwd="$(dirname)" output="screen"', ""),
    ('if="true"', ""),
    ('if="$(var no)"', ""),
    ('unless="$(var no)"', ""),
    ('unless="1"', ""),
]


@pytest.mark.parametrize(("attributes", "inside"), NODES)
def test_nodes(write: Write, environment: Mapping[str, str], attributes: str, inside: str) -> None:
    variables = '<let name="speed" value="fast"/><let name="no" value="False"/>'
    agree(write(variables + NODE.format(attributes=attributes, inside=inside)), {}, environment)


SCOPES = [
    '<arg name="a" default="1"/>N',
    '<let name="a" value="2"/>N<let name="a" value="$(var a)3"/>N',
    '<let name="a" value="2"/><group><let name="a" value="3"/>N</group>N',
    '<let name="a" value="2"/><group scoped="false"><let name="a" value="3"/>N</group>N',
    '<let name="a" value="2"/><group if="false"><let name="a" value="3"/>N</group>N',
    '<let name="a" value="2"/><group forwarding="false"><let name="a" value="3"/>N</group>N',
    '<let name="a" value="0"/><set_env name="E" value="1"/><group><set_env name="E" value="2"/>N</group>N',
    '<let name="a" value="0"/><push_ros_namespace namespace="x"/>N<group><push_ros_namespace namespace="y"/>N</group>N',
    '<let name="a" value="0"/><push_ros_namespace namespace=""/>N',
    '<let name="a" value="0"/><group><set_remap from="/clock" to="/x/clock"/>N</group>N',
    '<let name="a" value="0"/><push_ros_namespace namespace="/"/>N<push-ros-namespace namespace="z/"/>N',
    '<let name="a" value="0"/><include file="$(dirname)/inner.launch.xml"/>N',
    '<let name="a" value="0"/><include file="$(dirname)/inner.launch.xml"><arg name="b" value="7"/></include>N',
    '<include file="$(dirname)/inner.launch.xml"><arg name="a" value="7"/></include>N',
    '<group><include file="$(dirname)/inner.launch.xml"><arg name="a" value="7"/></include></group>'
    '<let name="a" value="9"/>N<include file="$(dirname)/inner.launch.xml"/>',
    '<include file="$(dirname)/inner.launch.xml"/><include file="$(dirname)/inner.launch.xml"/>N',
]


@pytest.mark.parametrize("text", SCOPES)
def test_scopes(write: Write, environment: Mapping[str, str], text: str) -> None:
    node = NODE.format(attributes="", inside='<param name="a" value="$(var a)"/>')
    write(
        f'<arg name="a" default="5"/><arg name="b" default="$(var a)6"/>{node}<let name="a" value="8"/>',
        "inner.launch.xml",
    )
    agree(write(text.replace("N", node)), {}, environment)


VALUES = [
    "1", "1.0", "1e3", "true", "True", "yes", "off", "none", "x", "", "'1'", '"1"', "[1, 2]", "[1.0, 2]", "[a, b]",
    "[true, false]", "$(var one)", "'$(var one)'", "a$(var one)", "[$(var one), 2]", "[a, $(var one)]", "1:2", "a: b",
    "2026-01-01", "null", "[]", "[1, a]", "0x10", "010", ".5", "1_000", "[[1]]", "$(var list)", "\\$(var one)", "-",
    "é", "a\\b", "@x", "[$(var list)]", "- a", "*", "&a", "!x", "{a: 1}", "[1, 2", "inf", ".inf", "nan",
]  # fmt: skip


@pytest.mark.parametrize("kind", [None, "str", "int", "float", "bool", "list_of_int", "list_of_str", "yaml", "odd"])
@pytest.mark.parametrize("value", VALUES)
def test_parameter_values(write: Write, environment: Mapping[str, str], value: str, kind: str | None) -> None:
    kind_text = f' type="{kind}"' if kind else ""
    escaped = value.replace("&", "&amp;").replace('"', "&quot;")
    inside = f'<param name="p" value="{escaped}"{kind_text}/>'
    file = write(
        '<let name="one" value="1"/><let name="list" value="[1, 2]"/>' + NODE.format(attributes="", inside=inside)
    )
    same_or_both_refuse(file, environment)


def same_or_both_refuse(file: Path, environment: Mapping[str, str]) -> None:
    full = with_the_original(environment)
    try:
        ours = our_commands(file, {}, full)
    except InputError:
        ours = None
    try:
        with mock.patch.dict(os.environ, full, clear=True):
            theirs = real_commands(file, {})
    except Exception:  # noqa: BLE001 the original refuses with many kinds of errors
        theirs = None
    assert repr(ours) == repr(theirs)


PIECES = ["$(var one)", "$(env COLOUR)", "$(env NONE x)", "$(env NONE '')", "$(var none 'a b')", "a", " ", "\\", "'"]
PIECES += ["\\$(var one)", "$", "(", ")", '"', "$(env NONE $(var one)b)", '$(env NONE "it\'s")', "$(env NONE", "é", "/"]


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=7))
def test_any_template(write: Write, environment: Mapping[str, str], pieces: list[str]) -> None:
    text = "".join(pieces).replace('"', "&quot;")
    inside = '<remap from="a" to="$(var v)"/>'
    lets = f'<let name="one" value="1"/><let name="v" value="{text}"/>'
    same_or_both_refuse(write(lets + NODE.format(attributes="", inside=inside)), environment)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(["$(var one)", "a", " ", "  ", "'b c'", "d=", "\\ "]), min_size=1, max_size=8))
def test_any_command_line(write: Write, environment: Mapping[str, str], pieces: list[str]) -> None:
    same_or_both_refuse(write(f'<let name="one" value="1 2"/><executable cmd="echo {"".join(pieces)}"/>'), environment)


@pytest.mark.parametrize(
    "arguments", [{}, {"lockstep": "true", "namespace": "left", "record": "false", "perturb": "push"}]
)
def test_the_files_of_touchloop(arguments: Mapping[str, str]) -> None:
    for file in sorted((REPOSITORY / "launch").glob("*.launch.xml")):
        known = arguments if file.name == "sim.launch.xml" else {}
        agree(file, known, ros_environment())
