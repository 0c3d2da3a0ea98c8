"""When pictures are asked, what of, and what follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from touchloop.monitor.evidence.effects import effect_of
from touchloop.monitor.evidence.pictures import SURE, PictureAnswer, fused
from touchloop.monitor.program.model import Condition, Step
from touchloop.monitor.verdict import Verdict

AGAIN_S = 0.5
"""A condition that nothing but a picture tells is asked for again after so long."""


@dataclass
class PictureChecks:
    """Of one run.

    Args:
        look: takes a picture and asks it about a condition.
        judges_ends: each step's end is judged by a picture, and by nothing else.

    Attributes:
        questions: asked so far.
        tokens: that they cost.
        seconds: that they took.
    """

    look: Callable[[Condition], PictureAnswer]
    judges_ends: bool = False
    questions: int = 0
    tokens: int = 0
    seconds: float = 0.0
    _known: dict[Condition, tuple[float, PictureAnswer]] = field(default_factory=dict)

    def ask(self, condition: Condition) -> PictureAnswer:
        """Now."""
        answer = self.look(condition)
        self.questions += 1
        self.tokens += answer.tokens
        self.seconds += answer.latency_s
        return answer

    def holds(self, condition: Condition, time_s: float) -> bool | None:
        """What a sure picture says where poses tell nothing; asked again twice a second."""
        known = self._known.get(condition)
        if known is None or not 0.0 <= time_s - known[0] < AGAIN_S:
            known = self._known[condition] = (time_s, self.ask(condition))
        return fused(None, 0.0, known[1])[0]

    def at_end(self, step: Step, args: Mapping[str, str]) -> Verdict | None:
        """A failure that a sure picture shows after a step; None if it shows none, or there is nothing to see."""
        effect = effect_of(step.skill.name, args)
        if not self.judges_ends or effect is None:
            return None
        answer = self.ask(Condition(effect[0], tuple(effect[1].values())))
        if answer.true is not False or answer.confidence < SURE:
            return None
        reason = f"step {step.number}: {answer}"
        return Verdict("failed", "unknown", step.number, answer.confidence, (str(answer),), reason=reason)

    def beside(self, verdict: Verdict, step: Step, args: Mapping[str, str]) -> Verdict:
        """A verdict, with what a picture says of the step's effect added to its evidence.

        A failure is not overruled; it is less sure where a sure picture shows the effect.
        """
        effect = effect_of(step.skill.name, args)
        if effect is None:
            return verdict
        answer = self.ask(Condition(effect[0], tuple(effect[1].values())))
        failed = verdict.status == "failed"
        confidence = fused(False, verdict.confidence, answer)[1] if failed else verdict.confidence
        return replace(verdict, confidence=confidence, evidence=(*verdict.evidence, str(answer)))
