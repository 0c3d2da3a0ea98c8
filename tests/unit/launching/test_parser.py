import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from touchloop.errors import InputError
from touchloop.launching.parser import parse_file
from touchloop.launching.resolver import declared_arguments, resolve
from touchloop.launching.templates import source_text
from touchloop.launching.xml_tree import LaunchFileError

Write = Callable[..., Path]

NODE = '<node pkg="robot" exec="arm"/>'

REFUSED = [
    ('<node pkg="robot"/>', "<node> needs the attribute 'exec'"),
    ('<nod pkg="robot" exec="arm"/>', "<nod> is not supported inside <launch>; there can be: <arg>, <executable>"),
    ('<node pkg="robot" exec="arm" colour="red"/>', "<node> has no attribute 'colour'; it can have: args, cwd"),
    (
        '<node pkg="robot" exec="arm"><arg name="x"/></node>',
        "<arg> is not supported inside <node>; there can be: <env>",
    ),
    ('<let name="a" value="$(eval 1 + 1)"/>', "the substitution $(eval) is not supported; there are: $(var), $(env)"),
    ('<let name="a" value="$(var)"/>', "$(var) takes 1 or 2 arguments, not 0"),
    ('<let name="a" value="$(dirname x)"/>', "$(dirname) takes 0 arguments, not 1"),
    ('<let name="a" value="$(var x"/>', "is not well-formed or not closed"),
    ('<let name="a" value="$(var \'x)"/>', "a closing ' is missing"),
    ('<let name="a" value="$()"/>', "a substitution's name is missing"),
    ('<let name="a" value="$(var )"/>', "an argument is missing"),
    ('<let name="a" value="$(var b)"/>', "the launch variable 'b' does not exist; there are: none"),
    ('<let name="a" value="$(env NONE)"/>', "the environment variable 'NONE' does not exist"),
    ('<let name="a" value="$(find-pkg-share no)"/>', "package 'no' is not installed (searched: "),
    ('<node pkg="robot" exec="leg"/>', "package 'robot' has no executable 'leg'; it has: arm, eye"),
    ('<node pkg="robot" exec="arm" if="maybe"/>', "the condition is 'maybe'; it can be: true, false, 1, 0"),
    ('<node pkg="robot" exec="arm" if="1" unless="1"/>', "has both 'if' and 'unless'"),
    ('<node pkg="robot" exec="arm" respawn="sometimes"/>', "the condition is 'sometimes'"),
    ('<node pkg="robot" exec="arm" respawn_delay="-1"/>', "respawn_delay is '-1'; it must be a number of seconds"),
    ('<node pkg="robot" exec="arm" on_exit="panic"/>', "on_exit is 'panic'; it can only be: shutdown"),
    ('<node pkg="robot" exec="arm" output="paper"/>', "output is 'paper'; it can be: screen, log, both"),
    ('<node pkg="robot" exec="arm" cwd="/no/such"/>', "the folder /no/such (cwd) does not exist"),
    ('<node pkg="robot" exec="arm" name="1st"/>', "the node's name is '1st'"),
    ('<node pkg="robot" exec="arm" namespace="a b"/>', "the namespace is '/a b'"),
    ('<node pkg="robot" exec="arm"><param from="no.yaml"/></node>', "the parameter file no.yaml does not exist"),
    ('<node pkg="robot" exec="arm"><param name="x"/></node>', "<param> needs the attribute 'value'"),
    ('<node pkg="robot" exec="arm"><param name="x" value="a" type="int"/></node>', "'a', which is not of type int"),
    ('<node pkg="robot" exec="arm"><param name="x" value="a" type="odd"/></node>', "the parameter's type is 'odd'"),
    ('<node pkg="robot" exec="arm"><param name="x" value="[1, a]"/></node>', "its items must be of one type"),
    ('<include file="no.launch.xml"/>', "the file no.launch.xml does not exist"),
    ('<arg name="speed" description="how fast"/>', "the argument 'speed' (how fast) needs a value: speed:=..."),
    ('<arg name="a" default="x"><choice value="y"/></arg>', "the argument 'a' is 'x'; it can be: y"),
    ('<executable cmd=" "/>', "<executable> has an empty 'cmd'"),
    ('<executable cmd="echo \'x"/>', "no closing quotation"),
    ("words", "text 'words' is not expected inside <launch>"),
    ('<group scoped="perhaps"/>', "scoped is 'perhaps'"),
]


