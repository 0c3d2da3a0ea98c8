"""Which skills may run, and how fast and how hard: what no program, model or repair can lift."""

from collections.abc import Iterable
from dataclasses import dataclass

from touchloop.errors import InputError
from touchloop.monitor.program.registry import Registry
from touchloop.monitor.program.skills import REGISTRY


@dataclass(frozen=True, slots=True)
class Caps:
    """An allow-list, and caps for all skills; each skill's own caps hold as well.

    Raises:
        InputError: a skill that does not exist, or a cap that is not above 0.
    """

    allowed: frozenset[str] = frozenset(REGISTRY.skills)
    max_speed_m_s: float = float("inf")
    max_force_n: float = float("inf")

    def __post_init__(self) -> None:
        unknown = sorted(self.allowed - set(REGISTRY.skills))
        if unknown:
            raise InputError(f"allowed skill '{unknown[0]}': expected some of {', '.join(REGISTRY.skills)}")
        for name, cap in (("max_speed_m_s", self.max_speed_m_s), ("max_force_n", self.max_force_n)):
            if not cap > 0.0:
                raise InputError(f"{name} is {cap}: expected a number above 0")

    @staticmethod
    def of(names: Iterable[str], max_speed_m_s: float, max_force_n: float) -> "Caps":
        """From settings in which no names mean all skills, and 0 means the skills' own caps."""
        named = frozenset(name for name in names if name)
        return Caps(named or frozenset(REGISTRY.skills), max_speed_m_s or float("inf"), max_force_n or float("inf"))

    @property
    def registry(self) -> Registry:
        """Of the skills that may run."""
        return REGISTRY.only(self.allowed)

    def clipped(self, name: str, speed_m_s: float | None, force_n: float | None) -> tuple[float, float]:
        """The speed and the force with which a skill may run; None asks for all that is allowed.

        Raises:
            InputError: the skill may not run, or a wish that is not above 0.
        """
        if name not in self.allowed:
            raise InputError(f"skill '{name}' is not allowed; allowed: {', '.join(sorted(self.allowed))}")
        for what, wish in (("speed_m_s", speed_m_s), ("force_n", force_n)):
            if wish is not None and not wish > 0.0:
                raise InputError(f"{name}: {what} is {wish}: expected a number above 0")
        spec = REGISTRY.skills[name]
        speed = min(self.max_speed_m_s, spec.max_speed_m_s, float("inf") if speed_m_s is None else speed_m_s)
        force = min(self.max_force_n, spec.max_force_n, float("inf") if force_n is None else force_n)
        return speed, force
