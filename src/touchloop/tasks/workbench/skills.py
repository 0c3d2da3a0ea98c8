"""Skills by name."""

from collections.abc import Callable, Mapping

from touchloop.errors import InputError
from touchloop.sim.workbench.layout import ARMS
from touchloop.tasks.workbench import motion
from touchloop.tasks.workbench.contact import MakePolicy, lift_task, surface_task
from touchloop.tasks.workbench.scripted import ExpertPolicies
from touchloop.tasks.workbench.skill import Hand, ScriptedSkill, Steps
from touchloop.tasks.workbench.vocabulary import arms_of, checked_call

TIME_LIMIT_S = {"wipe": 24.0, "insert": 24.0, "press": 22.0, "lift": 24.0}
MOTION_LIMIT_S = 12.0
BACKENDS = ("scripted", "learned")


class Skills:
    """Makes skills for one episode.

    Args:
        backend: ``scripted``: contact skills by the tasks' experts; ``learned``: by their learned policies.
        seed: draws the experts' errors of sight and the learned policies' noise.

    Raises:
        InputError: no such back end, or weights are missing.
    """

    def __init__(self, backend: str = "scripted", seed: int = 0) -> None:
        if backend not in BACKENDS:
            raise InputError(f"backend '{backend}': expected one of {', '.join(BACKENDS)}")
        self._make_policy: MakePolicy = ExpertPolicies(seed)
        if backend == "learned":
            from touchloop.tasks.workbench.learned import LearnedPolicies

            self._make_policy = LearnedPolicies(seed)

    def make(self, name: str, args: Mapping[str, str]) -> ScriptedSkill:
        """A skill, not started.

        Raises:
            InputError: no such skill, or wrong arguments.
        """
        checked = checked_call(name, args)
        script = self._script(name, checked)
        return ScriptedSkill(arms_of(name, checked), script, TIME_LIMIT_S.get(name, MOTION_LIMIT_S))

    def _script(self, name: str, args: Mapping[str, str]) -> Callable[[list[Hand]], Steps]:
        match name:
            case "home":
                return lambda hands: motion.home(hands[0])
            case "grasp":
                return lambda hands: motion.grasp(hands[0], args["object"])
            case "release":
                return lambda hands: motion.release(hands[0])
            case "place" if args["object"] == "box":
                return lambda hands: motion.place_box(hands, ARMS.index(args["arm"]), args["target"])
            case "place":
                return lambda hands: motion.place(hands[0], args["object"], args["target"])
            case "move":
                return lambda hands: motion.move(hands[0], args["target"])
            case "lift":
                return lambda hands: lift_task(hands, self._make_policy)
            case _:
                target = args.get("target", args["object"])
                return lambda hands: surface_task(hands[0], name, target, self._make_policy)
