"""The scripted expert that demonstrates pressing: it sees the switch until it touches it, and feels the click."""

from collections import deque
from typing import Literal

import numpy as np

from touchloop.sim.observation import Observation
from touchloop.sim.switch_panel import SwitchPanel
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.expert_motion import APPROACH_SPEED_M_S, Descent, ForceJitter, ForceOffset, step_towards
from touchloop.tasks.task import ExpertCommand
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

TARE_S = 0.4
VISION_ERROR_M = 0.002
HOVER_M = 0.04
DESCENT_SPEED_M_S = 0.04
TOUCH_FORCE_N = 1.2
REST_N = 3.0
REST_S = 0.4
"""After touching, the finger rests with so much force for so long, ..."""
PRESS_N = 11.0
"""... then this is planned until the click. It does not follow what is felt: a policy that learns to plan a little
more than it feels ends where it feels what it plans."""
RISE_N_S = 25.0
"""How fast the planned force may change."""
FORCE_JITTER_N = 1.5
FORCE_JITTER_S = 0.08
"""Short: a policy must see forces that fall without a click."""
HELD_TICKS = (1, 10)
"""A demonstration moves on at every tick or, like a loop of 24 Hz, at every tenth: then the force rises in steps, and a
policy must not take the end of a step for a click."""
CLICK_WINDOW_S = 0.04
CLICK_FORCE_N = 4.5
CLICK_FALL = 0.25
"""A click: the force falls by this share within the window from at least that, ..."""
CLICK_KEEPS = 0.2
"""... but keeps more than this share (a panel that moves away takes it all), ..."""
CLICK_ADVANCE_M = 0.0002
"""... while the fingertip goes down by this ..."""
CARRIED_M = 0.0008
"""... or is carried up by a rising panel by more than this in the window, ..."""
CLICK_TRAVEL_M = 0.0025
"""... and before the fingertip has gone further down than this ..."""
CLICK_RETURN_N = 0.5
"""... comes back up by this."""
LAMP_DELAY_S = 0.2
"""The lamp is seen this late, as a camera would."""
DOUBT_S = 0.22
"""A lamp that is dark for so long after a felt click: press again."""
RETREAT_SPEED_M_S = 0.10
RETREAT_ACCELERATION_M_S2 = 1.5
RETREAT_M = 0.07

Phase = Literal["tare", "approach", "descend", "press", "retreat"]


