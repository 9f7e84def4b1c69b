"""Slugs: a business's name as a part of an address."""

# ruff: noqa: RUF001, SIM905 - it is about letters of many alphabets; lists of words read best as words

import re
import unicodedata
from collections.abc import Container, Iterator
from itertools import count
from typing import Final

SHORTEST: Final = 3
LONGEST: Final = 48
_SHAPE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FALLBACK: Final = "local-business"
_FILLER: Final = "business"

# What the product's own addresses use, or may come to use, and what would deceive a customer.
RESERVED: Final = frozenset(
    """
    about abuse access account accounts admin administrator affiliate affiliates api app apps assets auth billing
    blog book booking bookings business cdn checkout config contact dashboard dev docs download embed
    embed-js error events faq favicon feedback gateway health help home hostmaster image images index info internal
    invite invitations js legal login logout mail manage media member members metrics new news noreply notify null
    oauth official owner pay payment payments peepopay platform postmaster press pricing privacy profile public
    receipt register reset robots root sandbox schema search secure security service services settings shop sign-in
    sign-out sign-up signin signout signup site sitemap staff static status stripe support system team tenant tenants
    terms test tracking tradie tradies undefined user users verify webhook webhooks webmaster well-known widget
    widgets www
    """.split()
)

# Letters that decomposition does not take apart, and the alphabets that businesses here use most.
_LATIN: Final = {
    "ß": "ss",
    "ẞ": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ħ": "h",
    "ı": "i",
    "ŋ": "ng",
    "ə": "e",
    "&": " and ",
    "+": " plus ",
    "@": " at ",
    "€": " euro ",
    "'": "",
    "’": "",
    "ʻ": "",
    "ʼ": "",
    "`": "",
}
_CYRILLIC: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўјљњћђџ",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya"
        " i yi ye g u j lj nj c dj dz".split(),
        strict=True,
    )
)
_GREEK: Final = dict(
    zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(), strict=True)
)
_LETTERS: Final = str.maketrans(
    {**_LATIN, **{letter: latin.replace("_", "") for letter, latin in {**_CYRILLIC, **_GREEK}.items()}}
)


def ascii_letters(text: str) -> str:
    """The text in the letters of an address, as near as can be."""
    # First whole letters, so that й is not taken for и with a mark.
    lowered = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(mark))
    return bare.lower().translate(_LETTERS)


def from_name(name: str) -> str:
    """The slug that a business's name asks for."""
    words = re.findall(r"[a-z0-9]+", ascii_letters(name))
    if not any(character.isalpha() for word in words for character in word):
        words = [_FALLBACK, *words]
    slug = _cut("-".join(words), LONGEST)
    return slug if len(slug) >= SHORTEST else f"{slug}-{_FILLER}"


def candidates(name: str, taken: Container[str] = ()) -> Iterator[str]:
    """The slugs to try for a name, the best first; one of them is free sooner or later."""
    wanted = from_name(name)
    for number in count(1):
        suffix = "" if number == 1 else f"-{number}"
        slug = _cut(wanted, LONGEST - len(suffix)) + suffix
        if slug not in RESERVED and slug not in taken:
            yield slug


def stem_of(name: str) -> str:
    """What all candidates for a name begin with."""
    return _cut(from_name(name), LONGEST - 8)


def problem(slug: str) -> str | None:
    """What is wrong with a slug that somebody chose, as a sentence."""
    if not SHORTEST <= len(slug) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    if _SHAPE.fullmatch(slug) is None:
        return "may hold small letters, digits and single hyphens between them"
    if not any(character.isalpha() for character in slug):
        return "must hold a letter"
    return "is reserved; choose another one" if slug in RESERVED else None


def _cut(slug: str, length: int) -> str:
    return slug[:length].rstrip("-")
