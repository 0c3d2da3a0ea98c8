"""``touchloop doctor`` tells what is there and what is not."""

import json
import os

import pytest

from touchloop.cli import machine_checks as checks
from touchloop.cli.doctor import show
from touchloop.cli.machine_checks import Finding

THERE = Finding("thing", "ok", "version 1")
ABSENT = Finding("window", "absent", "none; needed only for gui:=true")
MISSING = Finding("weights [wipe]", "missing", "no such folder", "git checkout -- weights")


@pytest.mark.parametrize(("findings", "code"), [([THERE, ABSENT], 0), ([THERE, MISSING, ABSENT], 1)])
def test_the_exit_code_says_whether_something_must_be_mended(findings, code, capsys):
    assert show(findings, as_json=False) == code
    text = capsys.readouterr().out
    assert all(finding.name in text for finding in findings)
    assert show(findings, as_json=True) == code
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is (code == 0)
    assert [finding["status"] for finding in answer["findings"]] == [finding.status for finding in findings]


def test_a_missing_thing_comes_with_its_remedy(capsys):
    show([MISSING], as_json=False)
    assert "git checkout -- weights" in capsys.readouterr().out


def test_a_missing_tool_names_the_candidates(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = checks.check_tool("CMake", "cmake")
    assert finding.status == "missing"
    assert "cmake" in finding.detail


def test_little_shared_memory_is_missing(tmp_path):
    finding = checks.check_shared_memory(tmp_path, free=20_000_000)
    assert finding.status == "missing"
    assert "--shm-size" in finding.remedy
    assert checks.check_shared_memory(tmp_path, free=checks.SHARED_MEMORY_BYTES).status == "ok"


def test_the_display_is_only_for_the_window():
    assert checks.check_display({}).status == "absent"
    assert checks.check_display({"DISPLAY": ":3"}).detail == ":3"


def test_an_unbuilt_workspace_is_missing(monkeypatch, tmp_path):
    (tmp_path / "src/touchloop_msgs").mkdir(parents=True)
    (tmp_path / "src/touchloop_msgs/package.xml").write_text("<package/>")
    monkeypatch.setattr(checks, "WORKSPACE", tmp_path)
    finding = checks.check_workspace()
    assert finding.status == "missing"
    assert "touchloop_msgs" in finding.detail


def test_this_machine_has_what_the_tests_need():
    for check in (checks.check_python, checks.check_ros, checks.check_workspace, checks.check_messages):
        finding = check()
        assert finding.status == "ok", finding


@pytest.mark.nodes
def test_a_message_goes_to_another_process_and_back(monkeypatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", str(100 + os.getpid() % 100))
    assert checks.check_loopback().status == "ok"


@pytest.mark.nodes
def test_nodes_are_on_loopback_alone_and_one_that_is_not_is_told(monkeypatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", str(100 + os.getpid() % 100))
    for name in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "FASTDDS_DEFAULT_PROFILES_FILE", "TOUCHLOOP_INTERFACES"):
        monkeypatch.delenv(name, raising=False)
    finding = checks.check_sockets()
    assert finding.status == "ok", finding
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    finding = checks.check_sockets()
    assert finding.status == "missing"
    assert "0.0.0.0" in finding.detail


def test_the_wheels_lack_of_security_is_told(monkeypatch):
    monkeypatch.setattr(checks, "_environment", lambda: {"LD_LIBRARY_PATH": ""})
    finding = checks.check_security()
    assert finding.status == "absent"
    assert "no security plug-in" in finding.detail
    assert "touchloop deploy policies" in finding.remedy
