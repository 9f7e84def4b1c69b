"""Text on a page: whose letters show which characters, how wide they are, and where a line ends."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "NotoSans-Regular"
BOLD: Final = "NotoSans-Bold"

_FONTS: Final = Path(__file__).parent / "fonts"
# Four megabytes in memory, and loaded for none but these characters.
_EAST_ASIAN: Final = "DroidSansFallback"
_IS_EAST_ASIAN: Final = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_NOBODYS: Final = "\N{REPLACEMENT CHARACTER}"
# Some languages write it before a negative number, and the fonts lack it.
_ALIKE: Final = str.maketrans({"\N{MINUS SIGN}": "\N{EN DASH}"})
_DOTS: Final = "\N{HORIZONTAL ELLIPSIS}"
# Joins and directs other characters, and is not seen itself.
_UNSEEN: Final = frozenset({"Cf", "Cc", "Cs"})


@dataclass(frozen=True, slots=True)
class Style:
    """How a piece of text looks."""

    font: str
    size: float


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in a row that one font shows."""

    font: str
    text: str


@cache
def _letters(font: str) -> frozenset[int]:
    """Which characters the font shows; it is loaded for the first of them."""
    loaded: Any = TTFont(font, _FONTS / f"{font}.ttf")
    pdfmetrics.registerFont(loaded)
    return frozenset(loaded.face.charToGlyph)


def tidied(text: str) -> str:
    """In one line, with letters and their marks as one character where there is such a one."""
    composed = unicodedata.normalize("NFC", text.translate(_ALIKE))
    spaced = "".join(
        " " if character.isspace() and character != "\N{NO-BREAK SPACE}" else character for character in composed
    )
    seen = "".join(character for character in spaced if unicodedata.category(character) not in _UNSEEN)
    return re.sub(" {2,}", " ", seen).strip()


def runs(text: str, font: str) -> list[Run]:
    """The text in pieces, each in a font that shows it. What none shows is shown as that, one sign for each."""
    found: list[Run] = []
    for character in text:
        chosen = _EAST_ASIAN if _IS_EAST_ASIAN.match(character) else font
        shown = character if ord(character) in _letters(chosen) else _NOBODYS
        if shown is _NOBODYS:
            chosen = font
        if found and found[-1].font == chosen:
            found[-1] = Run(chosen, found[-1].text + shown)
        else:
            found.append(Run(chosen, shown))
    return found


def width(text: str, style: Style) -> float:
    return sum(float(pdfmetrics.stringWidth(run.text, run.font, style.size)) for run in runs(text, style.font))


def wrapped(text: str, style: Style, room: float, *, lines: int) -> list[str]:
    """The text in lines that fit; at most so many, the last of which then says that there was more."""
    found = [line for part in text.splitlines() for line in _filled(tidied(part), style, room)]
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while last and width(last + _DOTS, style) > room:
        last = last[:-1]
    return [*found[: lines - 1], last + _DOTS]


def _filled(text: str, style: Style, room: float) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if width(longer, style) <= room:
            line = longer
            continue
        if line:
            yield line
        line = word
        while width(line, style) > room:
            fitting = _fitting(line, style, room)
            yield line[:fitting]
            line = line[fitting:]
    if line:
        yield line


def _fitting(word: str, style: Style, room: float) -> int:
    """How many of a long word's characters fit, one at the least."""
    taken = 0.0
    for number, character in enumerate(word):
        taken += width(character, style)
        if taken > room:
            return max(number, 1)
    return len(word)
