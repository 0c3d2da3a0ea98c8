"""The security enclave that a node belongs to: the one of its own full name."""

from collections.abc import Mapping, Sequence


def with_enclave(words: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return a node's command line with its enclave, where security is on and nobody has named one.

    Args:
        words: the command line with ROS arguments, as ``--ros-args -r __node:=fast_controller -r __ns:=/left``.
        environment: of the process.
    """
    off = environment.get("ROS_SECURITY_ENABLE", "").lower() != "true"
    named = "--enclave" in words or "-e" in words or "ROS_SECURITY_ENCLAVE_OVERRIDE" in environment
    name = _remapped(words, "__node")
    if off or named or not name:
        return list(words)
    above = _remapped(words, "__ns").strip("/")
    return [*words, "--ros-args", "--enclave", f"/{above}/{name}" if above else f"/{name}"]


def _remapped(words: Sequence[str], what: str) -> str:
    return next((word.partition(":=")[2] for word in reversed(words) if word.startswith(f"{what}:=")), "")
