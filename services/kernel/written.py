"""Money, days and times as people write them, by the language and place that a business speaks of itself."""

import re
from copy import copy
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from services.kernel.money import DECIMALS, Money

_CODE_BY_NUMBER: Final = re.compile(r"(?<=[A-Z]{3})(?=[0-9])|(?<=[0-9])(?=[A-Z]{3})")


@lru_cache(maxsize=10_000)
def display(money: Money, locale: str) -> str:
    """As people write it who speak that language there: en-NZ says $50.00, de-DE says 50,00 €."""
    pattern, spoken = _pattern(locale, DECIMALS[money.currency])
    written: str = pattern.apply(money.decimal, spoken, currency=money.currency, currency_digits=False)
    # CLDR parts a code from the number; Babel knows no such rule.
    return _CODE_BY_NUMBER.sub("\N{NO-BREAK SPACE}", written)


def day(at: datetime, locale: str) -> str:
    """Monday, 23 November 2026, by the clock that `at` is told in."""
    from babel.dates import format_date  # noqa: PLC0415 - most processes never write a date

    return format_date(at, "full", locale=_spoken(locale))


def time(at: datetime, locale: str) -> str:
    """9:00 am, by the clock that `at` is told in."""
    from babel.dates import format_time  # noqa: PLC0415 - see above

    return format_time(at, "short", locale=_spoken(locale))


@lru_cache(maxsize=500)
def _spoken(locale: str) -> Any:
    # Loaded when first asked for: most processes never write anything.
    from babel import Locale  # noqa: PLC0415 - see above

    return Locale.parse(locale, sep="-")


@lru_cache(maxsize=500)
def _pattern(locale: str, decimals: int) -> tuple[Any, Any]:
    """The language's own pattern with as many decimals as ISO 4217 says, not as many as people usually write."""
    spoken = _spoken(locale)
    pattern = copy(spoken.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern, spoken
