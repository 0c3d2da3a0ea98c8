"""One instruction at a time, from a goal to its result: plan, approval, a watched and repaired run."""

import time
from dataclasses import replace

import rclpy
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from touchloop_msgs.action import RunInstruction
from touchloop_msgs.msg import Verdict

from touchloop.errors import InputError
from touchloop.monitor.evidence.sensed import Sensed
from touchloop.monitor.evidence.watch import Watch
from touchloop.monitor.program.model import Program
from touchloop.monitor.program.printer import print_program
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import lasting
from touchloop.monitor.repair.repairer import Repairer
from touchloop.monitor.run.monitored_run import MonitoredRun
from touchloop.monitor.run.run_events import Command, StartSkill
from touchloop.monitor.verdict import Verdict as LibraryVerdict
from touchloop_nodes.bench_link import BenchLink
from touchloop_nodes.monitor_outputs import MonitorOutputs, verdict_message
from touchloop_nodes.monitor_pictures import MonitorPictures
from touchloop_nodes.monitor_planning import APPROVALS, Planned, Settings, plan_aside

OVER = ("done", "failed", "aborted")
OWNED_AFTER_S = 1.0
PATIENCE_S = 5.0
"""With a bench that says nothing when an instruction comes."""
Result = RunInstruction.Result


