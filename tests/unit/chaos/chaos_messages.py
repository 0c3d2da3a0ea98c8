"""Serialised messages as ROS sends them, made by hand: no ROS in unit tests."""

import struct


def header(stamp_ns: int, frame: str) -> bytes:
    name = frame.encode() + b"\0"
    return struct.pack("<iII", *divmod(stamp_ns, 1_000_000_000), len(name)) + name


def stamped_doubles(stamp_ns: int, values: tuple[float, ...], frame: str = "base_link") -> bytes:
    body = header(stamp_ns, frame)
    body += b"\0" * (-len(body) % 8)
    return b"\x00\x01\x00\x00" + body + struct.pack(f"<{len(values)}d", *values)


def plan(stamp_ns: int, sequence: int, latent: tuple[float, ...]) -> bytes:
    body = header(stamp_ns, "base_link")
    body += b"\0" * (-len(body) % 4) + struct.pack("<I", sequence)
    body += struct.pack("<I", 3) + b"id\0"
    body += b"\0" * (-len(body) % 8) + struct.pack("<7d", 0.4, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0)
    body += struct.pack("<iIIII", 0, 40_000_000, 8, 2, len(latent) // 2)
    body += struct.pack("<I", len(latent)) + struct.pack(f"<{len(latent)}f", *latent)
    return b"\x00\x01\x00\x00" + body
