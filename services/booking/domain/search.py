"""What somebody has typed who looks for a booking, as the pieces that all have to be found in it."""

import re
import unicodedata
from typing import Final

_PHONE: Final = re.compile(r"[\d\s+()./-]+")
_NO_DIGIT: Final = re.compile(r"\D")
# Less than that is a house's number rather than somebody's.
_SHORTEST_PHONE: Final = 6
# A country's own number has one to three digits.
_COUNTRY: Final = 3
_MOST_PIECES: Final = 8


def pieces_of(typed: str) -> list[list[str]]:
    """Of each piece all its spellings, one of which has to be there. A phone number is one piece, however it is parted."""
    plain = _plain(typed)
    digits = _NO_DIGIT.sub("", plain)
    if _PHONE.fullmatch(plain) and len(digits) >= _SHORTEST_PHONE:
        is_whole = plain.lstrip("( ").startswith(("+", "00"))
        return [_numbers(digits.lstrip("0"), is_whole=is_whole)]
    return [[piece] for piece in plain.split()[:_MOST_PIECES]]


def _numbers(number: str, *, is_whole: bool) -> list[str]:
    """With the country and without it, for people write either, and no zero before it."""
    ways = range(_COUNTRY + 1) if is_whole else range(1)
    found = [number[cut:].lstrip("0") for cut in ways]
    return list(dict.fromkeys(one for one in found if len(one) >= _COUNTRY))


def _plain(text: str) -> str:
    """Without case and accents: who types "muller" finds Müller."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f").strip()
