"""Draws a :class:`LiveState` for a terminal, and as one line of text."""

from itertools import groupby, zip_longest

from rich.console import RenderableType
from rich.panel import Panel
from rich.text import Text

from touchloop.report.live_state import ArmState, LiveState, StreamCounter
from touchloop.report.names import ACTORS, force_band_n

FORCE_SHOWN_N = 16.0
BAR_CELLS = 44
VIEW_CELLS = 86
_NAME_CELLS = 23
LATE_S = 0.001
_MODE_STYLES = {
    "TARE": "black on bright_black",
    "FOLLOW": "bold white on green",
    "HOLD": "bold black on yellow",
    "COMPLY": "bold black on dark_orange",
    "RETRACT": "bold white on magenta",
    "STOP": "bold white on red",
}


def view(state: LiveState, now_s: float) -> RenderableType:
    """The whole view; ``now_s`` is of the clock that the stream counters use.

    One text instead of rich's tables and columns: a tenth of the time to draw.
    """
    lines = []
    for number, (name, arm) in enumerate(state.arms.items()):
        lines += [_mode_line(state, name, arm, with_task=number == 0), _force_line(state, arm)]
    lines.append(_progress_line(state))
    for name, arm in state.arms.items():
        lines += [_ages_line(name, arm), _loop_line(arm)]
    lines += [*_alarms(state, now_s), Text(), *_stream_lines(state, now_s)]
    text = Text("\n", no_wrap=True, overflow="ellipsis").join(lines)
    text.no_wrap, text.overflow = True, "ellipsis"
    return Panel(text, title=_title(state), title_align="left", padding=(0, 1), width=VIEW_CELLS)


def one_line(state: LiveState, now_s: float) -> str:
    """The view in one line, for logs and pipes."""
    time_s = state.episode_time_s
    words = [f"{time_s:.1f} s" if time_s is not None else "waiting", state.task]
    words += [f"seed {state.seed}"] if state.seed is not None else []
    words += [
        word for name, arm in state.arms.items() for word in (_labelled(name, arm.mode), _in_brackets(arm.reason))
    ]
    words += [state.phase, f"disturbed: {state.acting}" if state.acting else ""]
    forces = (f"{_number(arm.force_n, 1)} of {_number(arm.planned_force_n, 1)} N" for arm in state.arms.values())
    words += [f"force {', '.join(forces)}"]
    words += [f"progress {state.progress:.0%}"] if state.progress is not None else []
    for name, arm in state.arms.items():
        if arm.plan_age_s is not None:
            words.append(f"{f'{name} ' if name else ''}plan {arm.plan_sequence}, {arm.plan_age_s:.2f} s old")
        words += [f"late {1e3 * arm.lateness_s:.2f} ms"] if arm.lateness_s is not None else []
    words += [f"{'success' if state.success else 'no success'}, score {state.score:g}"] if _ended(state) else []
    words += [f"hold: {state.hold_reason}"] if state.hold_reason else []
    silence = _silence(state, now_s)
    words += [silence] if silence else []
    words += [f"{source}: {text}" for source, text, _ in state.current_warnings(now_s)]
    return " | ".join(word for word in words if word)


def force_bar(
    force_n: float, planned_n: float | None, band_n: tuple[float, float] | None, cells: int = BAR_CELLS
) -> Text:
    """A bar from 0 to 16 N, or to half above the band: the band shaded, the planned force as a stroke."""
    low, high = band_n or (0.0, 0.0)
    shown_n = max(FORCE_SHOWN_N, 1.5 * high)
    per_cell = shown_n / cells
    colour = "green" if low <= force_n <= high else "cyan" if force_n < low or band_n is None else "red"
    filled = round(min(max(force_n, 0.0), shown_n) / per_cell)
    planned = None if planned_n is None or not planned_n > 0.0 else min(int(planned_n / per_cell), cells - 1)

    def look(cell: int) -> tuple[str, str]:
        if cell == planned:
            return "┃", "bold yellow"
        if cell < filled:
            return "█", colour
        return ("░", "green") if low <= (cell + 0.5) * per_cell <= high else ("·", "bright_black")

    bar = Text()
    for (sign, style), run in groupby(map(look, range(cells))):
        bar.append(sign * len(list(run)), style)
    return bar


def _title(state: LiveState) -> str:
    words = [state.task + (f" {state.variant}" if state.variant else "") or "waiting for an episode"]
    words += [f"seed {state.seed}"] if state.seed is not None else []
    words += [f"disturbed by: {state.perturbation}"] if state.perturbation not in ("", "none") else []
    words += [f"{state.episode_time_s:.1f} s"] if state.episode_time_s is not None else []
    return f"[bold]touchloop[/] {', '.join(words)}"


def _mode_line(state: LiveState, name: str, arm: ArmState, with_task: bool) -> Text:
    line = Text().append(f"{name:<7}" if name else "", "bold")
    if not arm.mode:
        line.append(" no controller_state yet ", "black on bright_black")
    else:
        line.append(f" {arm.mode} ", _MODE_STYLES.get(arm.mode, "bold"))
        line.append(f" {arm.reason}" if arm.reason else "", "yellow")
    if not with_task:
        return line
    line.append(f"   {state.phase}" if state.phase else "", "bold")
    if _ended(state):
        line.append(f"   {'success' if state.success else 'no success'}", "bold green" if state.success else "bold red")
        line.append(f", score {state.score:g}")
    for actor, text in ACTORS.items():
        if state.acting in (actor, "both"):
            line.append("   ")
            line.append(f" {text} ", "black on yellow")
    return line


