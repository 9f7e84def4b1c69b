"""Amounts as the sandbox's pages write them."""

from decimal import Decimal

from services.sandbox.domain.stripe.currencies import decimals


def written(amount: int, currency: str) -> str:
    """With the code, because a sign alone is many countries'."""
    places = decimals(currency)
    return f"{Decimal(amount).scaleb(-places):,.{places}f} {currency.upper()}"
