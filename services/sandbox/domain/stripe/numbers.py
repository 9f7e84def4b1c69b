"""Ids that look like Stripe's: made of a number that is never given twice, so that the same calls get the same ids."""

import hashlib
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PLATFORM: Final = "acct_1SandboxPlatform"


def scrambled(*what: int | str, length: int = 24) -> str:
    """Letters and digits without a pattern, the same for the same."""
    number = int.from_bytes(hashlib.sha256(":".join(map(str, what)).encode()).digest(), "big")
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


class Ids:
    """The ids of one call."""

    def __init__(self, call: int) -> None:
        self._call = call
        self._given = 0

    def new(self, prefix: str, length: int = 24) -> str:
        self._given += 1
        return f"{prefix}_{scrambled(self._call, self._given, length=length)}"
