"""Mail addresses as Resend takes them: `email@example.com`, or `Name <email@example.com>`."""

import re
from typing import Final

_LONGEST: Final = 320
_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_BARE: Final = re.compile(rf"[^\s@<>\",;:\\\[\]()]{{1,64}}@(?:{_LABEL}\.){{1,8}}[^\W_][\w-]*[^\W_]")
_NAMED: Final = re.compile(r"[^<>\r\n]*<([^<>\s]+)>")


def bare_address(text: str) -> str | None:
    """The address alone, or nothing where the text is none."""
    text = text.strip()
    if named := _NAMED.fullmatch(text):
        text = named[1]
    return text if len(text) <= _LONGEST and _BARE.fullmatch(text) else None


def folded(address: str) -> str:
    """How two spellings of the same mailbox or number are found to be the same."""
    return address.strip().casefold()
