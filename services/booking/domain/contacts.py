"""Contacts as customers write them: kept as typed, as long as they can be shown and reached."""

import re
import unicodedata
from typing import Final

LONGEST_NAME: Final = 500
LONGEST_EMAIL: Final = 254
LONGEST_PHONE: Final = 40
LONGEST_ADDRESS: Final = 1_000
LONGEST_NOTES: Final = 5_000

# Nothing to be seen: controls, joiners and marks of order, private and unassigned, spaces, line ends.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_CONTROL: Final = frozenset({"Cc", "Cs"})
_LINE_ENDS: Final = frozenset({"Zl", "Zp"})
# These turn the order of what follows, on other people's pages too.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_IN_LINES: Final = frozenset("\n\r\t")
# What of an address every mail server agrees on; the rest its own server decides.
_EMAIL: Final = re.compile(r"[^\s@,;<>()\"\\]{1,64}@(?:[^\s@.,;<>()\"\\]{1,63}\.)+[^\s@.,;<>()\"\\]{2,63}")
# Digits with what people put between them, and an extension.
_PHONE: Final = re.compile(r"\+?[0-9 ().\-/\u00a0\u2011]+(?:(?:ext\.?|x|#|;ext=)\s*[0-9]{1,7})?", re.IGNORECASE)
# The shortest numbers of small networks, and the longest of E.164 with a prefix to dial out.
_FEWEST_DIGITS: Final = 5
_MOST_DIGITS: Final = 22


def name_problem(text: str) -> str | None:
    kinds = {unicodedata.category(character) for character in text}
    if kinds <= _UNSEEN:
        return "must not be empty"
    if kinds & (_CONTROL | _LINE_ENDS) or _TURNING.search(text):
        return "must not hold control characters or line breaks"
    return None


def email_problem(text: str) -> str | None:
    kinds = {unicodedata.category(character) for character in text}
    if kinds & (_UNSEEN | _LINE_ENDS) or _EMAIL.fullmatch(text) is None or ".." in text or text.startswith("."):
        return "must be an e-mail address such as ana@example.com"
    return None


def phone_problem(text: str) -> str | None:
    digits = sum(character.isdigit() for character in text)
    if _PHONE.fullmatch(text.strip()) is None or not _FEWEST_DIGITS <= digits <= _MOST_DIGITS:
        return "must be a phone number such as +64 21 555 0123"
    return None


def lines_problem(text: str) -> str | None:
    """What is wrong with a text of several lines."""
    kinds = {unicodedata.category(character) for character in text if character not in _IN_LINES}
    return "must not hold control characters" if kinds & _CONTROL or _TURNING.search(text) else None
