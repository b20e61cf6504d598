"""The few kinds of error. Each message says what was wrong, where, what is valid and what to do next."""

import difflib


class InterbrainError(Exception):
    """Base of every error that a user can act on."""


class BadInput(InterbrainError):
    """A name or a path that says something that is not there."""


class CorruptFile(InterbrainError):
    """A file of a run whose bytes are not what its format promises."""


class OtherFormat(InterbrainError):
    """A file that is whole, but of a format or version that this reader does not know."""


class MissingDependency(InterbrainError):
    """An optional package that is not installed."""


def unknown(what, given, valid):
    """BadInput for a name that is none of the valid ones, with the nearest of them."""
    names = [str(one) for one in valid]
    near = difflib.get_close_matches(str(given), names, 1)
    guess = f"; do you mean {near[0]!r}?" if near else ""
    told = ", ".join(names[:12]) + (f", … ({len(names)} in all)" if len(names) > 12 else "")
    return BadInput(f"{what} {given!r} is not there{guess or '.'} There are: {told or 'none'}")
