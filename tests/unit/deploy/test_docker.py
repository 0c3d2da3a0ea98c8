"""Images cannot be built in a test: what can be checked without Docker is checked here."""

import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

from touchloop.deploy.network import Network
from touchloop.launching.environment import REPOSITORY
from touchloop.launching.parser import parse_file
from touchloop.launching.resolver import declared_arguments

DOCKER = REPOSITORY / "docker"
DOCKERFILE = DOCKER / "Dockerfile"
COMPOSE = sorted(DOCKER.glob("compose.*.yaml"))
READ_BY_OTHERS = {"NVIDIA_DRIVER_CAPABILITIES"}
"""Variables that the container runtime reads."""


def services(file: Path) -> dict[str, dict]:
    return yaml.safe_load(file.read_text())["services"]


def extended(file: Path, name: str) -> dict:
    """A service with what it extends, shallowly merged as far as the tests ask."""
    service = services(file)[name]
    if "extends" not in service:
        return service
    base = extended(file.parent / service["extends"].get("file", file.name), service["extends"]["service"])
    return base | service


ALL = [(file, name) for file in COMPOSE for name in services(file)]


@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.name)
def test_compose_files_follow_the_specification(file: Path) -> None:
    schema = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(yaml.safe_load(file.read_text()))


def test_the_specification_refuses_what_compose_does_not_know() -> None:
    schema = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    wrong = {"services": {"robot": {"image": "x", "comand": []}}}
    with pytest.raises(jsonschema.ValidationError, match="comand"):
        jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(wrong)


@pytest.mark.parametrize(("file", "name"), ALL)
def test_each_service_is_built_or_extends_one_that_is(file: Path, name: str) -> None:
    build = extended(file, name)["build"]
    assert (DOCKER / build["context"] / build["dockerfile"]).resolve() == DOCKERFILE
    declared = set(re.findall(r"^ARG (\w+)", DOCKERFILE.read_text(), re.MULTILINE))
    assert set(build["args"]) <= declared


@pytest.mark.parametrize(("file", "name"), ALL)
def test_launch_files_and_their_arguments_exist(file: Path, name: str) -> None:
    words = extended(file, name).get("command", [])
    if not words or words[0] != "launch":
        return
    check_launch(words[1:])


def check_launch(words: list[str]) -> None:
    launch = REPOSITORY / "launch" / words[0]
    known = {argument.name for argument in declared_arguments(parse_file(launch))}
    given = {word.partition(":=")[0] for word in words[1:]}
    assert given <= known, f"{launch.name} has no {sorted(given - known)}"


@pytest.mark.parametrize(("file", "name"), ALL)
def test_every_variable_that_is_set_is_read_somewhere(file: Path, name: str) -> None:
    assert set(extended(file, name).get("environment", {})) <= READ_BY_OTHERS


def test_the_environment_file_is_the_one_that_deploy_network_writes(tmp_path: Path) -> None:
    written = {path.name for path in Network(("lo",), ("10.0.0.2",)).write(tmp_path)}
    written |= {path.name for path in Network(("lo",), ("10.0.0.2",), "zenoh").write(tmp_path)}
    for file, name in ALL:
        for path in extended(file, name).get("env_file", []):
            assert path.rpartition("/")[2] in written


def test_nvidia_differs_from_cpu_by_the_device_alone() -> None:
    file = DOCKER / "compose.planner.yaml"
    cpu, nvidia = extended(file, "planner"), extended(file, "planner-nvidia")
    assert {key for key in nvidia if nvidia[key] != cpu.get(key)} == {"extends", "profiles", "environment", "deploy"}


def test_only_the_robot_has_real_time_rights() -> None:
    assert extended(DOCKER / "compose.robot.yaml", "robot")["ulimits"] == {"rtprio": 30, "memlock": -1}
    assert not [name for file, name in ALL if "privileged" in extended(file, name)]


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    sources = [
        word
        for line in re.findall(r"^COPY --chown=touchloop (.*) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
        for word in line.split()
    ]
    assert len(sources) == 11
    for source in sources:
        assert (REPOSITORY / source).exists(), source
        assert f"!{source}" in ignored, source


def test_the_bases_are_the_official_ones() -> None:
    text = DOCKERFILE.read_text()
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["ros:${ROS_DISTRO}-ros-base"]
    assert "ARG ROS_DISTRO=kilted" in text


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_hadolint_finds_nothing() -> None:
    ended = subprocess.run(["hadolint", DOCKERFILE], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
