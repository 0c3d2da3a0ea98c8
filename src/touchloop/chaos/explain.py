"""Whether something that was thrown explains what the supervisor says; only then is a state an explained one."""

from collections.abc import Iterable
from dataclasses import dataclass

from touchloop.chaos.topics import CONTROLLER, MANAGER, PLANNER, RECORDER, SUPERVISOR, WORLD

RUNNING = "RUNNING"
UNTIL_RUNNING = frozenset({"STARTING", "PREFLIGHT", "READY"})
"""States on the way back after a person's reset, or after the supervisor was started."""
TAIL_S = 0.8
"""A cause is still seen for so long: time-outs, the time that a hold lasts at least, and messages on their way."""
PERSON, RESET, MACHINE = "person", "reset", "machine"
"""Targets of what is no fault: a person's reset of a stop, a new episode, and a machine that was late."""

_CONTACT = ("contact force", "contact torque", "power", "energy")
_MOTION = ("speed", "acceleration", "energy", "power")
_LATE = ("silent", "'s stamp is", "time jumped", "no ")
_WORDS: dict[str, tuple[str, ...]] = {
    "tcp_pose": ("tcp_pose", "measure", "target_pose", "depth", *_MOTION, *_CONTACT),
    "tcp_twist": ("tcp_twist", "measured", *_MOTION),
    "wrench": ("wrench", "measured", "target_pose", *_CONTACT),
    "wrench_bias": _CONTACT,
    "tactile/markers": (),
    "camera/wrist/image_raw": (),
    "/clock": ("target_pose",),
    "plan": ("target_pose jumps",),
    "target_pose": ("target_pose",),
    "target_wrench": (),
    # A damaged command moves the arm itself.
    "safe/target_pose": ("safe/target_pose", "m from the arm", *_MOTION, *_CONTACT),
    "hold": (),
    "heartbeat": (CONTROLLER,),
    "cpu": (*_LATE, CONTROLLER),
    WORLD: ("tcp_", "wrench", "measure", "target_pose", "a stream is missing"),
    CONTROLLER: (CONTROLLER, "target_pose"),
    PLANNER: ("target_pose jumps",),
    SUPERVISOR: (*_LATE, CONTROLLER, "measure", "tcp_", "wrench", "target_pose"),
    RECORDER: (),
    MANAGER: (),
    RESET: ("tcp_", "wrench", "measure", "target_pose"),
    MACHINE: (*_LATE, CONTROLLER),
    PERSON: (),
}
"""Target to words in a reason that a fault of it can bring about. A fault of a target without words explains nothing:
the supervisor goes on."""

_DEATHS = frozenset({"kill", "disk full"})
_BY_DEATH = (*_LATE, CONTROLLER)
"""Of whatever node: Fast DDS lets the others wait for the lock of the dead one's shared memory, up to 2 s."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that happened, by the machine's clock."""

    kind: str
    target: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Said:
    """What the supervisor said."""

    state: str
    reason: str
    at_s: float


def is_explained(said: Said, causes: Iterable[Cause]) -> bool:
    """Whether one of the causes brings about such a state for such a reason, and happened at that time."""
    if said.state == RUNNING:
        return True
    return any(cause.from_s <= said.at_s <= cause.to_s + TAIL_S and _brings_about(cause, said) for cause in causes)


def _brings_about(cause: Cause, said: Said) -> bool:
    if said.state in UNTIL_RUNNING and cause.target in (SUPERVISOR, WORLD, PERSON, RESET):
        return True
    words = _WORDS.get(cause.target, ()) + (_BY_DEATH if cause.kind in _DEATHS else ())
    return any(word in said.reason for word in words)