@pytest.mark.parametrize(("inside", "message"), REFUSED)
def test_errors_name_file_and_line(
    write: Write, environment: Mapping[str, str], tmp_path: Path, inside: str, message: str
) -> None:
    file = write(f"<!-- first -->\n{inside}")
    with pytest.raises(LaunchFileError, match=re.escape(message)) as caught:
        resolve(file, {}, environment, tmp_path / "parameters")
    assert str(caught.value).startswith(f"{file}:3: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [("<launch>", "not well-formed XML"), ("<robot/>", "the outermost tag is <robot>"), ("", "not well-formed XML")],
)
def test_files_that_are_no_launch_files(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "x.launch.xml"
    file.write_text(text)
    with pytest.raises(LaunchFileError, match=message):
        parse_file(file)
    with pytest.raises(LaunchFileError, match="cannot be read"):
        parse_file(tmp_path / "none.launch.xml")


def test_errors_in_an_included_file_name_that_file(
    write: Write, environment: Mapping[str, str], tmp_path: Path
) -> None:
    inner = write('\n<let name="a" value="$(var missing)"/>', "inner.launch.xml")
    with pytest.raises(LaunchFileError, match=re.escape(f"{inner}:3: the launch variable 'missing'")):
        resolve(write('<include file="$(dirname)/inner.launch.xml"/>'), {}, environment, tmp_path / "parameters")


def test_a_file_that_includes_itself_is_refused(write: Write, environment: Mapping[str, str], tmp_path: Path) -> None:
    with pytest.raises(LaunchFileError, match="include each other more than 32 deep"):
        resolve(write('<include file="$(dirname)/test.launch.xml"/>'), {}, environment, tmp_path / "parameters")


def test_unknown_arguments_are_refused_with_those_that_there_are(
    write: Write, environment: Mapping[str, str], tmp_path: Path
) -> None:
    file = write('<arg name="a" default="1"/><group><arg name="b" default="$(var a)"/></group>')
    with pytest.raises(InputError, match=r"test.launch.xml has no argument c; its arguments are: a, b"):
        resolve(file, {"c": "1"}, environment, tmp_path / "parameters")
    outer = write('<include file="$(dirname)/test.launch.xml"><arg name="c" value="1"/></include>', "o.launch.xml")
    with pytest.raises(LaunchFileError, match=r"test.launch.xml has no argument 'c'; its arguments are: a, b"):
        resolve(outer, {}, environment, tmp_path / "parameters")


def test_declared_arguments(write: Write) -> None:
    file = write(
        '<arg name="a" default="x$(env B \'1 2\')" description="first"><choice value="x"/><choice value="y"/></arg>'
        '<arg name="b"/><arg name="a" default="second"/>'
    )
    first, second = declared_arguments(parse_file(file))
    assert (first.name, first.description, first.choices) == ("a", "first", ("x", "y"))
    assert source_text(first.default or ()) == "x$(env B 1 2)"
    assert (second.name, second.default) == ("b", None)


def test_command_of_a_node(write: Write, environment: Mapping[str, str], tmp_path: Path) -> None:
    file = write(
        '<arg name="rate" default="250.0"/>'
        '<node pkg="robot" exec="arm" name="left_arm" namespace="left" args="--fast" ros_args="--log-level debug"'
        ' output="screen" respawn="true" respawn_delay="0.5">'
        '<param from="$(find-pkg-share robot)/config/arm.yaml"/>'
        '<param name="rate_hz" value="$(var rate)"/><param name="names" value="[a, b]"/>'
        '<param name="text" value="$(var rate)" type="str"/><remap from="in" to="out"/><env name="A" value="1"/></node>'
    )
    (process,) = resolve(file, {"rate": "100"}, environment, tmp_path / "parameters")
    prefix = environment["AMENT_PREFIX_PATH"]
    assert process.command == (
        f"{prefix}/lib/robot/arm", "--fast", "--ros-args", "--log-level", "debug", "--ros-args",
        "-r", "__node:=left_arm", "-r", "__ns:=/left", "--params-file", f"{prefix}/share/robot/config/arm.yaml",
        "--params-file", f"{tmp_path}/parameters/launch_params_0_left.left_arm.yaml", "-r", "in:=out",
    )  # fmt: skip
    content = yaml.safe_load((tmp_path / "parameters/launch_params_0_left.left_arm.yaml").read_text())
    values = {"rate_hz": 100, "names": ["a", "b"], "text": "100"}
    assert content == {"/left/left_arm": {"ros__parameters": values}}
    assert process.environment == {**environment, "A": "1"}
    assert (process.name, process.respawn, process.respawn_delay_s) == ("left_arm", True, 0.5)
    assert not process.shutdown_on_exit


def test_parameters_without_a_full_name_are_for_all_nodes(
    write: Write, environment: Mapping[str, str], tmp_path: Path
) -> None:
    inside = '<param name="a" value="1"/><param name="b" value="x y" type="str"/>'
    (process,) = resolve(
        write(f'<node pkg="robot" exec="arm">{inside}</node>'), {}, environment, tmp_path / "parameters"
    )
    assert process.command[1:] == ("--ros-args", "-p", "a:=1", "-p", "b:=x y")


def test_set_remap_is_for_the_nodes_that_follow_in_its_group_and_comes_before_their_own(
    write: Write, environment: Mapping[str, str], tmp_path: Path
) -> None:
    node = '<node pkg="robot" exec="arm"><remap from="a" to="b"/></node>'
    file = write(f'{node}<group><set_remap from="/clock" to="/cell/clock"/>{node}</group>{node}')
    commands = [process.command for process in resolve(file, {}, environment, tmp_path / "parameters")]
    remaps = [[word for word in command if ":=" in word] for command in commands]
    assert remaps == [["a:=b"], ["/clock:=/cell/clock", "a:=b"], ["a:=b"]]


def test_processes_have_different_names(write: Write, environment: Mapping[str, str], tmp_path: Path) -> None:
    processes = resolve(write(NODE * 3 + '<executable cmd="/bin/echo x"/>'), {}, environment, tmp_path / "parameters")
    assert [process.name for process in processes] == ["arm", "arm-2", "arm-3", "echo"]


def test_includes_leak_and_groups_do_not(write: Write, environment: Mapping[str, str], tmp_path: Path) -> None:
    write('<arg name="a" default="inner"/><let name="b" value="set"/>', "inner.launch.xml")
    include = '<include file="$(dirname)/inner.launch.xml"/>'
    echo = '<executable cmd="echo $(var a none) $(var b none)"/>'
    leaking = resolve(write(include + echo), {}, environment, tmp_path / "parameters")
    scoped = resolve(write(f"<group>{include}</group>{echo}"), {}, environment, tmp_path / "parameters")
    assert leaking[0].command == ("echo", "inner", "set")
    assert scoped[0].command == ("echo", "none", "none")
