"""What happened in an episode, in order of time."""

from typing import NamedTuple

from touchloop.report.episodes import Episode
from touchloop.tasks.wipe import CONTACT_FORCE_N

_MODE_LEVEL = {"TARE": 0, "FOLLOW": 0, "HOLD": 1, "COMPLY": 1, "RETRACT": 2, "STOP": 2}


class Event(NamedTuple):
    """One line; ``level`` 0 plain, 1 warning, 2 error. ``kind`` groups lines."""

    time_s: float
    kind: str
    text: str
    level: int = 0


STARTING = "start"
STARTING_S = 0.05
"""What nodes warn of up to here is about their start: simulated time stands still until all are there."""


def events_of(episode: Episode) -> list[Event]:
    """Phases, contact, perturbations, modes, plan changes, warnings and the end."""
    recording = episode.recording
    found = [
        Event(interval.start_s, "task", f"phase {interval.name}")
        for interval in episode.phases
        if interval.name != "done"
    ]
    touched = next((s for s in recording.task if s.force_n > CONTACT_FORCE_N), None)
    if touched:
        found.append(Event(episode.second(touched.stamp_ns), "task", f"first contact, {touched.force_n:.1f} N"))
    for interval in episode.perturbations:
        text = f"{interval.name}, for {interval.stop_s - interval.start_s:.1f} s"
        found.append(Event(interval.start_s, "perturbation", text))
    for interval in episode.modes:
        reason = f": {interval.detail}" if interval.detail else ""
        text = f"{interval.name} for {interval.stop_s - interval.start_s:.2f} s{reason}"
        level = _MODE_LEVEL.get(interval.name, 1) if interval.detail != "no plan yet" else 0
        found.append(Event(interval.start_s, "controller", text, level))
    found += [Event(float(time_s), "plan", "another plan in use") for time_s in episode.plan_changes_s]
    for notice in recording.notices:
        time_s = episode.second(notice.stamp_ns)
        source = STARTING if time_s <= STARTING_S else notice.source
        text = f"{notice.source}: {notice.text}" if source == STARTING else notice.text
        found.append(Event(time_s, source, text, notice.level))
    done = next((s for s in recording.task if s.done), None)
    if done:
        text = f"done: {'success' if done.success else 'no success'}, score {done.score:g}"
        found.append(Event(episode.second(done.stamp_ns), "task", text, 0 if done.success else 2))
    return sorted(found, key=lambda event: event.time_s)
