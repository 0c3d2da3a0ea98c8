"""Keeps what a skill commands of an arm within a cap of speed and a cap of force, whatever moves the skill."""

import numpy as np

from touchloop.errors import InputError
from touchloop.sim.arm import TRANSLATION_STIFFNESS
from touchloop.sim.contact import Contact
from touchloop.sim.world import PERIOD_S

FELT_N = 0.3
IMPACT_NS_M = 100.0
"""What an arm that meets something at a speed presses more than it is told to, for each m/s."""
BACK_M_S = 0.3
"""A target is drawn out of what is pressed too hard at this speed, whatever the cap: it is a stop, no motion."""
BACK_OFF = 2.0
"""Newtons taken back for each that is felt above the cap."""
AT_ONCE_N = 1.0
GENTLE_M_S_N, LEAST_M_S = 0.02, 0.005
"""An arm presses on what it meets with a newton more for each 0.02 m/s, before it can yield: a low force cap makes it
slow."""
TOUCHED_M_S_N2, TOUCHED_S = 0.00075, 4.0
"""Within this time after a touch it goes on more slowly, by the square of its force cap: a hole's floor comes
suddenly."""
STUCK_S, STUCK_M = 1.5, 0.003
"""An arm that is held back by its force cap for so long, and moves by no more meanwhile, cannot go on."""


class Limiter:
    """Of one arm, while one skill runs. Its own force limit, as the controller of a real arm has it.

    An impedance controlled arm presses with its spring, so the target is allowed only so far under what the arm
    touches as the force cap bends that spring, less while the arm is still moving into it.

    Args:
        speed_m_s: of the commanded TCP; drawing back from what is pressed too hard is a stop and not limited.
        force_n: of the contact, friction included.

    Attributes:
        pace_m_s: the cap of speed, or less where the cap of force asks for less.
        held: the force cap has changed the last target.
        behind_m: by which the speed cap keeps the last target behind what was wanted [m].

    Raises:
        InputError: a cap that is not above 0.
    """

    def __init__(self, speed_m_s: float, force_n: float) -> None:
        for name, cap in (("speed", speed_m_s), ("force", force_n)):
            if not cap > 0.0:
                raise InputError(f"cap of {name} {cap}: expected a number above 0")
        self._force_n = force_n
        self.pace_m_s = min(speed_m_s, max(GENTLE_M_S_N * (force_n - AT_ONCE_N), LEAST_M_S))
        self.held, self.behind_m = False, 0.0
        self._held_s, self._held_at = 0.0, np.zeros(3)
        self._out, self._touched_s = np.zeros(3), 0.0

    def step(
        self,
        wanted_in_base: np.ndarray | None,
        last_in_base: np.ndarray,
        tcp_in_base: np.ndarray,
        velocity_in_base: np.ndarray,
        contact: Contact | None,
    ) -> np.ndarray:
        """The target (7,) of one tick.

        Args:
            wanted_in_base: (7,) what the skill wants; None: what it wanted last.
            last_in_base: (7,) the target of the tick before.
            tcp_in_base: (7,) where the TCP is.
            velocity_in_base: (3,) of the TCP [m/s].
            contact: what the arm touches.
        """
        target = (last_in_base if wanted_in_base is None else wanted_in_base).copy()
        self.held = self._yield(target, tcp_in_base[:3], velocity_in_base, contact)
        way = target[:3] - last_in_base[:3]
        back = self._out * max(float(way @ self._out), 0.0) if self.held else np.zeros(3)
        pace = self.pace_m_s
        if self._touched_s > 0.0:
            self._touched_s -= PERIOD_S
            pace = min(pace, max(TOUCHED_M_S_N2 * self._force_n**2, LEAST_M_S))
        step = _at_most(way - back, pace) + _at_most(back, BACK_M_S)
        target[:3] = last_in_base[:3] + step
        self.behind_m = float(np.linalg.norm(way - step))
        if not self.held or float(np.linalg.norm(tcp_in_base[:3] - self._held_at)) > STUCK_M:
            self._held_s, self._held_at = 0.0, tcp_in_base[:3].copy()
        self._held_s += PERIOD_S
        return target

    @property
    def stuck(self) -> bool:
        """The arm presses as hard as it may and does not get on."""
        return self._held_s > STUCK_S

    @property
    def reason(self) -> str:
        """What to say of it."""
        return f"the force cap of {self._force_n:g} N was reached"

    def _yield(self, target: np.ndarray, tcp: np.ndarray, velocity: np.ndarray, contact: Contact | None) -> bool:
        """Draws a target (7,) out of what the arm touches, as far as the cap asks for."""
        if contact is None or not np.isfinite(self._force_n):
            return False
        push = contact.total_in_base
        felt_n = float(np.linalg.norm(push))
        if felt_n < FELT_N:
            return False
        out = self._out = push / felt_n
        self._touched_s = TOUCHED_S
        allowed_n = self._force_n - IMPACT_NS_M * max(-float(velocity @ out), 0.0)
        allowed_n -= BACK_OFF * max(felt_n - self._force_n, 0.0)
        too_deep_m = float((tcp - target[:3]) @ out) - allowed_n / TRANSLATION_STIFFNESS
        if too_deep_m <= 0.0:
            return False
        target[:3] += too_deep_m * out
        return True


def _at_most(step_m: np.ndarray, speed_m_s: float) -> np.ndarray:
    return step_m * min(1.0, speed_m_s * PERIOD_S / max(float(np.linalg.norm(step_m)), 1e-12))
