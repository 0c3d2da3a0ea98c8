"""Draws a :class:`LiveState` for a terminal, and as one line of text."""

from itertools import groupby, zip_longest

from rich.console import RenderableType
from rich.panel import Panel
from rich.text import Text

from touchloop.report.live_state import LiveState, StreamCounter
from touchloop.report.names import ACTORS, FORCE_BAND_N

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
    lines = [_mode_line(state), _force_line(state), _wiped_line(state), _ages_line(state), _loop_line(state)]
    lines += [*_alarms(state, now_s), Text(), *_stream_lines(state, now_s)]
    text = Text("\n", no_wrap=True, overflow="ellipsis").join(lines)
    text.no_wrap, text.overflow = True, "ellipsis"
    return Panel(text, title=_title(state), title_align="left", padding=(0, 1), width=VIEW_CELLS)


def one_line(state: LiveState, now_s: float) -> str:
    """The view in one line, for logs and pipes."""
    time_s = state.episode_time_s
    words = [f"{time_s:.1f} s" if time_s is not None else "waiting", state.task]
    words += [f"seed {state.seed}"] if state.seed is not None else []
    words += [state.mode or "no controller_state"]
    words += [f"({state.reason})"] if state.reason else []
    words += [state.phase, f"disturbed: {state.acting}" if state.acting else ""]
    words += [f"force {_number(state.force_n, 1)} of {_number(state.planned_force_n, 1)} N"]
    words += [f"wiped {state.coverage:.0%}"] if state.coverage is not None else []
    words += [f"plan {state.plan_sequence}, {state.plan_age_s:.2f} s old"] if state.plan_age_s is not None else []
    words += [f"late {1e3 * state.lateness_s:.2f} ms"] if state.lateness_s is not None else []
    words += [f"{'success' if state.success else 'no success'}, score {state.score:g}"] if _ended(state) else []
    words += [f"hold: {state.hold_reason}"] if state.hold_reason else []
    silence = _silence(state, now_s)
    words += [silence] if silence else []
    words += [f"{source}: {text}" for source, text, _ in state.current_warnings(now_s)]
    return " | ".join(word for word in words if word)


def force_bar(force_n: float, planned_n: float | None, cells: int = BAR_CELLS) -> Text:
    """A bar from 0 to 16 N: the band shaded, the planned force as a stroke."""
    per_cell = FORCE_SHOWN_N / cells
    low, high = FORCE_BAND_N
    colour = "green" if low <= force_n <= high else "cyan" if force_n < low else "red"
    filled = round(min(max(force_n, 0.0), FORCE_SHOWN_N) / per_cell)
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
    words = [state.task or "waiting for an episode"]
    words += [f"seed {state.seed}"] if state.seed is not None else []
    words += [f"disturbed by: {state.perturbation}"] if state.perturbation not in ("", "none") else []
    words += [f"{state.episode_time_s:.1f} s"] if state.episode_time_s is not None else []
    return f"[bold]touchloop[/] {', '.join(words)}"


def _mode_line(state: LiveState) -> Text:
    if not state.mode:
        line = Text().append(" no controller_state yet ", "black on bright_black")
    else:
        line = Text().append(f" {state.mode} ", _MODE_STYLES.get(state.mode, "bold"))
        line.append(f" {state.reason}" if state.reason else "", "yellow")
    line.append(f"   {state.phase}" if state.phase else "", "bold")
    if _ended(state):
        line.append(f"   {'success' if state.success else 'no success'}", "bold green" if state.success else "bold red")
        line.append(f", score {state.score:g}")
    for actor, text in ACTORS.items():
        if state.acting in (actor, "both"):
            line.append("   ")
            line.append(f" {text} ", "black on yellow")
    return line


def _force_line(state: LiveState) -> Text:
    line = Text().append("force  ", "bright_black")
    if state.force_n is None:
        return line.append("not known yet")
    line.append_text(force_bar(state.force_n, state.planned_force_n))
    line.append(f" {_number(state.force_n, 1):>5} N", "bold")
    line.append(f" of {_number(state.planned_force_n, 1)}", "bright_black")
    return line.append(f", peak {state.peak_force_n:.1f}" if state.peak_force_n is not None else "", "bright_black")


def _wiped_line(state: LiveState) -> Text:
    line = Text().append("wiped  ", "bright_black")
    if state.coverage is None:
        return line.append("not known yet")
    filled = round(min(max(state.coverage, 0.0), 1.0) * BAR_CELLS)
    return (
        line.append("█" * filled, "blue")
        .append("·" * (BAR_CELLS - filled), "bright_black")
        .append(f" {state.coverage:6.0%}", "bold")
    )


def _ages_line(state: LiveState) -> Text:
    line = Text().append("ages   ", "bright_black")
    plan = f"plan {state.plan_sequence}" if state.plan_sequence is not None else "plan"
    for name, age_s, limit_s in (
        (plan, state.plan_age_s, 1.0),
        ("wrench", state.wrench_age_s, 0.1),
        ("pose", state.pose_age_s, 0.1),
        ("touch", state.tactile_age_s, 0.1),
    ):
        text = "none" if age_s is None else f"{age_s:.2f} s" if age_s >= 0.1 else f"{1e3 * age_s:.0f} ms"
        line.append(f"{name} ", "bright_black")
        line.append(f"{text}  ", "bold red" if age_s is None or age_s > limit_s else "")
    return line


def _loop_line(state: LiveState) -> Text:
    line = Text().append("loop   ", "bright_black")
    if state.lateness_s is None:
        return line.append("not known yet")
    line.append("late by ", "bright_black")
    line.append(f"{1e3 * state.lateness_s:.2f} ms", "bold red" if state.lateness_s > LATE_S else "")
    line.append(f", at most {1e3 * state.worst_lateness_s:.2f} ms seen, ", "bright_black")
    line.append(f"{state.missed_ticks} ticks missed", "yellow" if state.missed_ticks else "bright_black")
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


def _ended(state: LiveState) -> bool:
    return state.done and state.score is not None


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"
