"""Chaos from end to end: real nodes, real faults; and a judge that is not blind."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from node_processes import Processes, own_domain, text_of, wait_until

pytestmark = [pytest.mark.nodes, pytest.mark.slow, pytest.mark.timeout(900)]
KEYS = ["faults", "unsafe", "unexplained", "max_hold_s", "max_force_n"]


def chaos(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    with own_domain() as domain:
        processes = Processes(folder, domain)
        try:
            result = folder / "c.json"
            run = processes.start(
                sys.executable,
                *("-m", "touchloop.cli.main", "chaos", "--json", result, "--run-dir", folder / "run", *words),
            )
            code = wait_until(lambda: run.poll() is not None and [run.returncode], 800.0, "the end of the run")[0]
            assert result.is_file(), text_of(run)
            return code, json.loads(result.read_text())
        finally:
            processes.close()


def test_a_run_ends_with_every_fault_judged(tmp_path: Path) -> None:
    code, content = chaos(tmp_path, "--faults", "20", "--seed", "1")
    print({key: content[key] for key in KEYS})
    assert list(content)[: len(KEYS)] == KEYS
    assert content["faults"] == 20
    assert content["unexplained_entries"] == []
    assert content["unsafe_entries"] == []
    assert 0.0 < content["max_force_n"] <= content["force_allowed_n"]
    assert content["bags_whole"]
    assert (tmp_path / "run/report.html").is_file()
    assert code == 0


def test_an_arm_that_follows_anybody_is_reported_unsafe(tmp_path: Path) -> None:
    only = ("--only", "foreign:safe/target_pose", "--driver", "anybody")
    code, content = chaos(tmp_path, "--faults", "3", "--seed", "1", *only)
    assert {entry["what"] for entry in content["unsafe_entries"]} & {"force", "hold"}
    assert code == 1


def test_a_supervisor_whose_limits_are_off_is_reported_unsafe(tmp_path: Path) -> None:
    """Judged by a cap below what wiping needs, which a supervisor with that cap would not let pass."""
    off, strict = tmp_path / "off.yaml", tmp_path / "strict.yaml"
    box = "lower_in_base_m: [0.25, -0.35, 0.12]\n    upper_in_base_m: [0.75, 0.35, 0.60]"
    off.write_text(f"/**:\n  ros__parameters:\n    {box}\n    force_n: 500.0\n")
    strict.write_text(f"/**:\n  ros__parameters:\n    {box}\n    force_n: 2.0\n")
    words = ("--only", "duplicate:plan", "--config", str(off), "--judged", str(strict))
    code, content = chaos(tmp_path, "--faults", "3", "--seed", "1", *words)
    assert "force" in {entry["what"] for entry in content["unsafe_entries"]}
    assert code == 1
