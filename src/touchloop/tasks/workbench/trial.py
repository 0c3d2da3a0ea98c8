"""How often skills and injected failures do what they should: ``python -m touchloop.tasks.workbench.trial --help``."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import Call, Tick, run_program
from touchloop.tasks.workbench.failures import MODES, Failure, FailureRecord, fits
from touchloop.tasks.workbench.skills import BACKENDS

Goal = tuple[str, dict[str, str]]
"""A condition and its arguments."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A short program, and what must be true after it."""

    calls: tuple[Call, ...]
    goals: tuple[Goal, ...]


def plans(arm: str, holes: dict[str, str]) -> dict[str, Plan]:
    """One an object; ``holes`` names the round and the square one."""
    by = {"arm": arm}

    def use(peg: str, form: str) -> Plan:
        insert = ("insert", {**by, "object": peg, "target": holes[form]})
        calls = (("grasp", {**by, "object": peg}), insert, ("release", by))
        return Plan(calls, (("inserted", {"object": peg, "target": holes[form]}), ("free", by)))

    def carry(target: str) -> Plan:
        calls = (("grasp", {**by, "object": "box"}), ("place", {**by, "object": "box", "target": target}))
        return Plan(calls, (("at", {"object": "box", "target": target}),))

    wiper = {**by, "object": "wiper"}
    return {
        "wipe": Plan(
            (("grasp", wiper), ("wipe", by), ("place", {**wiper, "target": "rack"}), ("home", by)),
            (("clean", {"object": "board"}), ("at", {"object": "wiper", "target": "rack"}), ("free", by)),
        ),
        "round_peg": use("round_peg", "round"),
        "square_peg": use("square_peg", "square"),
        "press": Plan((("press", by), ("home", by)), (("pressed", {"object": "switch"}),)),
        "lift": Plan((("lift", {}),), (("lifted", {"object": "box"}),)),
        "tray": carry("tray"),
        "shelf": carry("shelf"),
        "lift_and_place": Plan(
            (("lift", {}), ("place", {**by, "object": "box", "target": "shelf"})),
            (("at", {"object": "box", "target": "shelf"}),),
        ),
        "tool_on_tray": Plan(
            (
                ("grasp", wiper),
                ("place", {**wiper, "target": "tray"}),
                ("grasp", wiper),
                ("place", {**wiper, "target": "rack"}),
            ),
            (("at", {"object": "wiper", "target": "rack"}),),
        ),
        "move": Plan((("move", {**by, "target": "switch"}),), (("near", {**by, "target": "switch"}),)),
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one run."""

    success: bool
    record: FailureRecord | None
    reasons: tuple[str, ...]
    """Why steps gave up."""
    time_s: float


def attempt(
    bench: Workbench, name: str, arm: str, seed: int, failure: Failure | None = None, backend: str = "scripted"
) -> Outcome:
    """Runs one plan on one bench."""
    plan = plan_of(bench, name, arm, seed)
    reasons: list[str] = []
    last: Tick | None = None
    for tick in run_program(bench, plan.calls, seed, failure, backend):
        if tick.done and tick.gave_up:
            reasons.append(f"{tick.skill}: {tick.gave_up}")
        last = tick
    truth = bench.truth()
    success = all(truth.holds_true(condition, **args) for condition, args in plan.goals) and truth.lit
    return Outcome(success, None if last is None else last.record, tuple(reasons), bench.time_s)


def plan_of(bench: Workbench, name: str, arm: str, seed: int) -> Plan:
    """A plan for the bench of a seed, whose round and square holes it looks up."""
    bench.reset(seed)
    holes: dict[str, str] = {plate.config.form: hole for hole, plate in bench.scene.holes.items()}
    return plans(arm, holes)[name]


def _run(args: argparse.Namespace, bench: Workbench, name: str, arm: str) -> None:
    started, simulated_s, good, rows = time.monotonic(), 0.0, 0, []
    seeds = range(args.seed, args.seed + args.seeds)
    for seed in seeds:
        outcome = attempt(bench, name, arm, seed, None, args.backend)
        simulated_s += outcome.time_s
        good += outcome.success
        if not outcome.success:
            rows.append(f"    seed {seed}: {'; '.join(outcome.reasons) or 'no reason given'}")
    speed = simulated_s / (time.monotonic() - started)
    print(f"{name:12s} {arm:6s} {good}/{len(seeds)}  {speed:.1f}x real time", *rows, sep="\n", flush=True)


def _run_failures(args: argparse.Namespace, bench: Workbench, name: str, arm: str, modes: Sequence[str]) -> None:
    for mode in MODES:
        if mode not in modes:
            continue
        harmed = told = total = 0
        rows = []
        for seed in range(args.seed, args.seed + args.seeds):
            calls = plan_of(bench, name, arm, seed).calls
            for step in range(len(calls)):
                if not fits(mode, calls, step):
                    continue
                outcome = attempt(bench, name, arm, seed, Failure(mode, step), args.backend)
                total += 1
                harmed += not outcome.success
                told += outcome.record is not None and outcome.record.step == step
                if outcome.success or outcome.record is None:
                    rows.append(f"    seed {seed} step {step} {calls[step][0]}: {outcome.record} {outcome.reasons}")
        if total:
            print(f"{name:12s} {mode:20s} harmed {harmed}/{total}, told {told}", *rows, sep="\n", flush=True)


def main() -> None:
    """Prints success by plan and arm, or by failure mode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument(
        "--plans", default="wipe,round_peg,square_peg,press,lift,tray,shelf,lift_and_place,tool_on_tray,move"
    )
    parser.add_argument("--arms", default="left,right")
    parser.add_argument("--backend", choices=BACKENDS, default="scripted")
    parser.add_argument("--failures", default="", help="modes, or all: inject them in every step where they fit")
    args = parser.parse_args()
    modes = MODES if args.failures == "all" else args.failures.split(",") if args.failures else ()
    with Workbench() as bench:
        for name in args.plans.split(","):
            for arm in args.arms.split(","):
                if modes:
                    _run_failures(args, bench, name, arm, modes)
                elif not (name == "lift" and arm == "right"):
                    _run(args, bench, name, arm)


if __name__ == "__main__":
    main()
