"""``touchloop monitor plan``: from an instruction to a program, without running it."""

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro
from rich.console import Console

from touchloop.monitor.endpoint import Endpoint, EndpointConfig
from touchloop.monitor.language.embedded import EmbeddedPlanner
from touchloop.monitor.language.model_planner import ModelPlanner
from touchloop.monitor.language.plan import Plan as Answer
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.printer import print_program
from touchloop.monitor.run.seen_facts import facts_at_rest
from touchloop.tasks.workbench.bench import Workbench


@dataclass(frozen=True)
class Plan:
    """Turn an instruction into sub-goals and a program, and print them."""

    instruction: Annotated[str, tyro.conf.Positional]
    """What is to be done, in English."""
    seed: int = 0
    """Of the bench: which hole is round differs."""
    url: str = ""
    """Of an OpenAI-style endpoint, as http://localhost:8080/v1; without, the embedded planner plans."""
    model: str = "default"
    """Of that endpoint."""
    embeddings: Literal["auto", "on", "off"] = "auto"
    """Whether the embedded planner may take a verb that it does not know for one that it is like; it says so in a note.
    auto: where the extra touchloop[embeddings] is installed."""

    def run(self) -> int:
        """Plan and print; 1 where the instruction was not understood."""
        with Workbench() as bench:
            bench.reset(self.seed)
            facts = facts_at_rest(bench.view())
        plan = plan_for(self.instruction, facts, self.url, self.model, self.embeddings)
        return show(plan, Console())


def plan_for(instruction: str, facts: SceneFacts, url: str, model: str, embeddings: str = "auto") -> Answer:
    """By the embedded planner, or by an endpoint where there is a URL."""
    if not url:
        return EmbeddedPlanner(embeddings=embeddings).plan(instruction, facts)
    return ModelPlanner(Endpoint(EndpointConfig(base_url=url, model=model))).plan(instruction, facts)


def show(plan: Answer, console: Console) -> int:
    """Print a plan; 1 where there is no program."""
    for problem in plan.problems:
        console.print(f"not understood: {problem}", markup=False)
    for note in plan.notes:
        console.print(f"note: {note}", markup=False)
    if plan.program is None:
        return 1
    console.print(print_program(plan.program), markup=False, highlight=False)
    return 0
