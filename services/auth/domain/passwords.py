"""Which passwords are good enough."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from services.auth.domain.common_passwords import LISTED, ROWS, STEMS

SHORTEST: Final = 10
LONGEST: Final = 200
# Enough for any password once it is normalised, and too little to keep the hash busy.
LONGEST_TRIED: Final = 1000

_LEET: Final = str.maketrans("0134578@$!|", "oieastbasil")
_ENDS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LONGEST_ENDS: Final = 6
_LONGEST_UNIT: Final = 5


def normalised(password: str) -> str:
    """The same password however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)


def problem(password: str, *, personal: Sequence[str] = ()) -> str | None:
    """Why a password is refused, as a sentence; `personal` is what an attacker would try first."""
    if sentence := length_problem(password):
        return sentence
    text = normalised(password)
    if len(text) > LONGEST:
        return f"must have at most {LONGEST} characters"
    if not text.strip():
        return "must not be only spaces"
    if is_common(text):
        return "is on the list of common passwords; choose one that others don't"
    if text.casefold().strip() in {part.casefold().strip() for part in personal}:
        return "must not be your name or e-mail address"
    return None


def length_problem(password: str) -> str | None:
    """What no password may be, whenever it was chosen; that it is a good one is not said."""
    return f"must have at least {SHORTEST} characters" if len(normalised(password)) < SHORTEST else None


def is_common(password: str) -> bool:
    """Whether it is among the first that anybody would try."""
    text = normalised(password).casefold().strip()
    return text in LISTED or _is_repeated(text) or _is_row(text) or _has_common_stem(text)


def _is_repeated(text: str) -> bool:
    """aaaaaaaaaa, abcabcabcabc, 1212121212."""
    return any(text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, _LONGEST_UNIT + 1))


def _is_row(text: str) -> bool:
    """A walk along the keyboard, the alphabet or the digits, in either direction."""
    return any(text in row or text in row[::-1] for row in ROWS)


def _has_common_stem(text: str) -> bool:
    """A common word, dressed up: P4ssw0rd2024!, password12, passwordpassword."""
    for spelled in (text, text.translate(_LEET)):
        stem = _ENDS.sub("", spelled)
        if len(spelled) - len(stem) <= _LONGEST_ENDS and _is_stem(stem):
            return True
    # Digits at the ends are a suffix first, and only then letters in disguise: passw0rd12.
    bare = _ENDS.sub("", text)
    return len(text) - len(bare) <= _LONGEST_ENDS and _is_stem(_ENDS.sub("", bare.translate(_LEET)))


def _is_stem(text: str) -> bool:
    half = text[: len(text) // 2]
    return text in STEMS or (half in STEMS and text == half * 2)
