"""The platform's fee: its share of a payment, and what of it goes back with refunds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import DECIMALS, WHOLE, Money, step
from services.payments.domain import fees

currencies = st.sampled_from(sorted(DECIMALS))
counts = st.integers(1, 10**9)
points = st.integers(0, WHOLE)


def _money(count: int, currency: str) -> Money:
    return Money(count * step(currency), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        (5000, "NZD", 125),
        # Half a cent is one.
        (20, "NZD", 1),
        (19, "NZD", 0),
        (5001, "NZD", 125),
        (1220, "JPY", 31),
        (1219, "JPY", 30),
        # Three decimals, the last of which the company leaves at 0: 0.2525 is nearer to 0.25 than to 0.26.
        (10_100, "KWD", 250),
        (10_200, "KWD", 260),
        (200_000, "MGA", 5_000),
    ],
)
def test_two_and_a_half_per_cent_and_half_a_unit_rounds_up(amount: int, currency: str, fee: int) -> None:
    assert fees.fee_of(Money(amount, currency), 250) == Money(fee, currency)


@given(counts, currencies, points)
def test_the_fee_is_the_nearest_that_can_be_taken_and_never_more_than_the_amount(
    count: int, currency: str, basis_points: int
) -> None:
    amount = _money(count, currency)
    fee = fees.fee_of(amount, basis_points)
    unit = step(currency)
    assert fee.amount % unit == 0
    assert 0 <= fee.amount <= amount.amount
    # fee - unit/2 <= exact < fee + unit/2, in whole numbers.
    exact = 2 * amount.amount * basis_points
    assert (2 * fee.amount - unit) * WHOLE <= exact < (2 * fee.amount + unit) * WHOLE


@given(st.integers(1, 100_000), currencies, points, st.lists(st.integers(1, 5_000), max_size=30))
def test_the_fee_goes_back_in_proportion_and_with_the_last_of_the_amount_the_last_of_it(
    count: int, currency: str, basis_points: int, tries: list[int]
) -> None:
    amount = _money(count, currency)
    fee = fees.fee_of(amount, basis_points)
    refunded = returned = Money(0, currency)
    for wanted in [*tries, count]:
        part = min(_money(wanted, currency), amount - refunded)
        refunded += part
        back = fees.fee_going_back(fee, amount, refunded=refunded, returned=returned)
        assert 0 <= back.amount <= part.amount + step(currency)
        returned += back
        assert abs(returned.amount * amount.amount - fee.amount * refunded.amount) <= amount.amount * step(currency)
    assert refunded == amount
    assert returned == fee


@given(st.integers(2, 10**6), points, st.data())
def test_what_went_back_of_the_fee_with_a_refund_that_failed_goes_back_once(
    amount: int, basis_points: int, data: st.DataObject
) -> None:
    gross = Money(amount, "NZD")
    fee = fees.fee_of(gross, basis_points)
    first = Money(data.draw(st.integers(1, amount - 1)), "NZD")
    returned = fees.fee_going_back(fee, gross, refunded=first, returned=Money(0, "NZD"))
    # The bank sends the money back, and all of it goes out again, now in one.
    rest = fees.fee_going_back(fee, gross, refunded=gross, returned=returned)
    assert returned + rest == fee
