"""Takes a tool's weight and a sensor's bias, as they were calibrated, off what the sensor tells."""

import numpy as np

from touchloop.errors import InputError
from touchloop.robots.config import RobotConfig, as_array
from touchloop.touch.tool_weight import weight_at_sensor


class ToolCompensation:
    """Of one arm. Without a calibration it changes nothing, and needs no pose.

    The sensor's axes are those of ``tcp``. Taring afterwards takes off what is left: drift since the calibration.
    """

    def __init__(self, config: RobotConfig) -> None:
        known = config.calibration
        self._mass_kg, self._com = known.tool_mass_kg, as_array(known.tool_com_in_sensor_m)
        self._bias = as_array(known.sensor_bias)
        self._gravity = as_array(config.frames.gravity_in_base_link_m_s2)

    def applied(self, wrench: np.ndarray, tcp_in_base: np.ndarray | None) -> np.ndarray:
        """A wrench (6,) in ``ft_sensor`` without weight and bias.

        Raises:
            InputError: the tool weighs something, and the pose (7,) is not known yet.
        """
        if self._mass_kg == 0.0:
            return wrench - self._bias
        if tcp_in_base is None:
            raise InputError("a wrench came before any pose; the tool's weight cannot be taken off")
        turn = np.ascontiguousarray(tcp_in_base[3:])
        return wrench - self._bias - weight_at_sensor(self._mass_kg, self._com, turn, self._gravity)
