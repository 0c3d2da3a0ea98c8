"""World, planner and controllers in lock-step: the same seed gives the same messages, and the same as in process."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from node_processes import Observer, end, stage, text_of
from nodes_under_test import bring_up, start
from std_srvs.srv import SetBool
from touchloop_msgs.srv import ResetWorld, StepWorld

from touchloop.arm_names import in_arm
from touchloop.bench.protocol import Rates, rates_of
from touchloop.bench.rollout import Policy, rollout
from touchloop.control.decoder import FastDecoder
from touchloop.data.bag_compare import compare_bags
from touchloop.data.bag_reader import BagReader
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.plan import LatentPlan
from touchloop.policy.planner import Planner
from touchloop.policy.weights import read_card
from touchloop.sim.observation import Observation
from touchloop.tasks.environment import Environment
from touchloop_nodes.conversions import ArmFrames, read_plan, read_pose

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(400)]
LOCKSTEP = "lockstep:=true"
SEED = 1003


@dataclass(frozen=True)
class Case:
    """What is run, with weights of the fixture's folder of that name."""

    task: str
    weights: str
    protocol: str
    ticks: int
    """At least two plans are made and used."""
    plans: int


FREE = Case("wipe", "0", "free", 300, 2)
CHUNKS = Case("wipe", "dp", "paper", 380, 2)
TWO_ARMS = Case("lift", "lift", "paper", 380, 2)


def rates(case: Case, weights: Path) -> Rates:
    return rates_of(case.protocol, read_card(weights / case.weights).spec)


def record(folder: Path, weights: Path, case: Case) -> Path:
    folder.mkdir()
    timing = rates(case, weights)
    common = (LOCKSTEP, f"task:={case.task}", f"weights:={weights / case.weights}")
    period = f"plan_rate_hz:={1e9 / timing.plan_period_ns}"
    fast = (period, f"plan_latency_s:={timing.plan_latency_ns * 1e-9}", f"fast_rate_hz:={timing.fast_rate_hz}")
    with stage(folder) as (processes, observer), Environment(case.task) as environment:
        children = {"bag_recorder": start(processes, "bag_recorder", LOCKSTEP, f"output:={folder / 'bag'}")}
        for arm in environment.task.arms:
            name = in_arm(arm, "fast_controller")
            arms = (f"arm:={arm}",) if arm else ()
            children[name] = start(processes, "fast_controller", *common, *fast, *arms, namespace=arm)
        children["slow_planner"] = start(processes, "slow_planner", *common, period)
        children["pybullet_world"] = start(processes, "pybullet_world", LOCKSTEP, f"task:={case.task}")
        for name, child in children.items():
            bring_up(observer, name, child)
        ask(observer, SetBool, "pause", SetBool.Request(data=True))
        ask(observer, ResetWorld, "reset", ResetWorld.Request(seed=SEED, perturbation="push"))
        observer.until(lambda: step(observer, case.ticks).success, 60.0, "the first tick's answer")
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


class Watched(Environment):
    """Notes the targets of each arm; is done after so many ticks."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.task)
        self._ticks = case.ticks
        self.targets: list[dict[int, np.ndarray]] = [{} for _ in self.task.arms]

    def step(self, targets_in_base: Sequence[np.ndarray | None]) -> tuple[Observation, ...]:
        for noted, target in zip(self.targets, targets_in_base, strict=True):
            assert target is not None
            noted[self.world.stamp_ns] = target
        seen = super().step(targets_in_base)
        self.state = replace(self.state, done=len(self.targets[0]) > self._ticks)
        return seen


class WatchedPlanner(Planner):
    """Notes its plans."""

    def plan(self, observations: Sequence[PlannerObservation], sequence: int, seed: int) -> tuple[LatentPlan, ...]:
        plans = super().plan(observations, sequence, seed)
        self.made = [*getattr(self, "made", []), plans]
        return plans


def name_of(case: Case) -> str:
    return f"{case.task} {case.protocol}"


@pytest.fixture(scope="module")
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, weights: Path):
    case = request.param
    folder = tmp_path_factory.mktemp(case.task)
    return case, folder, record(folder / "one", weights, case)


@pytest.mark.parametrize("recorded", [FREE, pytest.param(TWO_ARMS, marks=pytest.mark.slow)], ids=name_of, indirect=True)
def test_every_message_of_every_topic_is_the_same_again(recorded, weights: Path) -> None:
    case, folder, bag = recorded
    differences = compare_bags(bag, record(folder / "two", weights, case))
    topics = {"/clock", "/tf", "/camera/scene/image_raw", "/task_state"}
    with Environment(case.task) as environment:
        topics |= {f"/{in_arm(arm, name)}" for arm in environment.task.arms for name in ("plan", "target_pose")}
    assert {d.topic for d in differences} >= topics
    assert [d for d in differences if not d.equal] == []


@pytest.mark.parametrize("recorded", [FREE, CHUNKS, TWO_ARMS], ids=name_of, indirect=True)
def test_the_commands_are_those_of_the_same_loop_in_process(recorded, weights: Path) -> None:
    case, _, bag = recorded
    folder, timing = weights / case.weights, rates(case, weights)
    planner = WatchedPlanner(folder)
    with Watched(case) as environment:
        arms = environment.task.arms
        policy = Policy.make(planner, [FastDecoder.load(folder) for _ in arms], environment.task, timing)
        rollout(environment, policy, SEED, "push", timing)
    for number, arm in enumerate(arms):
        targets, plans = said_by(bag, arm)
        assert targets.keys() == environment.targets[number].keys()
        assert len(targets) == case.ticks + 1
        for stamp_ns, expected in environment.targets[number].items():
            np.testing.assert_array_equal(targets[stamp_ns], expected)
        made = [plans[number] for plans in planner.made]
        assert [plan.stamp_ns for plan in plans] == [plan.stamp_ns for plan in made]
        assert len(made) == case.plans
        for sent, expected in zip(plans, made, strict=True):
            np.testing.assert_array_equal(sent.latent, expected.latent)
            np.testing.assert_array_equal(sent.base_pose, expected.base_pose)


def said_by(bag: Path, arm: str) -> tuple[dict[int, np.ndarray], list[LatentPlan]]:
    """Target poses by their stamps, and plans, of one arm."""
    target_topic, plan_topic = (f"/{in_arm(arm, name)}" for name in ("target_pose", "plan"))
    targets, plans = {}, []
    with BagReader(bag) as reader:
        for message in reader.messages(topics=[target_topic, plan_topic]):
            if message.topic == plan_topic:
                plans.append(read_plan(message.data, ArmFrames.of(arm).base))
            else:
                stamp_ns, pose = read_pose(message.data)
                targets[stamp_ns] = pose
    return targets, plans
