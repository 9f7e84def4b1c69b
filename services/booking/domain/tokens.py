"""Links by which a customer manages a booking: made again from the secret key whenever needed, never stored."""

import re
from typing import Final

from services.kernel.secrets import Keyring, fingerprint

_PURPOSE: Final = "manage-link"
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def manage_token(keyring: Keyring, booking_id: str, generation: int) -> str:
    return keyring.sign(_PURPOSE, f"{booking_id}:{generation}")


def fingerprint_of(token: str) -> bytes | None:
    """By which the link is looked up; nothing for what can't be a token."""
    return fingerprint(token) if _SHAPE.fullmatch(token) else None