def _force_line(state: LiveState, arm: ArmState) -> Text:
    line = Text().append("force  ", "bright_black")
    if arm.force_n is None:
        return line.append("not known yet")
    line.append_text(force_bar(arm.force_n, arm.planned_force_n, force_band_n(state.task) if state.task else None))
    line.append(f" {_number(arm.force_n, 1):>5} N", "bold")
    line.append(f" of {_number(arm.planned_force_n, 1)}", "bright_black")
    return line.append(f", peak {state.peak_force_n:.1f}" if state.peak_force_n is not None else "", "bright_black")


def _progress_line(state: LiveState) -> Text:
    line = Text().append("done   ", "bright_black")
    if state.progress is None:
        return line.append("not known yet")
    filled = round(min(max(state.progress, 0.0), 1.0) * BAR_CELLS)
    return (
        line.append("█" * filled, "blue")
        .append("·" * (BAR_CELLS - filled), "bright_black")
        .append(f" {state.progress:6.0%}", "bold")
    )


def _ages_line(name: str, arm: ArmState) -> Text:
    line = Text().append(f"{name or 'ages':<7}", "bright_black")
    plan = f"plan {arm.plan_sequence}" if arm.plan_sequence is not None else "plan"
    for what, age_s, limit_s in (
        (plan, arm.plan_age_s, 1.0),
        ("wrench", arm.wrench_age_s, 0.1),
        ("pose", arm.pose_age_s, 0.1),
        ("touch", arm.tactile_age_s, 0.1),
    ):
        text = "none" if age_s is None else f"{age_s:.2f} s" if age_s >= 0.1 else f"{1e3 * age_s:.0f} ms"
        line.append(f"{what} ", "bright_black")
        line.append(f"{text}  ", "bold red" if age_s is None or age_s > limit_s else "")
    return line


def _loop_line(arm: ArmState) -> Text:
    line = Text().append("loop   ", "bright_black")
    if arm.lateness_s is None:
        return line.append("not known yet")
    line.append("late by ", "bright_black")
    line.append(f"{1e3 * arm.lateness_s:.2f} ms", "bold red" if arm.lateness_s > LATE_S else "")
    line.append(f", at most {1e3 * arm.worst_lateness_s:.2f} ms seen, ", "bright_black")
    line.append(f"{arm.missed_ticks} ticks missed", "yellow" if arm.missed_ticks else "bright_black")
    return line


def _alarms(state: LiveState, now_s: float) -> list[Text]:
    found = [(f"hold ordered: {state.hold_reason}", "bold red")] if state.hold_reason else []
    if silence := _silence(state, now_s):
        found.append((silence, "bold red" if state.mode else "yellow"))
    for source, text, level in state.current_warnings(now_s)[:4]:
        found.append((f"{source}: {text}", "red" if level > 1 else "yellow"))
    return [Text(text, style) for text, style in found]


def _silence(state: LiveState, now_s: float) -> str:
    """Which streams should come and do not; empty if none."""
    silent = state.silent_streams(now_s)
    if len(silent) < len(state.streams):
        return f"silent: {', '.join(silent)}" if silent else ""
    ages_s = [age_s for c in state.streams.values() if (age_s := c.age_s(now_s)) is not None]
    if not ages_s:
        return "no stream yet: is a stack running in this ROS domain and namespace?"
    return f"all streams silent for {min(ages_s):.0f} s: the stack has ended or stands still"


def _stream_lines(state: LiveState, now_s: float) -> list[Text]:
    """Rates against nominal and what is silent, two streams a line."""
    counters = list(state.streams.values())
    half = (len(counters) + 1) // 2
    head = f"{'stream':<{_NAME_CELLS}}{'rate':>8}  of"
    lines = [Text(f"{head:<{_NAME_CELLS + 18}}{head}", "bold")]
    for left, right in zip_longest(counters[:half], counters[half:]):
        line = _stream_cells(left, now_s)
        lines.append(line.append_text(_stream_cells(right, now_s)) if right else line)
    return lines


def _stream_cells(counter: StreamCounter, now_s: float) -> Text:
    rate_hz, nominal_hz = counter.rate_hz, counter.nominal_hz
    if counter.silent(now_s):
        age_s = counter.age_s(now_s)
        rate, style = ("never" if age_s is None else f"{age_s:.0f} s ago"), "bold red"
    else:
        off = rate_hz is not None and nominal_hz is not None and abs(rate_hz / nominal_hz - 1.0) > 0.1
        rate, style = _number(rate_hz, 1), "yellow" if off else "green"
    nominal = "" if nominal_hz is None else f"{nominal_hz:g} Hz"
    cells = Text(f"{counter.name:<{_NAME_CELLS}}").append(f"{rate:>8}", style)
    return cells.append(f"  {nominal:<8}", "bright_black")


def _labelled(name: str, mode: str) -> str:
    mode = mode or "no controller_state"
    return f"{name} {mode}" if name else mode


def _in_brackets(text: str) -> str:
    return f"({text})" if text else ""


def _ended(state: LiveState) -> bool:
    return state.done and state.score is not None


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"
