"""World, planner and controller in lock-step: the same seed gives the same messages, and the same as in process."""

import signal
from pathlib import Path

import numpy as np
import pytest
from node_processes import Observer, end, stage, text_of
from nodes_under_test import bring_up, start
from std_srvs.srv import SetBool
from touchloop_msgs.srv import ResetWorld, StepWorld

from touchloop.bench.rollout import observe
from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController
from touchloop.data.bag_compare import compare_bags
from touchloop.data.bag_reader import BagReader
from touchloop.policy.observation_buffer import ObservationBuffer
from touchloop.policy.planner import Planner
from touchloop.tasks.environment import Environment
from touchloop_nodes.conversions import read_plan, read_pose

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(400)]
LOCKSTEP = "lockstep:=true"
SEED, TICKS, PLAN_TICKS, LATENCY_TICKS = 1003, 300, 125, 25
"""The plans of 0.5 s and 1.0 s are made and used."""


def record(folder: Path, weights: Path) -> Path:
    folder.mkdir()
    with stage(folder) as (processes, observer):
        children = {
            "bag_recorder": start(processes, "bag_recorder", LOCKSTEP, f"output:={folder / 'bag'}"),
            "fast_controller": start(processes, "fast_controller", LOCKSTEP, f"weights:={weights}"),
            "slow_planner": start(processes, "slow_planner", LOCKSTEP, f"weights:={weights}"),
            "pybullet_world": start(processes, "pybullet_world", LOCKSTEP),
        }
        for name, child in children.items():
            bring_up(observer, name, child)
        ask(observer, SetBool, "pause", SetBool.Request(data=True))
        ask(observer, ResetWorld, "reset", ResetWorld.Request(seed=SEED, perturbation="push"))
        observer.until(lambda: step(observer, TICKS).success, 60.0, "the first tick's answer")
        observer.spin_for(0.5)
        for name in reversed(children):
            assert end(children[name], signal.SIGINT) == 0, text_of(children[name])
    return folder / "bag"


def ask(observer: Observer, kind: type, service: str, request: object) -> None:
    answer = observer.call(kind, f"pybullet_world/{service}", request)
    assert answer.success, answer.message


def step(observer: Observer, ticks: int) -> StepWorld.Response:
    client = observer.node.create_client(StepWorld, "pybullet_world/step")
    observer.until(client.service_is_ready, what="the world")
    future = client.call_async(StepWorld.Request(ticks=ticks))
    observer.until(future.done, 120.0, f"{ticks} ticks")
    return future.result()


@pytest.fixture(scope="module")
def bags(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("lockstep")
    return record(folder / "one", weights / "0"), record(folder / "two", weights / "0")


def test_every_message_of_every_topic_is_the_same(bags: tuple[Path, Path]) -> None:
    differences = compare_bags(*bags)
    assert {d.topic for d in differences} >= {"/clock", "/plan", "/target_pose", "/tf", "/camera/scene/image_raw"}
    assert [d for d in differences if not d.equal] == []


def test_the_commands_are_those_of_the_same_loop_in_process(bags: tuple[Path, Path], weights: Path) -> None:
    with BagReader(bags[0]) as reader:
        targets, plans = {}, []
        for message in reader.messages(topics=["/target_pose", "/plan"]):
            if message.topic == "/plan":
                plans.append(read_plan(message.data))
            else:
                stamp_ns, pose = read_pose(message.data)
                targets[stamp_ns] = pose
    controller = FastController(FastDecoder.load(weights / "0"))
    planner, buffer = Planner(weights / "0"), ObservationBuffer()
    with Environment(pictures=True) as environment:
        seen = environment.reset(SEED, "push")
        controller.reset(in_air=True)
        made = []
        for tick in range(TICKS + 1):
            observe(controller, buffer, seen)
            if tick and tick % PLAN_TICKS == 0:
                made.append(planner.plan(buffer.observation(seen.stamp_ns, controller.wrench_bias), len(made), SEED))
            if tick > PLAN_TICKS and tick % PLAN_TICKS == LATENCY_TICKS:
                assert controller.accept_plan(made[-1], seen.stamp_ns) == ""
            command = controller.step(seen.stamp_ns)
            np.testing.assert_array_equal(targets[seen.stamp_ns], command.target_in_base)
            seen = environment.step(command.target_in_base)
    assert len(targets) == TICKS + 1
    assert [plan.stamp_ns for plan in plans] == [plan.stamp_ns for plan in made]
    for sent, expected in zip(plans, made, strict=True):
        np.testing.assert_array_equal(sent.latent, expected.latent)
