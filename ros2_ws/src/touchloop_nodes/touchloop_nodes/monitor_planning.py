"""From a goal of RunInstruction to a program that may run; may take as long as an endpoint's time-out."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import rclpy
from rclpy.executors import Executor
from touchloop_msgs.action import RunInstruction

from touchloop.errors import InputError
from touchloop.launching.packages import package_share
from touchloop.monitor.endpoint import Endpoint, EndpointConfig
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.pictures import Judge
from touchloop.monitor.language.embedded import EmbeddedPlanner
from touchloop.monitor.language.model_planner import ModelPlanner
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.model import Program
from touchloop.monitor.program.parser import parse
from touchloop.monitor.program.validator import validate
from touchloop.monitor.repair.memory import RepairMemory
from touchloop.monitor.run.caps import Caps
from touchloop_nodes.parameters import Parameters

BRINGUP, LIMITS = "touchloop_bringup", "config/monitor_limits.yaml"
PLANNERS = ("embedded", "endpoint")
APPROVALS = ("auto", "ask")


def declare_parameters(parameters: Parameters) -> None:
    """All that the monitor can be set to."""
    declare = parameters.declare
    declare("planner", "embedded", "Who plans, unless a goal says so.", choices=PLANNERS)
    declare("endpoint_url", "", "Of an OpenAI-style endpoint, as http://localhost:8080/v1.")
    declare("endpoint_model", "default", "Model of that endpoint.")
    declare("endpoint_timeout_s", 20.0, "Its time for a plan.", minimum=0.1, maximum=600.0)
    declare("vlm", "", "Judges pictures at checkpoints: a folder of weights, or an endpoint's address; empty: none.")
    declare("limits", "", "File of touchloop monitor calibrate; empty: the one of touchloop_bringup.")
    declare("memory", "", "File of what repairs have worked, used and added to; empty: none.")
    declare("repair", True, "Repair programs; otherwise a failure ends the run.")
    declare("allowed_skills", [""], "Skills that programs and repairs may use; all when empty.")
    declare("max_speed_m_s", 0.0, "No skill moves faster; 0: each skill's own cap.", minimum=0.0, maximum=10.0)
    declare("max_force_n", 0.0, "No skill may ask for more; 0: each skill's own cap.", minimum=0.0, maximum=1e3)
    declare("approve", "auto", "Run at once, or ask first, unless a goal says so.", choices=APPROVALS)
    declare("stale_s", 0.5, "Age of bench_state from which nothing is known and the skill stops.", minimum=0.05)
    declare("run_timeout_s", 600.0, "Bench time after which a run is aborted.", minimum=1.0)


@dataclass(frozen=True)
class Settings:
    """Of a configured monitor."""

    caps: Caps
    limits: Limits
    memory: RepairMemory
    repair: bool
    planner: str
    approve: str
    endpoint: EndpointConfig | None
    judge: Judge | None
    stale_s: float
    run_timeout_s: float

    @classmethod
    def of(cls, get: Parameters) -> "Settings":
        """From a node's parameters.

        Raises:
            InputError: a value that does not fit.
        """
        endpoint = None
        if get["endpoint_url"]:
            endpoint = EndpointConfig(get["endpoint_url"], get["endpoint_model"], timeout_s=get["endpoint_timeout_s"])
        elif get["planner"] == "endpoint":
            raise InputError("planner is 'endpoint', but endpoint_url is empty; expected its address")
        return cls(
            caps=Caps.of(get["allowed_skills"], get["max_speed_m_s"], get["max_force_n"]),
            limits=Limits.load(Path(get["limits"] or package_share(BRINGUP, os.environ) / LIMITS).expanduser()),
            memory=RepairMemory(Path(get["memory"]).expanduser() if get["memory"] else None),
            repair=get["repair"],
            planner=get["planner"],
            approve=get["approve"],
            endpoint=endpoint,
            judge=_judge(get["vlm"]),
            stale_s=get["stale_s"],
            run_timeout_s=get["run_timeout_s"],
        )


def _judge(where: str) -> Judge | None:
    if not where:
        return None
    # Only who asks for a model waits for what runs it.
    from touchloop.monitor.evidence.judges import judge_from

    return judge_from(where if "://" in where else str(Path(where).expanduser()))


@dataclass(frozen=True, slots=True)
class Planned:
    """A program, or why there is none."""

    program: Program | None
    status: str = ""
    reason: str = ""


def plan(goal: RunInstruction.Goal, settings: Settings, facts: SceneFacts) -> Planned:
    """The program of a goal, checked against the allow-list."""
    allowed = settings.caps.allowed
    try:
        if goal.program.strip():
            program = parse(goal.program)
            validate(program, allowed=allowed)
            return Planned(program)
        planner = goal.planner or settings.planner
        if planner not in PLANNERS:
            raise InputError(f"planner '{planner}': expected one of {', '.join(PLANNERS)}")
        if planner == "endpoint":
            if settings.endpoint is None:
                raise InputError("planner 'endpoint': the parameter endpoint_url is empty; expected its address")
            made = ModelPlanner(Endpoint(settings.endpoint), settings.caps.registry).plan(goal.instruction, facts)
        else:
            made = EmbeddedPlanner(settings.caps.registry).plan(goal.instruction, facts)
        if made.program is None:
            return Planned(None, "not_understood", "; ".join(map(str, made.problems)) or "nothing was understood")
        validate(made.program, allowed=allowed)
        return Planned(made.program, reason="; ".join(made.notes))
    except InputError as error:
        return Planned(None, "refused", str(error))


def plan_aside(
    goal: RunInstruction.Goal, settings: Settings, facts: SceneFacts, executor: Executor | None
) -> rclpy.Future:
    """The same in a thread of its own, as a future of ``Planned``."""
    future = rclpy.Future(executor=executor)

    def work() -> None:
        try:
            made = plan(goal, settings, facts)
        except Exception as error:  # noqa: BLE001 the goal must get an answer
            made = Planned(None, "refused", f"planning failed: {type(error).__name__}: {error}")
        future.set_result(made)

    threading.Thread(target=work, name="planning", daemon=True).start()
    return future
