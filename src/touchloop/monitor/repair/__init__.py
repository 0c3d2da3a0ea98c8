"""From what failed, and why, to an edited program."""
