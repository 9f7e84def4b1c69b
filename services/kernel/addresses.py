"""E-mail addresses: which ones look right, and which two are the same."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 254
_LONGEST_LOCAL: Final = 64
_LOCAL: Final = re.compile(r"[^\s@<>()\[\],;:\\\"]+")
_LABEL: Final = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?", re.UNICODE)


def tidied(text: str) -> str:
    """The address as typed, without what surrounds it."""
    return unicodedata.normalize("NFC", text.strip())


def key_of(address: str) -> str:
    """What two spellings of one address have in common."""
    return unicodedata.normalize("NFC", tidied(address).casefold())


def problem(text: str) -> str | None:
    """What is wrong with an address, as a sentence."""
    address = tidied(text)
    if not address:
        return "must not be empty"
    if len(address) > LONGEST or len(address.encode()) > LONGEST or len(key_of(address)) > LONGEST:
        return f"must have at most {LONGEST} characters"
    return None if _looks_right(address) else "must be an e-mail address, such as jo@example.com"


def _looks_right(address: str) -> bool:
    # Control characters, line ends and odd spaces would end up in a mail's header.
    if any(unicodedata.category(character)[0] in "CZ" for character in address):
        return False
    local, at, domain = address.rpartition("@")
    if not at or len(local) > _LONGEST_LOCAL or _LOCAL.fullmatch(local) is None:
        return False
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    labels = domain.split(".")
    if "." not in domain or any(_LABEL.fullmatch(label) is None for label in labels):
        return False
    return not labels[-1].isdigit()
