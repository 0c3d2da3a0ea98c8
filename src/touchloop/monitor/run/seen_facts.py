"""What a planner and a repair need to know of the scene, from what is seen."""

import numpy as np

from touchloop.geometry.pose import compose
from touchloop.monitor.evidence.geometry import holds, place_of
from touchloop.monitor.evidence.memory import Held
from touchloop.monitor.evidence.rules import held_now
from touchloop.monitor.evidence.sensed import Sensed
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.model import Condition
from touchloop.sim.workbench.layout import ARMS, REST_IN_BASE, TOOLS
from touchloop.tasks.workbench.view import BASES, View


def facts_at_rest(view: View) -> SceneFacts:
    """Facts of a bench before anything was done, from its view (both arms at rest)."""
    tcps = (compose(BASES[0], REST_IN_BASE), compose(BASES[1], REST_IN_BASE))
    return _facts(view, (None, None), tcps, float(view.box[2]), clean=None)


def seen_facts(
    sensed: Sensed, tcps: tuple[np.ndarray, np.ndarray], box_rest_z: float, clean: bool | None
) -> SceneFacts:
    """Facts of a bench as it stands.

    Args:
        sensed: now.
        tcps: (7,) of both arms in the world.
        box_rest_z: height of the box when the run began [m].
        clean: whether the board was clean when it was looked at last; None: nobody has looked since anything was
            wiped. Facts are what is known to be true, so they tell neither ink nor ignorance.
    """
    return _facts(sensed.view, held_now(sensed, tcps), tcps, box_rest_z, clean)


def _facts(
    view: View, held: Held, tcps: tuple[np.ndarray, np.ndarray], box_rest_z: float, clean: bool | None
) -> SceneFacts:
    forms = {name: str(config.form) for name, config in view.holes.items()}
    places: dict[str, str] = {}
    for name in (*TOOLS, "box"):
        place = ARMS[held.index(name)] if name in held else place_of(view, name)
        if place is not None:
            places[name] = place
    true = set()
    if view.lamp:
        true.add(Condition("pressed", ("switch",)))
    if clean:
        true.add(Condition("clean", ("board",)))
    if holds(view, tcps, None, box_rest_z, "lifted", object="box") and "box" not in places:
        true.add(Condition("lifted", ("box",)))
    return SceneFacts(forms=forms, places=places, true=frozenset(true))
