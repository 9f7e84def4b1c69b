"""Money on the wire: amount, currency and how people write it where the business is."""

from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.kernel.http.bodies import Wire
from services.kernel.money import Money
from services.kernel.written import display


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
