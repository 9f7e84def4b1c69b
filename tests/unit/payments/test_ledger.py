"""The ledger: whatever happens to a booking's money, nothing is gained that nobody loses."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money
from services.payments.domain import fees, ledger
from services.payments.domain.ledger import LedgerSet
from services.payments.domain.money import Payment, Refund

AT = datetime(2026, 3, 1, 20, tzinfo=UTC)


def _payment(amount: int, fee: int) -> Payment:
    return Payment(
        id="pay_1",
        tenant_id="ten_1",
        booking_id="book_1",
        kind="deposit",
        way="browser",
        operation_id=None,
        status="succeeded",
        account_id="acct_1",
        intent_id="pi_1",
        charge_id="ch_1",
        amount=amount,
        currency="NZD",
        fee=fee,
        description="Blocked drain",
        created_at=AT,
    )


def _refund(number: int, amount: int, fee: int) -> Refund:
    return Refund(
        id=f"rfnd_{number}",
        tenant_id="ten_1",
        booking_id="book_1",
        payment_id="pay_1",
        operation_id=None,
        repayment_id=f"re_{number}",
        amount=amount,
        fee=fee,
        currency="NZD",
        status="succeeded",
        reason=None,
        created_at=AT,
    )


def _sum(sets: list[LedgerSet], name: str) -> int:
    return sum(getattr(one, name) for one in sets)


@given(
    st.integers(1, 10**8), st.integers(0, 10_000), st.integers(0, 10**6), st.lists(st.integers(1, 10**8), max_size=6)
)
def test_the_four_always_sum_to_zero_and_a_full_refund_leaves_only_the_companys_cut(
    amount: int, basis_points: int, cost: int, wanted: list[int]
) -> None:
    gross = Money(amount, "NZD")
    paid = _payment(amount, fees.fee_of(gross, basis_points).amount)
    sets = [ledger.payment(paid, AT), ledger.cost(paid, cost, AT)]
    for number, want in enumerate([*wanted, amount]):
        part = min(want, paid.amount - paid.refunded)
        fee = fees.fee_going_back(
            Money(paid.fee, "NZD"),
            gross,
            refunded=Money(paid.refunded + part, "NZD"),
            returned=Money(paid.fee_returned, "NZD"),
        ).amount
        paid = replace(paid, refunded=paid.refunded + part, fee_returned=paid.fee_returned + fee)
        sets.append(ledger.refund(_refund(number, part, fee), paid, AT))
    for one in sets:
        assert one.customer + one.tenant + one.platform + one.stripe == 0
    assert (_sum(sets, "customer"), _sum(sets, "platform")) == (0, 0)
    assert (_sum(sets, "tenant"), _sum(sets, "stripe")) == (-cost, cost)


def test_a_deposit_gives_the_business_all_but_the_fee() -> None:
    found = ledger.payment(_payment(5000, 125), AT)
    assert (found.kind, found.customer, found.tenant, found.platform, found.stripe) == ("deposit", -5000, 4875, 125, 0)


def test_a_refund_that_the_bank_sends_back_leaves_the_business_with_the_fee_that_went_back() -> None:
    paid, back = _payment(5000, 125), _refund(1, 2000, 50)
    made, undone = ledger.refund(back, paid, AT), ledger.refund_returned(back, paid, AT)
    assert (made.customer, made.tenant, made.platform) == (2000, -1950, -50)
    assert [_sum([made, undone], name) for name in ("customer", "tenant", "platform", "stripe")] == [0, 50, -50, 0]


def test_entries_that_do_not_sum_to_zero_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="zero"):
        replace(ledger.payment(_payment(5000, 125), AT), tenant=4876)
