"""What a stranger sends: copies of true messages with a meaning that would do harm if they were obeyed."""

import struct

import numpy as np

from touchloop.chaos.topics import Topic, doubles_of, stamp_of, with_doubles, with_stamp

STEP_M = 0.05
FORCE_N = 40.0
LATER_NS = 20_000_000
"""A forged plan is newer than the true one."""
FORGED_SEQUENCE = 1_000_000
"""Added to a plan's sequence: whoever reports such a one has obeyed a stranger."""


def forged(topic: Topic, data: bytes) -> bytes:
    """A message like the last true one, but harmful.

    A pose lies 5 cm deeper along base z, so that a tool on a board would press hard; a wrench feels nothing or asks
    for much; a plan is turned around.
    """
    if topic.shape == "pose":
        x, y, z, *rotation = doubles_of(data, "pose")
        return with_doubles(data, (x, y, z - STEP_M, *rotation))
    if topic.shape == "wrench":
        force = FORCE_N if topic.name in ("target_wrench", "wrench_bias") else 0.0
        return with_doubles(data, (0.0, 0.0, -force, 0.0, 0.0, 0.0))
    if topic.shape == "plan":
        (count,) = struct.unpack_from("<I", data, _latent_at(data) - 4)
        sequence_at = _sequence_at(data)
        (sequence,) = struct.unpack_from("<I", data, sequence_at)
        changed = bytearray(with_stamp(data, stamp_of(data) + LATER_NS))
        struct.pack_into("<I", changed, sequence_at, sequence + FORGED_SEQUENCE)
        latent = np.frombuffer(data, "<f4", count, _latent_at(data))
        return bytes(changed[: _latent_at(data)]) + (-latent).astype("<f4").tobytes()
    return data


def _sequence_at(data: bytes) -> int:
    """A plan's sequence follows its header, whose frame is the only part of no fixed length."""
    (length,) = struct.unpack_from("<I", data, 12)
    end = 16 + length
    return end + -end % 4


def _latent_at(data: bytes) -> int:
    """Where the latent begins: it is the last field, and its length stands before it."""
    for at in range(len(data) - 4, 4, -4):
        (count,) = struct.unpack_from("<I", data, at - 4)
        if 4 * count == len(data) - at and count > 0:
            return at
    return len(data)
