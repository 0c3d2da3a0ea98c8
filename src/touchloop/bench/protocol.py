"""How fast each loop runs in an evaluation. All of it is emulated in simulated time: no figure depends on a machine."""

from dataclasses import dataclass

from touchloop.errors import InputError
from touchloop.policy.spec import PolicySpec
from touchloop.sim.world import PERIOD_NS


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of one evaluation; whole multiples of the control tick."""

    plan_period_ns: int = 500_000_000
    plan_latency_ns: int = 100_000_000
    """From a plan's observation to its use."""
    fast_rate_hz: float = 250.0
    """Of decoding and correction."""
    compensate_latency: bool = True
    """Use a plan from its own time on; otherwise from its first step, as if no time had passed."""

    @property
    def decision_period_s(self) -> float:
        """For the controller: 0 for every tick."""
        period_s = 1.0 / self.fast_rate_hz
        return 0.0 if period_s <= PERIOD_NS * 1e-9 else period_s


PAPER_PLAN_PERIOD_NS = 166 * PERIOD_NS
"""1.506 Hz; the paper accepts a plan every 16 steps of 24 Hz."""
PAPER_FAST_RATE_HZ = 24.0
PAPER_LATENCY_NS = {False: 30 * PERIOD_NS, True: 25 * PERIOD_NS}
"""120 ms for chunk policies, 100 ms for latent ones (arXiv 2503.02881, table of inference times)."""
PROTOCOLS = ("paper", "free")


def rates_of(protocol: str, spec: PolicySpec) -> Rates:
    """The rates of a policy under a protocol.

    ``paper``: slow rate, latency and fast rate of RDP's experiments, the same for all. ``free``: plans twice a second,
    decodes and corrects on every control tick.

    Raises:
        InputError: unknown protocol.
    """
    if protocol == "paper":
        return Rates(PAPER_PLAN_PERIOD_NS, PAPER_LATENCY_NS[spec.latent], PAPER_FAST_RATE_HZ)
    if protocol == "free":
        return Rates()
    raise InputError(f"protocol '{protocol}': expected one of {', '.join(PROTOCOLS)}")