class PressExpert:
    """Approach the cap, descend until touch, press ever harder until the click, retreat.

    Sees the cap with an error of up to ``VISION_ERROR_M`` until it touches; later only the lamp.
    """

    def __init__(self, panel: SwitchPanel, rng: np.random.Generator, jitter_m: float = 0.0) -> None:
        self._panel = panel
        self._jitter_m = jitter_m
        self._rng = rng
        self._noise = np.zeros(3)
        self._descent = Descent(rng, jitter_m, HOVER_M, DESCENT_SPEED_M_S)
        angle = rng.uniform(0.0, 2.0 * np.pi)
        error = VISION_ERROR_M * np.sqrt(rng.uniform())
        self._vision_error = np.array([error * np.cos(angle), error * np.sin(angle), 0.0])
        self._phase: Phase = "tare"
        self._phase_s = 0.0
        self._samples: list[np.ndarray] = []
        self._bias = np.zeros(6)
        self._wrench = np.zeros(6)
        self._force_n = 0.0
        self._planned_n = 0.0
        self._held_ticks = int(rng.choice(HELD_TICKS)) if jitter_m > 0.0 else 1
        self._tick = 0
        self._target = np.zeros(7)
        self._force_jitter = ForceJitter(rng, jitter_m, FORCE_JITTER_N, FORCE_JITTER_S)
        self._press = ForceOffset()
        self._speed_m_s = 0.0
        self._retreated_m = 0.0
        self._share = low_pass_share(30.0, PERIOD_S)
        self._nominal: np.ndarray | None = None
        self._lamp = deque([False], maxlen=1 + round(LAMP_DELAY_S / PERIOD_S))
        self._click = ClickDetector()

    def step(self, observations: tuple[Observation, ...]) -> tuple[ExpertCommand, ...]:
        """The command for one tick."""
        (observation,) = observations
        if self._nominal is None:
            self._nominal = observation.tcp_in_base.copy()
        wrench_at_tcp(observation.wrench_at_sensor, self._bias, self._wrench)
        self._force_n += self._share * (-self._wrench[2] - self._force_n)
        self._phase_s += PERIOD_S
        self._lamp.append(self._panel.lit)
        planned_force_n = self._advance(observation, self._nominal)
        jitter_n = self._force_jitter.step()
        if planned_force_n > 0.0:
            self._press.step(planned_force_n + jitter_n - self._force_n)
        target = self._nominal.copy()
        target[2] -= self._press.offset_m
        self._noise += -0.02 * self._noise + 0.2 * self._jitter_m * self._rng.standard_normal(3)
        target[:3] += self._noise
        if self._tick % self._held_ticks == 0:
            self._target = target
        self._tick += 1
        return (ExpertCommand(self._target.copy(), planned_force_n),)

    def _advance(self, observation: Observation, nominal: np.ndarray) -> float:
        """Moves the nominal position on by one tick and returns the planned force [N]."""
        match self._phase:
            case "tare":
                self._samples.append(observation.wrench_at_sensor)
                if self._phase_s >= TARE_S:
                    self._bias = np.mean(self._samples, axis=0)
                    self._enter("approach")
            case "approach":
                if step_towards(nominal, self._descent.over(self._cap_seen()), APPROACH_SPEED_M_S, self._phase_s):
                    self._enter("descend")
            case "descend":
                self._descent.step(nominal, self._cap_seen(), self._phase_s)
                if self._force_n > TOUCH_FORCE_N:
                    self._begin_press()
            case "press":
                clicked = self._click.felt(self._force_n, float(observation.tcp_in_base[2]))
                if clicked or self._lamp[0]:
                    self._enter("retreat")
                    self._speed_m_s = self._retreated_m = 0.0
                    return 0.0
                wanted_n = REST_N if self._phase_s < REST_S else PRESS_N
                most_n = RISE_N_S * PERIOD_S
                self._planned_n += min(max(wanted_n - self._planned_n, -most_n), most_n)
                return self._planned_n
            case "retreat":
                self._retreat(nominal)
                if DOUBT_S < self._phase_s < DOUBT_S + LAMP_DELAY_S and not self._lamp[0]:
                    self._begin_press()
        return 0.0

    def _begin_press(self) -> None:
        self._planned_n = REST_N
        self._press.previous_error_n = self._planned_n - self._force_n
        self._click = ClickDetector()
        self._enter("press")

    def _cap_seen(self) -> np.ndarray:
        return self._panel.cap_in_base + self._vision_error

    def _retreat(self, nominal: np.ndarray) -> None:
        """One tick up with soft start and end."""
        left = RETREAT_M - self._retreated_m
        faster = self._speed_m_s + RETREAT_ACCELERATION_M_S2 * PERIOD_S
        self._speed_m_s = min(RETREAT_SPEED_M_S, faster, 5.0 * left)
        step = self._speed_m_s * PERIOD_S
        self._retreated_m += step
        nominal[2] += step

    def _enter(self, phase: Phase) -> None:
        self._phase, self._phase_s = phase, 0.0


class ClickDetector:
    """Tells a snap-through from a panel that moves away: the force falls fast and comes back after a short way."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque(maxlen=round(CLICK_WINDOW_S / PERIOD_S))
        self._fell_from: tuple[float, float] | None = None
        self._lowest_n = 0.0

    def felt(self, force_n: float, height_m: float) -> bool:
        """Takes in a tick's force along the tool [N] and the fingertip's height [m]; true once at a click."""
        self._recent.append((force_n, height_m))
        if self._fell_from is None:
            top = max(self._recent)
            advance_m = top[1] - height_m
            moves = advance_m > CLICK_ADVANCE_M or advance_m < -CARRIED_M
            if top[0] >= CLICK_FORCE_N and force_n <= (1.0 - CLICK_FALL) * top[0] and moves:
                self._fell_from, self._lowest_n = top, force_n
            return False
        top_n, top_z = self._fell_from
        self._lowest_n = min(self._lowest_n, force_n)
        if top_z - height_m > CLICK_TRAVEL_M or self._lowest_n < CLICK_KEEPS * top_n:
            self._fell_from = None
            self._recent.clear()
            return False
        return force_n - self._lowest_n > CLICK_RETURN_N
