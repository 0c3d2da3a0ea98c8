"""Our controller: few, well-sized moves along one path of sensitivity, each measured before the next."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from touchloop.events.biasing.actuator import Actuator, changed
from touchloop.events.biasing.balance import Balance
from touchloop.events.biasing.exchange import BiasCommand, RateObservation, usable
from touchloop.events.biasing.gain_estimate import GainEstimate, Point
from touchloop.events.biasing.rate_history import RateHistory, log_rate
from touchloop.events.biasing.readback import Readback
from touchloop.events.biasing.sensitivity_path import Move, Segment, place, segments_of, walk
from touchloop.events.rate import WINDOW_S
from touchloop.events.sensors.camera import CameraModel

MOST_DOUBLINGS = 8
LONGEST_WALK = 10.0
"""In ln(rate): more than any camera's path."""
CORNER_KEPT = 0.7
"""In ln(rate): a rate that moved by more while resting in a corner means another scene."""


@dataclass(frozen=True, slots=True)
class SteadySettings:
    """Times and bounds of the controller; the same for every camera.

    Attributes:
        settle_s: after a change the measurement is ignored this long: the bias generator settles, noise dies down.
        flood_after_s: a flood must last this long; a step of light alone makes a burst that is over sooner.
        high_after_s: above the band for this long: down.
        low_after_s: below it for this long: up.
        edge_after_s: mean near an edge of the band, inside or out, for this long: to the middle.
        comfort_down: share of the band's lower half (in logarithms, from its middle) in which nothing is done.
        comfort_up: of its upper half; smaller, for a change of biases makes noise that must still fit into the band.
        flood: a rate above the band by this factor is a flood.
        largest_down: of one move, in ln(rate).
        largest_up: sensitivity comes back in smaller moves,
        largest_beyond: and in still smaller ones beyond the start values, where noise grows steeply.
        largest_inside: a move from inside the band goes no further; it has time.
        light_step: ON share, or OFF share, above which a flood is taken for a step of light: it passes by itself.
        light_step_s: for so long, unless the camera is near its limit.
        corner_s: where no setting lands in the band, nothing is tried for this long,
        longest_corner_s: and each time that it comes out the same, for twice as long, up to this.
        changes_a_minute: at most, in the mean; ``burst`` of them at once.
        silent_s: no event at all for this long: the camera is taken for gone.
        near_limit: share of the arbiter's limit above which the rate is taken for cut off.
        cut_off: what is then added to ln(rate).
    """

    settle_s: float = 0.1
    flood_after_s: float = 0.1
    high_after_s: float = 0.15
    low_after_s: float = 0.25
    edge_after_s: float = 0.8
    comfort_down: float = 0.65
    comfort_up: float = 0.55
    flood: float = 2.0
    largest_down: float = 3.5
    largest_up: float = 2.0
    largest_beyond: float = 0.5
    largest_inside: float = 0.35
    light_step: float = 0.8
    light_step_s: float = 0.45
    corner_s: float = 5.0
    longest_corner_s: float = 60.0
    changes_a_minute: float = 40.0
    burst: float = 10.0
    silent_s: float = 1.0
    near_limit: float = 0.85
    cut_off: float = 0.7


@dataclass(frozen=True, slots=True)
class Corner:
    """A rest where no setting lands in the band: the ln(rate) there, and the time that is left."""

    level: float
    left_s: float


@dataclass(frozen=True, slots=True)
class SteadyState:
    """Memory between two steps; the biases themselves are not in it, they are read back from the driver."""

    settle_left_s: float
    history: RateHistory
    gains: GainEstimate
    readback: Readback
    balance: Balance
    budget: float
    searching: bool = False
    corner: Corner | None = None
    corners: int = 0
    flood_s: float = 0.0
    on_share: float = 0.5
    silent_s: float = 0.0
    restarted: bool = False
    stamp_ns: int | None = None
    dropped: int = 0


