"""QoS profiles of all topics, in one place.

In lock-step nothing may be lost and nobody may be waited for by DDS, so all is reliable with deep queues.
"""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

LOCKSTEP_DEPTH = 1000


def stream(lockstep: bool) -> QoSProfile:
    """A publisher's profile for measurements."""
    return _profile(LOCKSTEP_DEPTH if lockstep else 10)


def stream_input(lockstep: bool, depth: int = 10) -> QoSProfile:
    """A subscription's profile for measurements: the newest, never a repeat of what was lost."""
    if lockstep:
        return _profile(LOCKSTEP_DEPTH)
    return _profile(depth, reliability=ReliabilityPolicy.BEST_EFFORT)


def command(lockstep: bool) -> QoSProfile:
    """For plans and targets: the newest only, but that one surely."""
    return _profile(LOCKSTEP_DEPTH if lockstep else 1)


def latched(depth: int = 1) -> QoSProfile:
    """For state that a late subscriber must get; with more depth it gets that of several publishers."""
    return _profile(depth, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def _profile(
    depth: int,
    reliability: ReliabilityPolicy = ReliabilityPolicy.RELIABLE,
    durability: DurabilityPolicy = DurabilityPolicy.VOLATILE,
) -> QoSProfile:
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)
