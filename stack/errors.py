"""The one way in which the launcher says that something cannot go on."""


class Trouble(Exception):  # noqa: N818, it is told to a person, not caught as an error
    """One sentence for a person: what is wrong, and what to do about it."""
