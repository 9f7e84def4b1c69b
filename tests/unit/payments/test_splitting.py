"""A refund is taken from the newest payments first, and never more than is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain import splitting
from services.payments.domain.errors import RefundExceedsPayment
from services.payments.domain.splitting import Left

payments = st.dictionaries(st.text("abc", min_size=1, max_size=4), st.integers(0, 10_000), max_size=6).map(
    lambda left: [Left(f"pay_{name}", amount) for name, amount in left.items()]
)


@given(payments, st.integers(1, 60_000))
def test_the_parts_are_what_was_wanted_or_nothing_at_all(given_payments: list[Left], wanted: int) -> None:
    left = {one.id: one.amount for one in given_payments}
    if wanted > sum(left.values()):
        with pytest.raises(RefundExceedsPayment):
            splitting.parts(wanted, given_payments)
        return
    parts = splitting.parts(wanted, given_payments)
    assert sum(part.amount for part in parts) == wanted
    assert all(0 < part.amount <= left[part.id] for part in parts)
    assert len({part.id for part in parts}) == len(parts)


@given(payments, st.integers(1, 60_000))
def test_an_older_payment_is_touched_only_once_the_newer_ones_are_empty(
    given_payments: list[Left], wanted: int
) -> None:
    if wanted > sum(one.amount for one in given_payments):
        return
    taken = {part.id: part.amount for part in splitting.parts(wanted, given_payments)}
    touched = min(taken)
    assert all(taken.get(one.id, 0) == one.amount for one in given_payments if one.id > touched)


@given(payments)
def test_without_an_amount_everything_goes_back(given_payments: list[Left]) -> None:
    parts = splitting.parts(None, given_payments)
    assert {part.id: part.amount for part in parts} == {one.id: one.amount for one in given_payments if one.amount}


def test_the_balance_goes_back_before_the_deposit() -> None:
    deposit, balance = Left("pay_1", 5000), Left("pay_2", 13_000)
    assert splitting.parts(15_000, [deposit, balance]) == [Left("pay_2", 13_000), Left("pay_1", 2000)]
