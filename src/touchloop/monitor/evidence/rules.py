"""What a step's evidence points to: one function a kind of skill, from what is seen and felt now to a finding."""

from dataclasses import dataclass

import numpy as np

from touchloop.geometry.pose import rotate
from touchloop.monitor.evidence.aim import Aim, aim_of, off_rest, rivals_of, stroke_heading, subject_point
from touchloop.monitor.evidence.geometry import held_by, tcp_in_world
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.memory import Finding, Held, StepMemory
from touchloop.monitor.evidence.sensed import Sensed
from touchloop.sim.workbench.coupler import CLOSING_S
from touchloop.tasks.workbench.view import BASES

CLOSED_S = CLOSING_S + 0.04
AWAY_M, RIVAL_M = 0.07, 0.10
"""An arm that is so much further from its aim than at the start goes somewhere else."""
HEADED_M, HEADING_M_S, COS_ELSEWHERE = 0.15, 0.08, 0.5
"""So does one that is still this far away, moves on the level, and not within 60 degrees of the way to its aim."""
COS_RIVAL = 0.9
"""Within 25 degrees of the way to a thing of the same kind it may be on its way there."""
SUNK_M, SINKING_M_S = 0.03, 0.05
"""An arm that is so much lower than it was in its step, and falls so fast, goes down."""
FELL_M = 0.02
RECENT_S, AT_SURFACE_M = 1.0, 0.008
"""A tool that touched something so lately, or is so near to its surface, was at work when it was lost."""
WIPED_ON_M = 0.02
"""The tip has moved by this since it touched: its heading can be told."""
WRONG_HEADING_RAD = np.radians(13.0)
UNTURNED_RAD = np.radians(4.0)
STALLED_S = 0.25
REACH_M = 0.15
"""What is touched further away is no obstacle before the aim."""


@dataclass(frozen=True, slots=True)
class Now:
    """One look at a step."""

    sensed: Sensed
    memory: StepMemory
    tcps: tuple[np.ndarray, np.ndarray]
    held: Held
    contact: tuple[bool, bool]
    limits: Limits
    arm: int
    """That the step moves; the left one if both."""
    force_n: float = 0.0
    """That it feels."""

    @property
    def aim(self) -> Aim | None:
        """Of the arm now."""
        m = self.memory
        return aim_of(self.sensed.view, m.skill, m.args, self.arm, self.tcps[self.arm])

    def since(self, when_s: float | None) -> float:
        """Time since then; negative where it never was."""
        return -1.0 if when_s is None else self.sensed.time_s - when_s


def finding(now: Now) -> Finding | None:
    """What seems to have gone wrong; None for nothing."""
    if not now.sensed.view.lit:
        return Finding("lights_out", 0.99, "the pictures are dark")
    skill = now.memory.skill
    found = _carried(now)
    if found is None and skill == "grasp":
        found = _grasp(now)
    elif found is None and skill == "place":
        found = _place(now)
    elif found is None and skill in ("insert", "wipe", "press", "lift"):
        found = _contact(now)
    return found or _blocked(now) or _astray(now) or _sinking(now)


def _carried(now: Now) -> Finding | None:
    """Something that was held is held no more, or is told to be let go of at the wrong time."""
    m, arm = now.memory, now.arm
    was = m.held[arm]
    skill = m.skill
    if skill in ("insert", "wipe", "move", "home", "place") and was is not None:
        if now.sensed.grips[arm] == "open" and m.grips[arm] == "close":
            if skill == "place":
                return None
            return Finding("wrong_order", 0.9, f"the coupler is told to open during {skill}")
        if not now.sensed.view.coupled[arm]:
            aim = now.aim
            there = aim is not None and aim.height_m < AT_SURFACE_M
            touching = skill in ("insert", "wipe") and (there or 0.0 <= now.since(m.last_touch_s) < RECENT_S)
            what = was or "what it held"
            if touching:
                return Finding("lost_tool", 0.9, f"the coupler has lost {what} while it touched something")
            return Finding("slip", 0.9, f"the coupler has lost {what} on the way")
    both = skill == "place" and m.args["object"] == "box" and m.held == (None, None)
    if both and now.sensed.view.box[2] - _middle(now)[2] < m.box_in_palms[2] - FELL_M and m.opened_s is None:
        return Finding("slip", 0.9, "the box goes down between the palms")
    return None


def _grasp(now: Now) -> Finding | None:
    m, arm, name = now.memory, now.arm, now.memory.args["object"]
    if now.since(m.closed_s) < CLOSED_S:
        return None
    held = now.held[arm]
    if held == name:
        return None
    if held:
        return Finding("wrong_object", 0.95, f"it holds {held}, not {name}")
    if now.sensed.view.coupled[arm]:
        return Finding("wrong_object", 0.6, f"the coupler has closed on something that is not at {name}")
    aim = now.aim if now.since(m.closed_s) < CLOSED_S + 0.1 else None
    if aim is None:
        return Finding("no_grasp", 0.7, f"the coupler has closed, and {name} is not in it")
    return _missed(now, aim, f"closing on {name}") or Finding(
        "no_grasp", 0.95, f"the coupler has closed at {name}, but holds nothing"
    )


