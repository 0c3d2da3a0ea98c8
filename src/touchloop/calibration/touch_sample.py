"""One orientation at rest: what the sensor told there."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class TouchSample:
    """Means over a time at rest.

    Attributes:
        name: for messages, as ``pose 3``.
        tcp_in_base: (7,) the tool in ``base_link``; the sensor's axes are the tool's.
        wrench: (6,) [N], [N m] in ``ft_sensor``, as the sensor tells it.
    """

    name: str
    tcp_in_base: np.ndarray
    wrench: np.ndarray
