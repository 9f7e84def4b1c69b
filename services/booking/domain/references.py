"""Short names of bookings, for people to say over the phone."""

import re
import secrets
from typing import Final

# No vowels, so that no word comes of it, and nothing that is mistaken for something else.
_ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXZ"
_SHAPE: Final = re.compile(rf"[{_ALPHABET}]{{3}}-[{_ALPHABET}]{{4}}")


def new_reference() -> str:
    """Such as K7M-2QXP. Whoever stores it sees to it that no other booking of the business has it."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(7))
    return f"{letters[:3]}-{letters[3:]}"


def is_reference(text: str) -> bool:
    return _SHAPE.fullmatch(text) is not None
