"""How Stripe counts money: mostly as ISO 4217 does, and where not, here is the difference."""

from typing import Final

from services.kernel.money import DECIMALS, Money, step

# Króna and shilling have no smaller coin, yet Stripe counts both in hundredths; the ariary it counts in whole ones.
_OTHERWISE: Final = {"ISK": 2, "UGX": 2, "MGA": 0}


def _shift(currency: str) -> int:
    """By how many digits Stripe's number is longer than ours."""
    return _OTHERWISE.get(currency, DECIMALS[currency]) - DECIMALS[currency]


def at_stripe(amount: Money) -> int:
    """The number that Stripe is sent; what no card can be charged is no amount."""
    if amount.amount % step(amount.currency):
        raise ValueError(f"{amount} can't be charged: the last digits must be 0")
    shift = _shift(amount.currency)
    return int(amount.amount * 10**shift) if shift >= 0 else int(amount.amount // 10**-shift)


def from_stripe(number: int, currency: str) -> Money:
    """Our amount for Stripe's number, in whatever case it writes the currency; half a smallest unit rounds up."""
    code = currency.upper()
    shift = _shift(code) if code in DECIMALS else 0
    if shift <= 0:
        return Money(int(number * 10**-shift), code)
    unit = int(10**shift)
    return Money((number + unit // 2) // unit, code)