def _place(now: Now) -> Finding | None:
    m = now.memory
    if now.since(m.opened_s) < 0.0:
        if m.held[now.arm] not in (None, m.args["object"]):
            return Finding("wrong_object", 0.8, f"it carries {m.held[now.arm]}, not {m.args['object']}")
        return None
    if now.since(m.opened_s) > 0.1:
        return None
    return _missed(now, now.aim, f"letting go of {m.args['object']}")


def _missed(now: Now, aim: Aim | None, doing: str) -> Finding | None:
    """An aim that is off by more than is usual."""
    if aim is None:
        return None
    skill = now.memory.skill
    beside = aim.aside_m > now.limits.of(skill, "aside_m")
    if beside and aim.near:
        return Finding("wrong_object", 0.9, f"{doing}, the tool is at {aim.near}")
    if beside and _pushed_aside(now):
        return Finding("blocked", 0.8, f"{doing}, something keeps the tool {1000 * aim.aside_m:.0f} mm beside its way")
    # Who takes a thing for turned is beside it too, where it is not held by its middle.
    if aim.turn_rad > now.limits.of(skill, "turn_rad"):
        angle = f"{doing}, the tool is turned by {np.degrees(aim.turn_rad):.0f} degrees"
        if off_rest(now.arm, now.tcps[now.arm]) < UNTURNED_RAD:
            return Finding("no_rotation", 0.85, f"{angle}; it has not turned from how it rests")
        return Finding("rotation", 0.85, angle)
    if beside:
        return Finding("translation", 0.9, f"{doing}, the tool is {1000 * aim.aside_m:.0f} mm beside its aim")
    return None


def _pushed_aside(now: Now) -> bool:
    """The arm is beside its aim, but it is told to be there."""
    m = now.memory
    told = tcp_in_world(now.sensed.view.commanded[now.arm], now.arm)
    aim = aim_of(now.sensed.view, m.skill, m.args, now.arm, told)
    return aim is not None and aim.aside_m <= now.limits.of(m.skill, "aside_m")


def _contact(now: Now) -> Finding | None:
    """Steps that work by touch: where they touch tells whether they are right."""
    m, arm = now.memory, now.arm
    needs_tool = m.skill in ("insert", "wipe")
    if needs_tool and m.held[arm] is None:
        return Finding("wrong_order", 0.8, f"{m.skill} begins without a tool in the coupler")
    if m.touch_s is None or not now.contact[arm] or m.touch_tcp is None:
        return None
    aim = now.aim
    if aim is None:
        return None
    if aim.near and aim.aside_m > now.limits.of(m.skill, "aside_m"):
        return _missed(now, aim, f"{m.skill} in contact")
    if aim.height_m > now.limits.of(m.skill, "height_m"):
        return Finding("blocked", 0.9, f"{m.skill} touches something {1000 * aim.height_m:.0f} mm too early")
    if m.skill == "wipe" and aim.aside_m > now.limits.of("wipe", "aside_m"):
        return _off_stroke(now, aim)
    return _missed(now, aim, f"{m.skill} in contact")


def _off_stroke(now: Now, aim: Aim) -> Finding | None:
    moved = now.tcps[now.arm][:3] - (now.tcps[now.arm] if now.memory.touch_tcp is None else now.memory.touch_tcp)[:3]
    length = float(np.linalg.norm(moved))
    said = f"the wiper is {1000 * aim.aside_m:.0f} mm beside the ink"
    if _pushed_aside(now):
        return Finding("blocked", 0.8, f"{said}, where it is not told to be")
    if length < WIPED_ON_M:
        return None
    angle = float(np.arccos(min(abs(float(moved @ stroke_heading(now.sensed.view))) / length, 1.0)))
    if angle > WRONG_HEADING_RAD:
        return Finding("rotation", 0.85, f"{said} and moves {np.degrees(angle):.0f} degrees across it")
    return Finding("translation", 0.85, f"{said}, along it")


def _blocked(now: Now) -> Finding | None:
    """An arm that does not follow, or touches something where nothing ought to be."""
    m = now.memory
    aim = now.aim
    if reaching(now) and aim is not None and aim.height_m > now.limits.of(m.skill, "height_m"):
        return Finding("blocked", 0.85, f"something is touched {1000 * aim.height_m:.0f} mm before the aim")
    if now.since(m.stalled_s) > STALLED_S:
        return Finding("blocked", 0.8, "the arm does not follow its command")
    return None


