"""The set-up's checks say what is wrong and what to do."""

import os
import re
from pathlib import Path

import pytest
from touchloop_setup import machine
from touchloop_setup.problem import SetupProblem


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def programs(folder: Path, *names: str, cmake: str = "cmake version 3.28.3") -> dict[str, str]:
    for name in names:
        write_program(folder / name, "#!/bin/sh\n" + (f"echo '{cmake}'\n" if name == "cmake" else ""))
    return {"PATH": str(folder)}


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_a_python_out_of_range_is_refused(version):
    with pytest.raises(SetupProblem, match=r"needs 3\.11, 3\.12 or 3\.13"):
        machine.check_python(version)


def test_this_python_is_accepted():
    machine.check_python()


@pytest.mark.parametrize(("system", "kind"), [("Darwin", "arm64"), ("Linux", "aarch64"), ("Windows", "AMD64")])
def test_another_platform_is_refused_by_name(system, kind):
    with pytest.raises(SetupProblem, match=f"{system} {kind}"):
        machine.check_platform(system, kind)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ([], "No C compiler"),
        (["cc"], r"No C\+\+ compiler"),
        (["cc", "c++"], "CMake was not found"),
    ],
)
def test_a_missing_build_tool_is_named_with_its_package(tmp_path, there, said):
    with pytest.raises(SetupProblem, match=rf"{said}.*sudo apt install"):
        machine.check_build_tools(programs(tmp_path, *there))


def test_the_compiler_that_the_user_chose_must_exist(tmp_path):
    environment = programs(tmp_path, "cc", "c++", "cmake") | {"CXX": "my-c++ -O1"}
    with pytest.raises(SetupProblem, match=re.escape("CXX=my-c++ -O1")):
        machine.check_build_tools(environment)
    write_program(tmp_path / "my-c++", "#!/bin/sh\n")
    machine.check_build_tools(environment)


def test_an_old_or_broken_cmake_is_refused(tmp_path):
    with pytest.raises(SetupProblem, match=r"version 3\.16.*3\.20 or later"):
        machine.check_build_tools(programs(tmp_path, "cc", "c++", "cmake", cmake="cmake version 3.16.3"))
    with pytest.raises(SetupProblem, match="does not work"):
        machine.check_build_tools(programs(tmp_path, "cmake", cmake="no libraries"))


def test_a_full_disk_is_refused_with_the_need(tmp_path):
    with pytest.raises(SetupProblem, match=r"1\.5 GB free.*about 4 GB"):
        machine.check_disk(tmp_path, free_bytes=1_500_000_000)
    machine.check_disk(tmp_path, free_bytes=machine.NEEDED_BYTES)


def test_this_machine_has_the_build_tools():
    machine.check_build_tools(os.environ)
