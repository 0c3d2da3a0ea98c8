"""What the set-up tells a person when it cannot go on."""


class SetupProblem(Exception):
    """Something that a person must mend; the message says what and how."""
