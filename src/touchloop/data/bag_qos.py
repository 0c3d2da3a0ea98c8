"""Quality of service of recorded topics: as a bag stores it, and what a recorder or player makes of it."""

from collections.abc import Sequence
from typing import NamedTuple

from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime

INFINITE = QosTime(9223372036, 854775807)


class TopicQos(NamedTuple):
    """The two policies that decide whether endpoints connect."""

    reliable: bool
    latched: bool


def stored_qos(*, reliable: bool, latched: bool, depth: int = 0) -> Qos:
    """Makes the profile that goes into a bag.

    Args:
        reliable: Reliable rather than best effort.
        latched: Transient local rather than volatile.
        depth: Kept samples; 0 when unknown, as discovery does not tell.
    """
    return Qos(
        history=QosHistory.KEEP_LAST if depth else QosHistory.UNKNOWN,
        depth=depth,
        reliability=QosReliability.RELIABLE if reliable else QosReliability.BEST_EFFORT,
        durability=QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        deadline=INFINITE,
        lifespan=INFINITE,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=INFINITE,
        avoid_ros_namespace_conventions=False,
    )


def request_for(offers: Sequence[Qos]) -> TopicQos:
    """Chooses what to ask for so that every publisher connects: the weakest of what they offer."""
    if not offers:
        return TopicQos(reliable=False, latched=False)
    return TopicQos(
        reliable=all(offer.reliability == QosReliability.RELIABLE for offer in offers),
        latched=all(offer.durability == QosDurability.TRANSIENT_LOCAL for offer in offers),
    )


def offer_for(recorded: Sequence[Qos]) -> TopicQos:
    """Chooses what to offer on replay: what was recorded; reliable and volatile where nothing or a mix was."""
    if not recorded:
        return TopicQos(reliable=True, latched=False)
    return TopicQos(
        reliable=any(profile.reliability != QosReliability.BEST_EFFORT for profile in recorded),
        latched=any(profile.durability == QosDurability.TRANSIENT_LOCAL for profile in recorded),
    )
