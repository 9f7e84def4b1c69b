"""Names of people and businesses: shown as typed, so what can't be shown, or misleads where it is, is no name."""

import re
import unicodedata
from typing import Final

# Nothing to be seen: controls, surrogates, line ends, spaces, joiners and marks of order.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_FORBIDDEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# These turn the order of what follows, in other people's mails too.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A mail program makes a link of it, and our mails go to people who never asked for one.
_ADDRESS: Final = re.compile(r"(?i)[a-z][a-z0-9+.-]*://|\bwww\.")


def problem(text: str) -> str | None:
    """What is wrong with a name, as a sentence."""
    kinds = {unicodedata.category(character) for character in text}
    if kinds <= _UNSEEN:
        return "must not be empty"
    if kinds & _FORBIDDEN or _TURNING.search(text):
        return "must not hold control characters or line breaks"
    if _ADDRESS.search(text):
        return "must be a name, not a web address"
    return None
