"""The task runner as a real process; manager and world are played by the test."""

import json
from pathlib import Path

import pytest
from node_processes import Observer, Processes, text_of
from nodes_under_test import start
from std_msgs.msg import Header
from std_srvs.srv import Trigger
from touchloop_msgs.msg import TaskState
from touchloop_msgs.srv import ResetWorld

from touchloop_nodes.conversions import to_time

pytestmark = pytest.mark.nodes
Scene = tuple[Processes, Observer]
START_NS = 5_000_000_000


class Stage:
    """Answers as lifecycle_manager and pybullet_world do."""

    def __init__(self, observer: Observer) -> None:
        node = observer.node
        self.active, self.message, self.refusal = True, "all nodes are active", ""
        self.resets: list[ResetWorld.Request] = []
        self._states = node.create_publisher(TaskState, "task_state", 10)
        node.create_service(Trigger, "lifecycle_manager/is_active", self._is_active)
        node.create_service(ResetWorld, "pybullet_world/reset", self._reset)

    def _is_active(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = self.active, self.message
        return response

    def _reset(self, request: ResetWorld.Request, response: ResetWorld.Response) -> ResetWorld.Response:
        response.success, response.message = not self.refusal, self.refusal
        self.resets.append(request)
        response.episode, response.start = len(self.resets) - 1, to_time(START_NS)
        return response

    def end_episode(self, success: bool) -> None:
        self._states.publish(
            TaskState(
                header=Header(stamp=to_time(START_NS + 2_500_000_000)),
                episode=len(self.resets) - 1,
                done=True,
                success=success,
                score=float(success),
                variant="star",
                progress=0.75,
                peak_force_n=7.5,
            )
        )


def test_episodes_are_run_and_written(scene: Scene, tmp_path: Path) -> None:
    processes, observer = scene
    acted = Stage(observer)
    run_dir = tmp_path / "run"
    runner = start(processes, "task_runner", "episodes:=2", "seed:=40", "perturb:=push", f"run_dir:={run_dir}")
    observer.until(lambda: len(acted.resets) == 1, what="the first reset")
    acted.active, acted.message = False, "missing: pybullet_world"
    observer.until(lambda: acted.message in text_of(runner) or observer.spin_for(0.3) is None, what="a poll")
    observer.spin_for(1.0)
    acted.active = True
    observer.until(lambda: len(acted.resets) == 2, what="the repeated reset")
    assert "pybullet_world was started again; the episode begins anew" in text_of(runner)
    for count, success in ((2, True), (3, False)):
        observer.until(lambda count=count: len(acted.resets) == count, what="a reset")
        observer.until(
            lambda success=success, count=count: (
                acted.end_episode(success) or len(acted.resets) > count or runner.poll() is not None
            ),
            what="the next episode",
        )
    assert runner.wait(20) == 0, text_of(runner)
    assert [(r.seed, r.perturbation) for r in acted.resets] == [(40, "push"), (40, "push"), (41, "push")]
    result = json.loads((run_dir / "result.json").read_text())
    assert (result["task"], result["perturbation"], result["success_rate"]) == ("wipe", "push", 0.5)
    assert [(row["seed"], row["success"], row["score"]) for row in result["rows"]] == [
        (40, True, 1.0),
        (41, False, 0.0),
    ]
    assert result["rows"][0]["duration_s"] == 2.5
    assert result["rows"][0]["peak_force_n"] == 7.5
    assert (result["rows"][0]["variant"], result["rows"][0]["progress"]) == ("star", 0.75)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("failed: pybullet_world is unconfigured after 3 failed attempts, see its log", "after 3 failed attempts"),
        ("missing: slow_planner", "not all nodes became active within 1 s: missing: slow_planner"),
    ],
)
def test_a_node_that_stays_away_ends_the_run(scene: Scene, message: str, said: str) -> None:
    processes, observer = scene
    acted = Stage(observer)
    acted.active, acted.message = False, message
    runner = start(processes, "task_runner", "start_timeout_s:=1.0")
    observer.until(lambda: runner.poll() is not None, what="the end")
    assert runner.returncode == 1
    assert said in text_of(runner)


def test_a_refused_reset_and_bad_parameters_end_the_run(scene: Scene) -> None:
    processes, observer = scene
    Stage(observer).refusal = "no such board"
    refused, bad = start(processes, "task_runner"), start(processes, "task_runner", "task:=juggle", name="bad")
    observer.until(lambda: refused.poll() is not None and bad.poll() is not None, what="the end")
    assert (refused.returncode, bad.returncode) == (1, 2)
    assert "pybullet_world refuses to reset: no such board" in text_of(refused)
    assert "it can be one of: wipe" in text_of(bad)
