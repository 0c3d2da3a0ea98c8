"""Every task through every controller family's adapter and stand-in, beside the native topic, over a bad line.

.venv/bin/python benchmarks/stand_ins.py --episodes 4 --jitter-s 0.02 --loss 0.02 --json runs/stand_ins.json
"""

import json as json_format
from dataclasses import asdict, dataclass
from pathlib import Path

import tyro

from touchloop.bench.protocol import Rates
from touchloop.bench.rollout import Policy, rollout
from touchloop.bench.through_stand_in import StandInEnvironment
from touchloop.policy.weights import default_weights
from touchloop.robots.config import FAMILIES
from touchloop.robots.load import load_robot
from touchloop.robots.stand_ins.link import LinkFaults
from touchloop.tasks.environment import Environment
from touchloop.tasks.registry import TASKS

ROBOT = Path(__file__).parents[1] / "config" / "robots" / "panda.yaml"


@dataclass(frozen=True)
class Settings:
    """What is run."""

    tasks: tuple[str, ...] = tuple(TASKS)
    families: tuple[str, ...] = ("native", *FAMILIES)
    episodes: int = 4
    seed: int = 1000
    latency_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0
    json: Path | None = None


def main(settings: Settings) -> None:
    """Run and print one line an episode and one a pair."""
    faults = LinkFaults(settings.latency_s, settings.jitter_s, settings.loss)
    robot, rows = load_robot(ROBOT)[0], []
    for task in settings.tasks:
        for family in settings.families:
            scores = []
            native = family == "native"
            with Environment(task) if native else StandInEnvironment(task, robot, family, faults) as environment:
                policy = Policy.load(default_weights(task, "touchloop"), environment.task, Rates())
                for seed in range(settings.seed, settings.seed + settings.episodes):
                    result = rollout(environment, policy, seed, "none")
                    problems = [] if native else [text for text in environment.problems if text]
                    rows.append({"task": task, "family": family, "problems": problems, **asdict(result)})
                    scores.append(result)
                    print(
                        f"{task} {family} {seed}: success {result.success}, score {result.score:.2f}, progress "
                        f"{result.progress:.2f}, peak {result.peak_force_n:.1f} N {'; '.join(problems)}",
                        flush=True,
                    )
            share = sum(result.success for result in scores) / len(scores)
            print(f"== {task} {family}: success {share:.2f}, score {sum(r.score for r in scores) / len(scores):.3f}")
            if settings.json is not None:
                settings.json.write_text(json_format.dumps(rows, indent=1, default=str) + "\n")


if __name__ == "__main__":
    main(tyro.cli(Settings))
