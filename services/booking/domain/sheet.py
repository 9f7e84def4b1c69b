"""Lines of a table that spreadsheet programs open, and never run."""

from collections.abc import Iterable
from typing import Final

# What a cell begins with that spreadsheets take for a formula; a tab or a line end before it is skipped by some.
_DANGEROUS: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_QUOTED: Final = frozenset('",;\r\n\t')

# Tells Excel that UTF-8 follows.
MARK: Final = b"\xef\xbb\xbf"


def line(cells: Iterable[str | int | None]) -> bytes:
    """One line, as RFC 4180 has it."""
    return (",".join(_cell(cell) for cell in cells) + "\r\n").encode()


def _cell(value: str | int | None) -> str:
    if value is None:
        return ""
    # A number of ours, also a negative one, is a number.
    if isinstance(value, int):
        return str(value)
    text = value if value.lstrip(" ")[:1] not in _DANGEROUS else f"'{value}"
    if _QUOTED.isdisjoint(text) and text == text.strip(" ") and not text.startswith("'"):
        return text
    return '"' + text.replace('"', '""') + '"'
