"""Languages and countries, as the Unicode consortium knows them."""

import re
from functools import lru_cache
from typing import Final

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")
# Codes that are no country of ISO 3166: groups of them, made-up ones, and places that it leaves to others.
_NO_COUNTRY: Final = frozenset(
    {"EU", "EZ", "UN", "QO", "XA", "XB", "XK", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


@lru_cache(maxsize=2_000)
def known(tag: str) -> str | None:
    """The tag as it is usually spelled, or nothing where nobody speaks so."""
    # Loaded when first asked for: it brings much along.
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - see above

    if _TAG.fullmatch(tag) is None:
        return None
    try:
        found = Locale.parse(tag, sep="-", resolve_likely_subtags=False)
    except (UnknownLocaleError, ValueError):
        return None
    return str(found).replace("_", "-")


@lru_cache(maxsize=300)
def is_country(code: str) -> bool:
    from babel import Locale  # noqa: PLC0415 - as above

    return _COUNTRY.fullmatch(code) is not None and code not in _NO_COUNTRY and code in Locale("en").territories


@lru_cache(maxsize=300)
def of_country(code: str) -> str:
    """The language that a business there most likely writes to its customers in: English where it is usual."""
    from babel.languages import get_official_languages  # noqa: PLC0415 - as above

    spoken = get_official_languages(code, regional=False, de_facto=True)
    wanted = (["en"] if "en" in spoken or (known(f"en-{code}") and not spoken) else []) + list(spoken)
    found = (known(f"{language}-{code}".replace("_", "-")) for language in wanted)
    return next((tag for tag in found if tag), known(f"en-{code}") or "en-US")
