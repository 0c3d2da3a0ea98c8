"""Names of an arm's topics, frames and nodes."""


def in_arm(arm: str, name: str) -> str:
    """A name in an arm's namespace, as ``left/tcp_pose``; an only arm has no name."""
    return f"{arm}/{name}" if arm else name