class InstructionRun:
    """What the action server does with its goals.

    Attributes:
        stage: planning, approval, running; empty when idle.
        stale: nothing has come from the bench for too long, and the run was stopped for it.
    """

    def __init__(self, node: Node, settings: Settings, outputs: MonitorOutputs) -> None:
        self._node, self._settings, self._outputs = node, settings, outputs
        self.link = BenchLink(node, self._on_sensed)
        self._pictures = None if settings.judge is None else MonitorPictures(node, settings.judge)
        self.stage, self.stale = "", False
        self._run: MonitoredRun | None = None
        self._goal: ServerGoalHandle | None = None
        self._approval: rclpy.Future | None = None
        self._ended: rclpy.Future | None = None
        self._heard: rclpy.Future | None = None
        self._wait_until_s = 0.0
        self._aborted, self._shown, self._answer = False, 0, None
        self._failure, self._step, self._episode, self._start_s = "", "", -1, 0.0
        self._owned = False

    def close(self) -> None:
        """Stops what runs, and listens no more."""
        if self.stage:
            self.abort()
        self.link.close()
        if self._pictures is not None:
            self._pictures.close()

    async def execute(self, goal: ServerGoalHandle) -> Result:
        """A goal's whole life."""
        if self.stage:
            result = Result(status="refused", reason="another instruction runs; abort it or wait for its end")
        else:
            self._goal, self.stage, self._aborted = goal, "planning", False
            try:
                result = await self._do(goal.request)
            finally:
                self.stage, self._goal, self._run, self.stale, self.link.run = "", None, None, False, 0
        self._node.get_logger().info(f"{result.status}: {result.reason}")
        if result.success:
            goal.succeed()
        elif goal.is_cancel_requested:
            goal.canceled()
        else:
            goal.abort()
        return result

    async def _do(self, request: RunInstruction.Goal) -> Result:
        approve = request.approve or self._settings.approve
        if approve not in APPROVALS:
            return Result(status="refused", reason=f"approve '{approve}': expected one of {', '.join(APPROVALS)}")
        executor = self._node.executor
        if self.problem():
            # A monitor that has just begun to listen hears the bench in a moment.
            self._heard, self._wait_until_s = rclpy.Future(executor=executor), time.monotonic() + PATIENCE_S
            await self._heard
        if problem := self.problem():
            return Result(status="refused", reason=problem)
        planned: Planned = await plan_aside(request, self._settings, self.link.heard.facts, executor)
        if planned.program is None:
            self._outputs.note(self.link.heard.stamp_ns, 0, "plan", f"{planned.status}: {planned.reason}")
            return Result(status=planned.status, reason=planned.reason)
        text = print_program(planned.program)
        self._outputs.program(text)
        run = time.time_ns()
        self._outputs.note(self.link.heard.stamp_ns, run, "plan", planned.reason or "understood")
        if approve == "ask" and not self._aborted:
            self.stage, self._approval = "approval", rclpy.Future(executor=executor)
            self._outputs.note(self.link.heard.stamp_ns, run, "approval", "waits for ~/approve or ~/abort")
            self._feed_back(text, "waits for approval")
            self._aborted = not await self._approval
        if self._aborted:
            return Result(status="aborted", program=text, reason="not approved; nothing was run")
        answer = await self.link.begin(run, text)
        if answer is None or not answer.success:
            reason = "bench_world does not answer" if answer is None else answer.message
            return Result(status="refused", program=text, reason=reason)
        return await self._watch(run, planned.program)

    async def _watch(self, number: int, program: Program) -> Result:
        settings = self._settings
        repairer = Repairer(allowed=settings.caps.allowed, memory=settings.memory) if settings.repair else None
        self._ended = rclpy.Future(executor=self._node.executor)
        self._shown, self._answer, self._failure, self._step, self._owned = 0, None, "", "", False
        self._episode, self._start_s = self.link.heard.episode, self.link.heard.sensed.time_s
        wanted = lasting(program.goals, program, self.link.heard.facts, REGISTRY)
        pictures = None if self._pictures is None else self._pictures.checks()
        run = MonitoredRun(program, Watch(settings.limits), repairer, self._take_answer, pictures=pictures)
        self.link.run, self._run, self.stage = number, run, "running"
        if self._aborted:
            self.abort()
        await self._ended
        seen = {str(goal): run.holds(goal) for goal in wanted}
        missed, unseen = ([goal for goal, true in seen.items() if true is what] for what in (False, None))
        success = run.status == "done" and not missed and not self._failure
        reason = self._failure or (f"not reached: {', '.join(missed)}" if missed else run.events[-1].text)
        reason += f"; nobody has seen whether {', '.join(unseen)}" if unseen and not missed else ""
        status = "failed" if self._failure or (missed and run.status == "done") else run.status
        if success:
            self._tell(LibraryVerdict("ok", confidence=0.9, evidence=(reason,)), self._step)
        return Result(
            success=success,
            status=status,
            program=print_program(run.program),
            reason=reason,
            repairs=len(repairer.repairs) if repairer is not None else 0,
            duration_s=self.link.heard.sensed.time_s - self._start_s,
        )

    def problem(self) -> str:
        """What keeps the bench from being known; empty if nothing."""
        if self.link.heard.fault:
            return self.link.heard.fault
        if self.link.heard.sensed is None:
            return "nothing has come from bench_world yet"
        return f"no bench_state for {self.link.age_s:.1f} s" if self.link.age_s > self._settings.stale_s else ""

    def approve(self) -> str:
        """Lets a program run that waits for it."""
        if self._approval is None or self._approval.done():
            raise InputError("no program waits for approval")
        self._approval.set_result(True)
        return "approved"

    def pause(self) -> str:
        """Stops where it is."""
        if self._run is None or self._run.status not in ("running", "asking"):
            raise InputError("nothing runs that could be paused")
        self._command(self._run.pause())
        self._outputs.note(self.link.heard.stamp_ns, self.link.run, "pause", "paused")
        return "paused"

    def resume(self) -> str:
        """Goes on with what is left."""
        if self._run is None or self._run.status != "paused" or self.stale:
            raise InputError("nothing is paused" if not self.stale else self.problem() or "the bench is silent")
        self._run.resume()
        self._outputs.note(self.link.heard.stamp_ns, self.link.run, "pause", "goes on")
        return "goes on"

    def abort(self) -> str:
        """Ends for good, whatever the stage."""
        if not self.stage:
            raise InputError("nothing runs that could be aborted")
        self._aborted = True
        if self._approval is not None and not self._approval.done():
            self._approval.set_result(False)
        if self._run is not None:
            self._command(self._run.abort())
            self._follow()
        return "aborted"

    def answer(self, yes: bool) -> str:
        """The human's answer to a question."""
        if self._run is None or self._run.status != "asking":
            raise InputError("nothing was asked")
        self._answer = yes
        return "yes" if yes else "no"

    def check(self) -> None:
        """Often, by wall time: notices what does not come."""
        self.link.check()
        late = time.monotonic() > self._wait_until_s
        if self._heard is not None and not self._heard.done() and (late or self._aborted or not self.problem()):
            self._heard.set_result(None)
        if self._outputs.flush():
            self._feed_back()
        answers = () if self._pictures is None else self._pictures.answers()
        if self._run is None:
            return
        for answer in answers:
            self._outputs.note(self.link.heard.stamp_ns, self.link.run, "checkpoint", str(answer))
        problem = self.problem()
        if problem and not self.stale:
            self.stale = self._run.status in ("running", "asking")
            self._command(self._run.pause())
            self._tell(
                LibraryVerdict("unknown", confidence=0.0, evidence=(problem, "the skill is stopped")), self._step
            )
        elif not problem and self.stale:
            self.stale = False
            self._run.resume()

    def _on_sensed(self, sensed: Sensed, dt_s: float) -> None:
        run = self._run
        if run is None or run.status in OVER:
            return
        if self.link.heard.episode != self._episode:
            self._fail("the bench was reset meanwhile")
        elif self._arms_are_lost(sensed.time_s - self._start_s):
            self._fail("bench_world has taken the arms back: it took the monitor for lost, or another run began")
        elif sensed.time_s - self._start_s > self._settings.run_timeout_s:
            self._fail(f"not done after {self._settings.run_timeout_s:g} s")
        else:
            before = run.program
            self._command(run.step(sensed, dt_s))
            self._follow(before)

    def _arms_are_lost(self, passed_s: float) -> bool:
        """The first states after the beginning may be older than it."""
        self._owned = self._owned or self.link.heard.owner == self.link.run
        return self.link.heard.owner != self.link.run and (self._owned or passed_s > OWNED_AFTER_S)

    def _fail(self, reason: str) -> None:
        self._failure = reason
        self._command(self._run.abort())
        self._follow()

    def _command(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, StartSkill):
                caps = self._settings.caps
                speed_m_s, force_n = caps.clipped(command.name, command.speed_m_s, command.force_n)
                capped = replace(command, speed_m_s=speed_m_s, force_n=force_n)
                self.link.start(capped).add_done_callback(self._on_started)
            else:
                self.link.stop()

    def _on_started(self, future: rclpy.Future) -> None:
        answer = future.result()
        if (answer is None or not answer.success) and self._run is not None and self._run.status not in OVER:
            self._fail("bench_world does not answer" if answer is None else f"bench_world refuses: {answer.message}")

    def _take_answer(self, _: str) -> bool | None:
        answer, self._answer = self._answer, None
        return answer

    def _follow(self, before: Program | None = None) -> None:
        run = self._run
        for event in run.events[self._shown :]:
            step = _named(before or run.program, event.verdict.step) if event.verdict is not None else ""
            self._outputs.event(self.link.heard.stamp_ns, self.link.run, event, step)
            self._node.get_logger().info(f"{event.kind}: {event.text}")
            if event.verdict is not None:
                self._tell(event.verdict, step)
            if event.repair is not None:
                self._outputs.program(print_program(run.program))
            self._feed_back(reason=event.text)
        self._shown = len(run.events)
        if run.active is not None and not self.stale:
            self._step = f"{run.active.step.number}: {run.active.step.skill}"
            self._tell(LibraryVerdict("running", confidence=0.5), self._step)
        if run.status in OVER and not self._ended.done():
            self._ended.set_result(None)

    def _tell(self, verdict: LibraryVerdict, step: str) -> None:
        if self._outputs.tell(verdict_message(self.link.heard.stamp_ns, verdict, step)):
            self._feed_back(reason=verdict.reason)

    def _feed_back(self, program: str = "", reason: str = "") -> None:
        if self._goal is None:
            return
        run = self._run
        status = run.status if run is not None else self.stage
        text = print_program(run.program) if run is not None else program
        verdict = self._outputs.verdict or Verdict()
        self._goal.publish_feedback(
            RunInstruction.Feedback(status=status, step=self._step, verdict=verdict, reason=reason, program=text)
        )


def _named(program: Program, number: int | None) -> str:
    for step in program.steps():
        if step.number == number:
            return f"{number}: {step.skill}"
    return ""