def reaching(now: Now) -> bool:
    """It touches something near its aim before the coupler works; the box is touched all the time when carried."""
    m, aim = now.memory, now.aim
    before = m.closed_s is None and m.opened_s is None and now.contact[now.arm]
    tool = m.skill == "grasp" or (m.skill == "place" and m.args["object"] != "box")
    return before and tool and aim is not None and aim.aside_m < REACH_M


def _astray(now: Now) -> Finding | None:
    """It goes somewhere else than its aim."""
    m = now.memory
    before = m.closed_s is None and m.opened_s is None and m.touch_s is None
    point = subject_point(now.sensed.view, m.skill, m.args, now.arm)
    if m.start_m is None or point is None or not before or m.skill == "lift":
        return None
    way = (point - now.tcps[now.arm][:3])[:2]
    level_m = float(np.linalg.norm(way))
    further = level_m > max(m.start_m, m.nearest_m) + AWAY_M
    if not further and not (level_m > HEADED_M and _heads_elsewhere(now, way)):
        return None
    rivals = [(rival - now.tcps[now.arm][:3])[:2] for rival in rivals_of(now.sensed.view, m.skill, m.args, now.arm)]
    if any(float(np.linalg.norm(to)) < RIVAL_M or not _heads_elsewhere(now, to, COS_RIVAL) for to in rivals):
        # It may be on its way to the wrong thing of the right kind: what it does there tells.
        return None
    return Finding("wrong_order", 0.7, f"{m.skill} goes away from what it is about")


def sinks_at(now: Now) -> float | None:
    """Level distance from its aim at which an arm goes down before it works there [m]; None while it does not."""
    m = now.memory
    if m.closed_s is not None or m.opened_s is not None or m.touch_s is not None or m.skill == "lift":
        return None
    fallen_m = m.top_m - float(now.tcps[now.arm][2])
    down_m_s = -float(now.sensed.observations[now.arm].tcp_twist_in_base[2])
    return level_distance(now) if fallen_m > SUNK_M and down_m_s > SINKING_M_S else None


def _sinking(now: Now) -> Finding | None:
    """It goes down to something else than its aim."""
    level_m = sinks_at(now)
    if level_m is None or level_m <= now.limits.of(now.memory.skill, "sinks_m"):
        return None
    m, here = now.memory, now.tcps[now.arm][:2]
    rivals = rivals_of(now.sensed.view, m.skill, m.args, now.arm)
    if any(float(np.linalg.norm(rival[:2] - here)) < RIVAL_M for rival in rivals):
        # What it does at the wrong thing of the right kind tells.
        return None
    return Finding("wrong_order", 0.75, f"{m.skill} goes down {1000 * level_m:.0f} mm from what it is about")


def _heads_elsewhere(now: Now, way: np.ndarray, cos: float = COS_ELSEWHERE) -> bool:
    """Whether the arm moves on the level, and not along a way (2,)."""
    twist = now.sensed.observations[now.arm].tcp_twist_in_base
    velocity = rotate(BASES[now.arm][3:], twist[:3])[:2]
    speed, length = float(np.linalg.norm(velocity)), float(np.linalg.norm(way))
    if speed < HEADING_M_S or length < 1e-6:
        return False
    return float(velocity @ way) < cos * speed * length


def level_distance(now: Now) -> float | None:
    """Level distance of the arm from what its step is about [m]; None where there is no such thing."""
    m = now.memory
    point = subject_point(now.sensed.view, m.skill, m.args, now.arm)
    return None if point is None else float(np.linalg.norm(now.tcps[now.arm][:2] - point[:2]))


def ended(now: Now) -> Finding:
    """The best guess why a step that has ended did not bring about what it should."""
    m, sensed = now.memory, now.sensed
    if "dark" in sensed.gave_up:
        return Finding("lights_out", 0.9, sensed.gave_up)
    if "block" in sensed.gave_up:
        return Finding("blocked", 0.8, sensed.gave_up)
    if m.skill == "grasp" and m.closed_s is None:
        return Finding("wrong_order", 0.8, "grasp ended without closing the coupler")
    if m.skill == "place" and m.opened_s is None:
        return Finding("wrong_order", 0.6, "place ended without opening the coupler")
    if m.skill in ("insert", "wipe") and m.held[now.arm] is not None and not sensed.view.coupled[now.arm]:
        return Finding("lost_tool", 0.7, "the tool is gone")
    if m.skill == "lift":
        return Finding("translation", 0.6, "the palms do not hold the box")
    return Finding("unknown", 0.5, sensed.gave_up or f"{m.skill} ended without its effect")


def held_now(sensed: Sensed, tcps: tuple[np.ndarray, np.ndarray]) -> Held:
    """What both arms hold."""
    return held_by(sensed.view, 0, tcps[0]), held_by(sensed.view, 1, tcps[1])


def _middle(now: Now) -> np.ndarray:
    return 0.5 * (now.tcps[0][:3] + now.tcps[1][:3])
