"""Money on the wire: amount, currency and how people write it where the business is."""

import re
from copy import copy
from functools import lru_cache
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.kernel.http.bodies import Wire
from services.kernel.money import DECIMALS, Money

_CODE_BY_NUMBER: Final = re.compile(r"(?<=[A-Z]{3})(?=[0-9])|(?<=[0-9])(?=[A-Z]{3})")


class MoneyView(msgspec.Struct, frozen=True, kw_only=True):
    """An amount in the currency's smallest unit."""

    amount: int
    currency: Annotated[str, Meta(examples=["NZD"])]
    display: Annotated[str, Meta(examples=["$50.00"])]


class MoneyRequest(Wire, frozen=True, kw_only=True):
    """As answers show it; `display` may come along and says nothing."""

    amount: Annotated[int, Meta(description="In the currency's smallest unit.")]
    currency: str | UnsetType = UNSET
    display: Any = None


# A plain number is in the business's own currency.
MoneyGiven: TypeAlias = MoneyRequest | int


def money_view(money: Money, locale: str) -> MoneyView:
    return MoneyView(amount=money.amount, currency=money.currency, display=display(money, locale))


@lru_cache(maxsize=10_000)
def display(money: Money, locale: str) -> str:
    """As people write it who speak that language there: en-NZ says $50.00, de-DE says 50,00 €."""
    pattern, spoken = _pattern(locale, DECIMALS[money.currency])
    written: str = pattern.apply(money.decimal, spoken, currency=money.currency, currency_digits=False)
    # CLDR parts a code from the number; Babel knows no such rule.
    return _CODE_BY_NUMBER.sub("\N{NO-BREAK SPACE}", written)


@lru_cache(maxsize=500)
def _pattern(locale: str, decimals: int) -> tuple[Any, Any]:
    """The language's own pattern with as many decimals as ISO 4217 says, not as many as people usually write."""
    # Loaded when first asked for: most processes never show an amount.
    from babel import Locale  # noqa: PLC0415 - see above

    spoken = Locale.parse(locale, sep="-")
    pattern = copy(spoken.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern, spoken
