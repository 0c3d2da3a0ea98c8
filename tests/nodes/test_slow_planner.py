"""The slow planner as a real process, beside the world and the controller."""

import itertools
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from node_processes import ACTIVATE, CONFIGURE, DEACTIVATE, Observer, Processes, end, text_of
from nodes_under_test import change, figures, stamp_ns, start, started, status_of
from touchloop_msgs.msg import ControllerState, Episode, LatentPlan

from touchloop.policy.weights import read_card

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(300)]
Scene = tuple[Processes, Observer]
PERIOD_NS = 200_000_000


def test_plans_come_at_their_rate_and_again_after_a_death(scene: Scene, weights: Path) -> None:
    _, observer = scene
    folder = f"weights:={weights / '0'}"
    plans = observer.listen(LatentPlan, "plan")
    states = observer.listen(ControllerState, "controller_state")
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    started(scene, "fast_controller", folder, "require_manager:=false", "use_sim_time:=true")
    planner = started(scene, "slow_planner", folder, "use_sim_time:=true", "plan_rate_hz:=5")
    world = started(scene, "pybullet_world", "start_episode:=true", "real_time_factor:=0.5")
    observer.until(lambda: len(plans) >= 4, what="plans")
    observer.until(lambda: states[-1][1].mode == ControllerState.FOLLOW, what="following")
    for _ in range(3):
        # Samples are on their way to it at any time.
        assert change(observer, "slow_planner", DEACTIVATE)
        assert change(observer, "slow_planner", ACTIVATE)
    plans.clear()
    observer.until(lambda: len(plans) >= 4, what="plans")
    observer.until(lambda: states[-1][1].mode == ControllerState.FOLLOW, what="following")
    found = [plan for _, plan in plans]
    first = found[0].sequence
    assert [plan.sequence for plan in found] == list(range(first, first + len(found)))
    assert {plan.weights_id for plan in found} == {read_card(weights / "0").weights_id}
    stamps = [stamp_ns(plan) for plan in found]
    gaps = [later - earlier for earlier, later in itertools.pairwise(stamps)]
    assert min(gaps) >= PERIOD_NS
    assert (len(found[0].latent), found[0].latent_steps, found[0].latent_dim, found[0].horizon) == (32, 8, 4, 32)
    observer.until(
        lambda: (status := status_of(diagnoses, "slow_planner")) and status.message == "planning", what="the diagnosis"
    )
    assert float(figures(status_of(diagnoses, "slow_planner"))["plan_time_p50_s"]) > 0.0
    planner.kill()
    observer.until(
        lambda: states[-1][1].mode == ControllerState.HOLD and "no plan for" in states[-1][1].reason, what="hold"
    )
    before = plans[-1][1].sequence
    # By another name, since a request to the old one's service would go to the dead process too.
    planner = started(scene, "slow_planner", folder, "use_sim_time:=true", "plan_rate_hz:=5", name="next_planner")
    observer.until(lambda: states[-1][1].mode == ControllerState.FOLLOW, what="following again")
    assert plans[-1][1].sequence > before + 1
    world.kill()
    observer.until(lambda: "time stands still" in states[-1][1].reason, what="the standstill's reason")
    assert states[-1][1].mode == ControllerState.STOP
    assert end(planner) == 0


def test_it_says_what_it_waits_for(scene: Scene, weights: Path) -> None:
    _, observer = scene
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    wrong = observer.node.create_publisher(Episode, "tactile/markers", 1)
    planner = started(scene, "slow_planner", f"weights:={weights / '0'}")
    said = (
        "tactile/markers is published as touchloop_msgs/msg/Episode by /observer, expected sensor_msgs/msg/PointCloud2"
    )
    observer.until(lambda: said in text_of(planner), what="the wrong type")
    observer.node.destroy_publisher(wrong)
    observer.until(
        lambda: (status := status_of(diagnoses, "slow_planner")) and status.message == "no samples yet",
        what="what is missing",
    )


def test_bad_weights_and_rates_are_refused_in_configure(scene: Scene, weights: Path, tmp_path: Path) -> None:
    processes, observer = scene
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in (weights / "0").iterdir():
        (damaged / file.name).write_bytes(file.read_bytes())
    (damaged / "planner.onnx").write_bytes(b"no network")
    expected = {
        "missing": ([f"weights:={tmp_path / 'nowhere'}"], "no weights here (card.json is missing)"),
        "damaged": ([f"weights:={damaged}"], "planner.onnx: damaged (its SHA-256 is not the card's)"),
        "arms": ([f"weights:={weights / '0'}", "task:=lift"], "weights for task 'wipe', expected 'lift'"),
        "juggler": ([f"weights:={weights / '0'}", "task:=juggle"], "task 'juggle': expected one of wipe"),
        "rate": (
            [f"weights:={weights / '0'}", "lockstep:=true", "plan_rate_hz:=3"],
            "plan_rate_hz is 3: that is 333.333 ms, and lock-step needs a multiple of 4 ms",
        ),
    }
    children = {
        name: start(processes, "slow_planner", *parameters, name=name) for name, (parameters, _) in expected.items()
    }
    for name, (_, said) in expected.items():
        assert not change(observer, name, CONFIGURE)
        assert said in text_of(children[name])
