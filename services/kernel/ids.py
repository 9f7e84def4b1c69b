"""Ids: a prefix that tells the kind, then a UUIDv7 in Crockford's base 32, so that text order is age order."""

import os
import re
import threading
import time
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 26
_SHAPE: Final = re.compile(r"[a-z]{2,8}_[0-7][0-9a-hjkmnp-tv-z]{25}")


class _Sequence:
    """UUIDv7 numbers that never go back within a process, even where the clock does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        milliseconds = time.time_ns() // 1_000_000
        noise = int.from_bytes(os.urandom(10), "big")
        number = milliseconds << 80 | 0x7 << 76 | (noise >> 68 & 0xFFF) << 64 | 0x2 << 62 | noise & (1 << 62) - 1
        with self._lock:
            # Within one millisecond the random part decides; counting on from the last one keeps the order.
            if number <= self._last:
                number = self._last + 1
            self._last = number
        return number


_sequence = _Sequence()


def _base32(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def new_id(prefix: str) -> str:
    """A fresh id of the kind that the prefix names."""
    return f"{prefix}_{_base32(_sequence.next())}"


def is_id(text: str, prefix: str | None = None) -> bool:
    """Whether the text has an id's shape, and is of the kind asked for."""
    return _SHAPE.fullmatch(text) is not None and (prefix is None or text.startswith(f"{prefix}_"))


def new_uuid() -> str:
    """A bare UUIDv7 in its usual spelling, for events and requests, which other people's programs read."""
    text = f"{_sequence.next():032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
