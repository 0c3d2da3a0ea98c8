"""All that a picture of the cell depends on, and its form on the wire to the camera process."""

import json
from dataclasses import dataclass

import numpy as np

from touchloop.sim.scene import Decal, Shape, Tool

_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class SceneState:
    """One instant of the cell."""

    tools: tuple[Tool, ...]
    bases_in_world: np.ndarray
    """(arms, 7)"""
    joint_positions: np.ndarray
    """(arms, 7) [rad]"""
    camera_errors: np.ndarray
    """(arms, 7) pose of each wrist camera in its nominal frame; one more row is the overview camera's."""
    light_in_world: tuple[float, float, float]
    """Direction towards the light."""
    shapes: tuple[Shape, ...]
    decals: tuple[Decal, ...]
    brightness: float = 1.0
    """Of the whole picture; 0 is black."""

    def pack(self) -> bytes:
        """As bytes: a JSON head and the decals' grids."""
        head = {
            "tools": self.tools,
            "arms": [a.tolist() for a in (self.bases_in_world, self.joint_positions, self.camera_errors)],
            "light": self.light_in_world,
            "brightness": self.brightness,
            "shapes": [(s.kind, s.size, s.pose.tolist(), s.rgb, s.arm) for s in self.shapes],
            "decals": [(d.grid.shape, d.shape, d.rgb) for d in self.decals],
        }
        text = json.dumps(head).encode()
        grids = b"".join(d.grid.astype("<f4").tobytes() for d in self.decals)
        return len(text).to_bytes(_LENGTH_BYTES, "little") + text + grids

    @classmethod
    def unpack(cls, data: bytes) -> "SceneState":
        """The inverse of ``pack``."""
        end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
        head = json.loads(data[_LENGTH_BYTES:end])
        decals = []
        for shape, index, rgb in head["decals"]:
            count = shape[0] * shape[1]
            decals.append(Decal(np.frombuffer(data, "<f4", count, end).reshape(shape), index, tuple(rgb)))
            end += 4 * count
        bases, joints, errors = (np.array(a) for a in head["arms"])
        shapes = tuple(
            Shape(k, tuple(size), np.array(pose), tuple(rgb), arm) for k, size, pose, rgb, arm in head["shapes"]
        )
        light, brightness = tuple(head["light"]), head["brightness"]
        return cls(tuple(head["tools"]), bases, joints, errors, light, shapes, tuple(decals), brightness)
