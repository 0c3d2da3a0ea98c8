"""Contact of the wiper's round soft tip with the board, for a tool that is no body in PyBullet."""

from dataclasses import replace

import numpy as np

from touchloop.geometry.pose import rotate
from touchloop.sim.board import BOARD_SIZE_M, Board
from touchloop.sim.contact import Contact, Material, TouchPatch
from touchloop.sim.tool_arm import ToolArm

TIP_RADIUS_M = 0.02
CONTACT_DAMPING = 60.0
"""[N s/m] as the board's body has."""
TIP_FRICTION = 0.5
"""What the board's friction is multiplied by, as PyBullet does with the tip's."""
REACH_M = 0.05


class SoftTip:
    """One point of contact: the tip's lowest over the board's face.

    Args:
        board: whose base is the world.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._material = Material(board.config.stiffness, CONTACT_DAMPING, TIP_FRICTION * board.config.friction)
        self._patch = TouchPatch(np.zeros((1, 3)))

    def act(self, arm: ToolArm, dt: float) -> Contact | None:
        """Loads the arm for one physics step; the contact in the world, or None."""
        tcp, twist = arm.tcp_before_step, arm.twist_before_step
        normal = self._board.normal_in_base
        centre = tcp[:3] - TIP_RADIUS_M * rotate(tcp[3:], np.array([0.0, 0.0, 1.0]))
        lever = centre - TIP_RADIUS_M * normal - tcp[:3]
        x, y, height = self._board.on_face(tcp[:3] + lever)
        on_face = abs(x) <= 0.5 * BOARD_SIZE_M[0] and abs(y) <= 0.5 * BOARD_SIZE_M[1]
        depth = -float(height) if on_face and height > -REACH_M else -1.0
        at_point = twist.copy()
        at_point[:3] += np.cross(twist[3:], lever)
        force = self._patch.resolve(
            np.concatenate([tcp[:3] + lever, tcp[3:]]),
            at_point,
            lambda points: (np.full(len(points), depth), np.tile(normal, (len(points), 1))),
            np.zeros(3),
            self._material,
            dt,
        )
        contact = force.contact()
        if contact is None:
            return None
        arm.load_tool(force.force, np.cross(lever, force.force))
        return replace(contact, normal_in_base=normal)
