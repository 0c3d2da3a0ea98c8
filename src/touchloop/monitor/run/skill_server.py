"""Starts and stops skills on the simulated bench for whoever has begun a run, within caps."""

from collections.abc import Mapping

from touchloop.errors import InputError
from touchloop.monitor.program.parser import parse
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.validator import validate
from touchloop.monitor.run.caps import Caps
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import Execution, Tick
from touchloop.tasks.workbench.failures import MODES, Failure, Mode


class SkillServer:
    """A bench with skills.

    Args:
        bench: reset or not; ``reset`` resets it.
        backend: of the skills.
        caps: what may run.

    Attributes:
        run: who may start skills; 0 for nobody.
        number: of the run's last start; 0 before the first.
        done: the last start came to its end.
        gave_up: why it gave up; empty if it did not.
        args: of the last start.
    """

    def __init__(self, bench: Workbench, backend: str, caps: Caps) -> None:
        self._bench, self._backend, self._caps = bench, backend, caps
        self._execution: Execution | None = None
        self._failure: tuple[Mode, int] | None = None
        self._base = 0
        self._close_run()

    def reset(self, seed: int, failure: str = "", failure_step: int = 0) -> None:
        """Begins an episode; a failure is injected into the next run.

        Raises:
            InputError: no such mode, or a step below 1.
        """
        modes: dict[str, Mode] = {mode: mode for mode in MODES}
        if failure and failure not in modes:
            raise InputError(f"failure '{failure}': expected nothing or one of {', '.join(MODES)}")
        if failure and failure_step < 1:
            raise InputError(f"failure_step is {failure_step}: expected 1 or more")
        self._bench.reset(seed)
        self._failure = (modes[failure], failure_step) if failure else None
        self._execution = Execution(self._bench, self._backend, seed)
        self._base, self._seed = 0, seed
        self._close_run()

    @property
    def ready(self) -> bool:
        """There is an episode."""
        return self._execution is not None

    @property
    def busy(self) -> bool:
        """A skill runs."""
        return bool(self.skill) and not self.done

    def begin(self, run: int, program: str) -> str:
        """Gives the arms to a run; answers with what will be injected into it, if something will.

        Raises:
            InputError: no episode, a bad number, a program with what may not run, or a failure that does not fit it.
        """
        if self._execution is None:
            raise InputError("there is no episode; reset the bench first")
        if run < 1:
            raise InputError(f"run is {run}: expected a number above 0")
        parsed = parse(program)
        validate(parsed, allowed=self._caps.allowed)
        told = ""
        if self._failure is not None:
            mode, step = self._failure
            calls = [(s.skill.name, REGISTRY.skills[s.skill.name].bound(s.skill.arguments)) for s in parsed.steps()]
            failure = Failure(mode, step - 1)
            self._execution = Execution(self._bench, self._backend, self._seed, failure, calls)
            self._failure, self._base, told = None, 0, f"{mode} will happen in step {step}"
        self._execution.stop(stand=True)
        self._base += self.number
        self._close_run()
        self.run = run
        return told

    def start(
        self, run: int, number: int, name: str, args: Mapping[str, str], speed_m_s: float | None, force_n: float | None
    ) -> tuple[float, float]:
        """Begins a skill and returns the speed and the force that it was given.

        Raises:
            InputError: not the run that has the arms, a number that is not new, or a skill that may not run so.
        """
        if self._execution is None or run != self.run or run == 0:
            raise InputError(f"run {run} does not have the arms; begin it first")
        if number <= self.number:
            raise InputError(f"start {number} comes after start {self.number}: expected a higher number")
        speed, force = self._caps.clipped(name, speed_m_s, force_n)
        self._execution.start(self._base + number - 1, name, args, speed, force)
        self.number, self.skill, self.args, self.done, self.gave_up = number, name, dict(args), False, ""
        return speed, force

    def stop(self, run: int = 0) -> None:
        """Ends the skill that runs; its arms stop where they stand.

        Raises:
            InputError: another run has the arms.
        """
        if run not in (0, self.run):
            raise InputError(f"run {run} does not have the arms; run {self.run} has")
        if self._execution is not None:
            self._execution.stop(stand=True)
        self.skill, self.done, self.gave_up = "", False, ""

    def abandon(self) -> None:
        """Whoever began the run is gone: stops the arms, and takes them back."""
        self.stop()
        self.run = 0

    def tick(self) -> Tick:
        """Advances the bench by one tick.

        Raises:
            InputError: there is no episode.
        """
        if self._execution is None:
            raise InputError("there is no episode; reset the bench first")
        tick = self._execution.tick()
        if tick.done:
            self.done, self.gave_up = True, tick.gave_up
        return tick

    def _close_run(self) -> None:
        self.run, self.number, self.skill, self.done, self.gave_up = 0, 0, "", False, ""
        self.args: Mapping[str, str] = {}
