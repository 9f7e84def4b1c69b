"""Money as Stripe counts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import DECIMALS, Money, step
from services.payments.gateways.stripe.amounts import at_stripe, from_stripe

currencies = st.sampled_from(sorted(DECIMALS))
amounts = st.integers(0, 10**11)


@pytest.mark.parametrize(
    ("written", "currency", "number"),
    [
        ("50.00", "NZD", 5000),
        ("0.50", "USD", 50),
        ("1200", "JPY", 1200),
        # No smaller coin, and hundredths at Stripe all the same.
        ("500", "ISK", 50_000),
        ("5000", "UGX", 500_000),
        # The other way round.
        ("3000.00", "MGA", 3000),
        ("1.250", "KWD", 1250),
        ("2.340", "BHD", 2340),
    ],
)
def test_stripes_numbers(written: str, currency: str, number: int) -> None:
    amount = Money.of(written, currency)
    assert at_stripe(amount) == number
    assert from_stripe(number, currency.lower()) == amount


@given(amounts, currencies)
def test_there_and_back_it_is_the_same_money(number: int, currency: str) -> None:
    amount = Money(number, currency).chargeable()
    assert from_stripe(at_stripe(amount), currency.lower()) == amount


@given(amounts, currencies)
def test_what_no_card_can_be_charged_is_never_sent(number: int, currency: str) -> None:
    amount = Money(number, currency)
    if number % step(currency):
        with pytest.raises(ValueError, match="can't be charged"):
            at_stripe(amount)
    else:
        assert at_stripe(amount) >= 0


@given(st.integers(-(10**9), 10**9), currencies)
def test_any_number_of_stripes_is_some_money_to_the_nearest_unit(number: int, currency: str) -> None:
    found = from_stripe(number, currency.lower())
    exact = number / {"ISK": 100, "UGX": 100, "MGA": 0.01}.get(currency, 1)
    assert abs(found.amount - exact) <= 0.5


@pytest.mark.parametrize("currency", ["KWD", "BHD", "JOD", "OMR", "TND"])
def test_with_three_decimals_the_last_digit_is_zero(currency: str) -> None:
    with pytest.raises(ValueError, match="can't be charged"):
        at_stripe(Money(1_001, currency))
    assert at_stripe(Money(1_010, currency)) == 1_010
