"""What an account has, by currency and by whether it can be paid out yet."""

from collections.abc import Iterable
from typing import Protocol

from services.sandbox.domain.stripe.changes import Object


class Sum(Protocol):
    """Of the lines in one currency."""

    @property
    def currency(self) -> str: ...
    @property
    def available(self) -> int: ...
    @property
    def pending(self) -> int: ...


def balance(sums: Iterable[Sum], *, currency: str) -> Object:
    """`currency` is the account's own, which is shown also where there is nothing."""
    available, pending = {currency: 0}, {currency: 0}
    for each in sums:
        available[each.currency] = each.available
        pending[each.currency] = each.pending
    return {"object": "balance", "livemode": False, "available": _shown(available), "pending": _shown(pending)}


def dated(line: Object, *, now: int) -> Object:
    """A line as it is by now: with time, what was pending becomes available."""
    return {**line, "status": "available" if line["available_on"] <= now else "pending"}


def _shown(by_currency: dict[str, int]) -> list[Object]:
    return [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(by_currency.items())
    ]
