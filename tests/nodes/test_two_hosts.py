"""Planner on one host, arm on another, the link cut in contact; all of it on this machine, in namespaces."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from touchloop.deploy.virtual_host import why_impossible
from touchloop.launching.environment import REPOSITORY

pytestmark = [pytest.mark.nodes, pytest.mark.slow, pytest.mark.timeout(420)]
HOLD_LIMIT_S = 0.2
FORCE_CAP_N = 25.0


@pytest.mark.skipif(bool(why_impossible()), reason=why_impossible())
@pytest.mark.parametrize("discovery", ["peers", "server"])
def test_a_cut_link_is_borne_safely_and_work_goes_on_when_it_is_back(discovery: str, tmp_path: Path) -> None:
    file = tmp_path / "cuts.json"
    script = REPOSITORY / "benchmarks/two_hosts.py"
    options = ["--discovery", discovery, "--for-good-s", "30", "--log-dir", tmp_path / "logs", "--json-file", file]
    command = [str(word) for word in (sys.executable, script, *options)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert file.is_file(), ended.stderr[-2000:]
    print(ended.stdout)
    one_second, ten_seconds, for_good = json.loads(file.read_text())["cuts"]
    for cut in (one_second, ten_seconds, for_good):
        assert cut["held_s"] <= HOLD_LIMIT_S, cut
        assert cut["max_force_n"] < FORCE_CAP_N, cut
        assert cut["outside_m"] == 0.0, cut
        assert "slow_planner" in cut["reason"], cut
    assert one_second["resumed_s"] < 10.0
    assert ten_seconds["resumed_s"] < 10.0
    assert for_good["resumed_s"] is None
    assert for_good["lifted"]
