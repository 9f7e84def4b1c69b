"""Texts that are shown as typed: what can't be shown, or would mislead where it is, is refused."""

import re
import unicodedata
from typing import Final

# Nothing to be seen: controls, surrogates, line ends, spaces, joiners and marks of order.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_CONTROLS: Final = frozenset({"Cc", "Cs"})
_LINE_ENDS: Final = frozenset({"Zl", "Zp"})
# These turn the order of what follows, on other people's pages too.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_PHONE: Final = re.compile(r"[0-9+()./\-\s\u00a0x#*]+(?:ext\.?\s*[0-9]+)?", re.IGNORECASE)
_FEWEST_DIGITS: Final = 5
_MOST_DIGITS: Final = 20


def line_problem(text: str, *, longest: int) -> str | None:
    """What is wrong with a text of one line that must say something."""
    kinds = {unicodedata.category(character) for character in text}
    if kinds <= _UNSEEN:
        return "must not be empty"
    if len(text) > longest:
        return f"must have at most {longest} characters"
    if kinds & (_CONTROLS | _LINE_ENDS) or _TURNING.search(text):
        return "must not hold control characters or line breaks"
    return None


def block_problem(text: str, *, longest: int) -> str | None:
    """What is wrong with a text of several lines, which may be empty."""
    if len(text) > longest:
        return f"must have at most {longest} characters"
    kinds = {unicodedata.category(character) for character in re.sub(r"[\r\n\t]", "", text)}
    return "must not hold control characters" if kinds & _CONTROLS or _TURNING.search(text) else None


def phone_problem(text: str) -> str | None:
    """Numbers are written in many ways; this only asks whether it can be one."""
    digits = sum(character.isdigit() for character in text)
    if _PHONE.fullmatch(text.strip()) is None or not _FEWEST_DIGITS <= digits <= _MOST_DIGITS:
        return "must be a phone number, such as +64 21 123 4567"
    return None
