"""Profiles as users write them on a command line."""

from touchloop.errors import InputError
from touchloop.events.scenes.profile import Profile

FORMS = "a number, values and seconds each (1,100,10000/0.5), or a ramp and its seconds (1..10000/4)"


def profile_of(text: str) -> Profile:
    """A constant (``300``), steps (``1,100,10000/0.5``: half a second each) or a ramp by ratio (``1..10000/4``).

    Raises:
        InputError: anything else.
    """
    try:
        if ".." in text:
            values, seconds = text.split("/")
            start, stop = values.split("..")
            return Profile.ramp(float(start), float(stop), 0.0, float(seconds))
        if "," in text:
            values, seconds = text.split("/")
            return Profile.steps([float(value) for value in values.split(",")], float(seconds))
        return Profile.constant(float(text))
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"profile '{text}': expected {FORMS}") from error