@dataclass(frozen=True)
class Steady:
    """Keeps the rate in its band with few changes.

    - It looks at the rate only when the last change has settled, and works on what the driver read back: nothing
      winds up, adjusted values are taken as they are, biases that do not move are left out for a minute.
    - One path orders all biases from most to least sensitive (``sensitivity_path``). A move is sized to land in the
      middle of the band, with the slopes measured so far (``gain_estimate``); once the target has been seen from both
      sides, it is searched between them only, so that a flat-then-steep curve ends in its corner and not in a cycle.
    - Too many events: down at once. Too few: up after a longer look and by smaller moves. Comfortably inside the
      band: nothing.
    - States: steady, settling, searching, flooded, starved, limit (no bias left to move that way), waiting (changes a
      minute used up), silent (no event at all), lost (no usable rate, or the clock jumped), stuck (nothing moves).
    - No event at all for a second: once, the start values; then it holds them until events come. No usable rate, or
      a clock that jumps: it holds still and measures anew.
    """

    camera: CameraModel
    band_hz: tuple[float, float]
    settings: SteadySettings = field(default_factory=SteadySettings)
    name: str = "steady"

    def start(self, values: Mapping[str, int]) -> SteadyState:  # noqa: ARG002
        """Knows nothing yet."""
        return SteadyState(0.0, RateHistory(), GainEstimate({}), Readback.nothing(), Balance(), self.settings.burst)

    def step(self, state: SteadyState, observation: RateObservation, dt_s: float) -> tuple[SteadyState, BiasCommand]:
        """Looks, and moves the biases if it must."""
        s = self.settings
        if not usable(observation, dt_s):
            return self._forgotten(state), BiasCommand(reason="no usable rate; biases are held", state="lost")
        state, jumped = self._clock(state, observation, dt_s)
        if jumped:
            return self._forgotten(state), BiasCommand(reason="the clock jumped; measuring anew", state="lost")
        if state.corner is not None:
            left_s = state.corner.left_s - dt_s
            state = replace(state, corner=replace(state.corner, left_s=left_s) if left_s > 0.0 else None)
        state = replace(state, budget=min(state.budget + dt_s * s.changes_a_minute / 60.0, s.burst))
        waited = state.readback.waiting
        state = replace(state, readback=state.readback.seen(observation.values, dt_s, self._owners))
        if state.readback.waiting:
            return state, BiasCommand(reason="the driver has not shown the change yet", state="settling")
        if state.settle_left_s > 1e-6:
            # Settling is counted from when the change was seen, if that was late.
            late = waited and state.settle_left_s < s.settle_s
            left_s = state.settle_left_s if late else state.settle_left_s - dt_s
            return replace(state, settle_left_s=left_s), BiasCommand(reason="settling", state="settling")
        state, rate_hz = self._measured(state, observation, dt_s)
        if rate_hz == 0.0:
            state = replace(state, silent_s=state.silent_s + dt_s)
            if state.silent_s >= s.silent_s - 1e-6:
                return self._silent(state, observation)
            if not state.searching:
                return state, BiasCommand(reason="no event at all", state="silent")
        else:
            state = replace(state, silent_s=0.0, restarted=False)
        return self._decide(state, observation)

    @property
    def _target(self) -> float:
        """ln(rate) in the middle of the band."""
        return 0.5 * (math.log(self.band_hz[0]) + math.log(self.band_hz[1]))

    @cached_property
    def _owners(self) -> dict[str, tuple[str, ...]]:
        return {bias.name: Actuator(bias).names for bias in self.camera.biases}

    def _forgotten(self, state: SteadyState) -> SteadyState:
        return replace(state, history=RateHistory(), gains=state.gains.searched(), searching=False)

    def _clock(self, state: SteadyState, observation: RateObservation, dt_s: float) -> tuple[SteadyState, bool]:
        stamp_ns = observation.stamp_ns
        gap_s = dt_s if state.stamp_ns is None else (stamp_ns - state.stamp_ns) * 1e-9
        return replace(state, stamp_ns=stamp_ns), not -1e-6 <= gap_s <= dt_s + 1.0

    def _measured(self, state: SteadyState, observation: RateObservation, dt_s: float) -> tuple[SteadyState, float]:
        """The newest rate, with what the arbiter lost added where that is known."""
        recent = observation.recent_hz
        rate_hz = recent if math.isfinite(recent) and recent >= 0.0 else observation.rate_hz
        lost_hz = max(observation.dropped - state.dropped, 0) / dt_s
        whole_hz = rate_hz + lost_hz
        if lost_hz == 0.0 and rate_hz > self.settings.near_limit * self.camera.limit_hz:
            whole_hz = rate_hz * math.exp(self.settings.cut_off)
        history = state.history.with_piece(dt_s, whole_hz)
        balance = state.balance.seen(observation.on_share, dt_s)
        flood_s = state.flood_s + dt_s if whole_hz > self.band_hz[1] else 0.0
        state = replace(state, history=history, dropped=observation.dropped, balance=balance)
        return replace(state, flood_s=flood_s, on_share=observation.on_share), rate_hz

    def _silent(self, state: SteadyState, observation: RateObservation) -> tuple[SteadyState, BiasCommand]:
        held = BiasCommand(reason="no event at all: camera unplugged or covered; biases are held", state="silent")
        if state.restarted:
            return state, held
        state = replace(state, restarted=True)
        changes = changed(self.camera.start_values(), observation.values)
        if not changes:
            return state, held
        reason = "no event at all: back to the start values once"
        return self._commanded(state, observation, changes), BiasCommand(changes, reason, "silent")

    def _decide(self, state: SteadyState, observation: RateObservation) -> tuple[SteadyState, BiasCommand]:
        segments = segments_of(self.camera, observation.values.keys(), state.readback.stuck.keys())
        if not segments:
            return state, BiasCommand(reason="the driver has no bias that can be moved", state="stuck")
        word, level = self._verdict(state)
        if word == "light step":
            # What the burst measured says nothing about the time after it.
            state = replace(state, history=RateHistory())
            return state, BiasCommand(reason="nearly all events have one sign: a step of light, waiting", state=word)
        if word == "steady" or level is None:
            return self._at_ease(state, observation, segments)
        said = f"{math.exp(level) / 1e6:.2f} Mev/s, wanted {math.exp(self._target) / 1e6:.2f}"
        if state.corner is not None and abs(level - state.corner.level) < CORNER_KEPT:
            return state, BiasCommand(reason=f"{said}; no setting lands between", state="limit")
        if state.corner is not None:
            state = replace(state, corner=None, corners=0, gains=state.gains.searched())
        here = place(segments, observation.values)
        gains = state.gains.measured((here, level), self._target)
        move, cornered, gains = self._move(gains, segments, observation.values, (here, level))
        state = replace(state, gains=gains, searching=True)
        changes = changed(move.values, observation.values)
        if not changes:
            state = self._resting(state, level) if cornered else state
            if self._inside(level):
                return state, BiasCommand(reason=f"{said}; no better setting", state="steady")
            return state, BiasCommand(reason=f"{said}; no bias is left to move that way", state="limit")
        if state.budget < 1.0:
            return state, BiasCommand(reason=f"{said}; changes of this minute are used up", state="waiting")
        if cornered and gains.below is not None:
            state = self._resting(state, gains.below[1])
        else:
            state = replace(state, gains=gains.moved(move.parts))
        return self._commanded(state, observation, changes), BiasCommand(changes, said, word)

    def _resting(self, state: SteadyState, level: float) -> SteadyState:
        """In the corner, for longer each time; what was searched is forgotten, for the scene may change meanwhile."""
        s = self.settings
        rest = Corner(level, min(s.corner_s * 2**state.corners, s.longest_corner_s))
        corners = min(state.corners + 1, MOST_DOUBLINGS)
        return replace(state, corner=rest, corners=corners, searching=False, gains=state.gains.rested())

    def _move(
        self, gains: GainEstimate, segments: tuple[Segment, ...], values: Mapping[str, int], point: Point
    ) -> tuple[Move, bool, GainEstimate]:
        """Where to go, whether that is a rest in the corner of a curve that no setting hits, and the bracket then."""
        s = self.settings
        here, level = point
        inside = self._inside(level)
        between = gains.between(self._target)
        if between is not None:
            move = walk(segments, values, between - here, {})
            if gains.inside(place(segments, {**values, **move.values})) and not gains.closed:
                return move, False, gains
            if inside:
                return Move({}, {}, 0.0), False, gains
            if gains.reopened and gains.below is not None:
                return walk(segments, values, gains.below[0] - here, {}), True, gains
            gains = gains.opened(point, self._target)
        wanted = min(max(self._target - level, -s.largest_down), s.largest_up)
        wanted = min(max(wanted, -gains.reach), gains.reach)
        slopes = gains.slopes
        if inside:
            wanted = min(max(wanted, -s.largest_inside), s.largest_inside)
            slopes = {key: max(slope, 1.0) for key, slope in slopes.items()}
        move = walk(segments, values, wanted, slopes, s.largest_beyond)
        # Where the driver's whole numbers swallow a small move, the least one that they show is made.
        while not inside and not changed(move.values, values) and abs(wanted) < LONGEST_WALK:
            wanted *= 2.0
            move = walk(segments, values, wanted, slopes)
        return move, False, gains

    def _inside(self, level: float) -> bool:
        return math.log(self.band_hz[0]) <= level <= math.log(self.band_hz[1])

    def _verdict(self, state: SteadyState) -> tuple[str, float | None]:
        """What the rate is, and the ln(rate) to act on."""
        s, history = self.settings, state.history
        low_hz, high_hz = self.band_hz
        least = history.least(s.flood_after_s)
        flood = least is not None and least > s.flood * high_hz
        least = history.least(s.high_after_s)
        if flood or (least is not None and least > high_hz):
            lopsided = abs(state.on_share - 0.5) > s.light_step - 0.5
            if lopsided and state.flood_s < s.light_step_s and history.newest_hz < s.near_limit * self.camera.limit_hz:
                return "light step", None
            return "flooded", log_rate(history.newest_hz if flood else history.mean(s.high_after_s) or 0.0)
        mean = history.mean(s.low_after_s)
        if mean is not None and mean < low_hz:
            return "starved", log_rate(mean)
        mean = history.mean(s.edge_after_s)
        if mean is not None:
            off, half = log_rate(mean) - self._target, 0.5 * math.log(high_hz / low_hz)
            if off > s.comfort_up * half:
                return "flooded", log_rate(mean)
            if off < -s.comfort_down * half:
                return "starved", log_rate(mean)
        return "steady", None

    def _at_ease(
        self, state: SteadyState, observation: RateObservation, segments: tuple[Segment, ...]
    ) -> tuple[SteadyState, BiasCommand]:
        word = "searching" if state.searching else "steady"
        if state.searching and state.history.span_s >= self.settings.edge_after_s:
            state = replace(state, searching=False, corners=0, gains=state.gains.searched())
        if not state.searching and state.budget >= 1.0:
            balance, changes = state.balance.trim(segments, observation.values)
            state = replace(state, balance=balance)
            if changes:
                reason = f"{balance.on_share:.0%} ON: thresholds moved against each other"
                return self._commanded(state, observation, changes), BiasCommand(changes, reason, "steady")
        return state, BiasCommand(reason="inside the band", state=word)

    def _commanded(
        self,
        state: SteadyState,
        observation: RateObservation,
        changes: Mapping[str, int],
    ) -> SteadyState:
        # A driver that measures over the long window only shows the old biases in it for that long.
        window_s = 0.0 if math.isfinite(observation.recent_hz) else WINDOW_S
        return replace(
            state,
            settle_left_s=self.settings.settle_s + window_s,
            history=RateHistory(),
            readback=state.readback.asking(changes, observation.values),
            budget=state.budget - 1.0,
        )
