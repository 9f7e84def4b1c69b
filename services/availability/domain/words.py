"""Names and notes: kept as typed, as long as they can be shown on a line, or on some lines."""

import re
import unicodedata
from typing import Final

# Nothing to be seen: controls, joiners and marks of order, private and unassigned, spaces, line ends.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_CONTROL: Final = frozenset({"Cc", "Cs"})
_LINE_ENDS: Final = frozenset({"Zl", "Zp"})
# These turn the order of what follows, on other people's pages too.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_IN_NOTES: Final = frozenset("\n\r\t")


def name_problem(text: str) -> str | None:
    """What is wrong with a name."""
    kinds = {unicodedata.category(character) for character in text}
    if kinds <= _UNSEEN:
        return "must not be empty"
    if kinds & (_CONTROL | _LINE_ENDS) or _TURNING.search(text):
        return "must not hold control characters or line breaks"
    return None


def note_problem(text: str) -> str | None:
    """What is wrong with a text of several lines."""
    kinds = {unicodedata.category(character) for character in text if character not in _IN_NOTES}
    return "must not hold control characters" if kinds & _CONTROL or _TURNING.search(text) else None
