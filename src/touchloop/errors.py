"""Errors that a user can cause and mend."""


class InputError(ValueError):
    """A value given by the user is not usable.

    The message says which value, what was expected and what is valid. The command line prints it without a traceback
    and exits 2.
    """
