"""A task as on a real arm: controller, adapter and a controller's stand-in, all processes of their own."""

import json
import sys
from pathlib import Path

import pytest
from node_processes import Processes, own_domain, text_of, wait_until

pytestmark = [pytest.mark.nodes, pytest.mark.slow, pytest.mark.timeout(400)]
# Half speed: on a machine with two busy cores six processes at 250 Hz are too many.
SLOWED = "real_time_factor:=0.5"


BAD_LINE = ("jitter_s:=0.02", "loss:=0.02")


@pytest.mark.parametrize(
    ("family", "line"),
    [
        ("crisp", BAD_LINE),
        ("fzi", ()),
        ("joint_trajectory_controller", ()),
        ("forward_command_controller", ()),
        ("forward_command_controller", BAD_LINE),
    ],
)
def test_the_task_is_done_through_the_adapter(tmp_path: Path, family: str, line: tuple[str, ...]) -> None:
    with own_domain() as domain:
        processes = Processes(tmp_path, domain)
        try:
            launch = processes.start(
                *(sys.executable, "-m", "touchloop.cli.main", "launch", "stand_in.launch.xml"),
                *(f"family:={family}", "record:=false", f"run_dir:={tmp_path}", SLOWED, *line),
            )
            wait_until(lambda: launch.poll() is not None, 350.0, "the end of the launch")
            assert launch.returncode == 0, text_of(launch)
            result = json.loads((tmp_path / "result.json").read_text())
            assert result["rows"][0]["success"], text_of(launch)
        finally:
            processes.close()
