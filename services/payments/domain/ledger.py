"""The ledger: of everything that happens to money, what each of four has gained by it. Each set sums to zero."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from services.payments.domain.gateway import Shift
from services.payments.domain.money import Payment, Refund

SetKind: TypeAlias = Literal["deposit", "balance", "cost", "refund", "refund_returned", "dispute", "dispute_returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSet:
    """One set of entries. What nobody gains nobody loses: anything else can't be made."""

    booking_id: str
    kind: SetKind
    # Our payment, refund or dispute; the company's own id of its charge, refund or dispute.
    about: str
    account_id: str
    outside_id: str | None
    currency: str
    at: datetime
    customer: int = 0
    tenant: int = 0
    platform: int = 0
    stripe: int = 0

    def __post_init__(self) -> None:
        if self.customer + self.tenant + self.platform + self.stripe != 0:
            raise ValueError("a set of entries sums to zero")


def payment(paid: Payment, at: datetime) -> LedgerSet:
    """The customer's money becomes the business's, but for the platform's fee."""
    return LedgerSet(
        booking_id=paid.booking_id,
        kind=paid.kind,
        about=paid.id,
        account_id=paid.account_id,
        outside_id=paid.charge_id,
        currency=paid.currency,
        at=at,
        customer=-paid.amount,
        tenant=paid.amount - paid.fee,
        platform=paid.fee,
    )


def cost(paid: Payment, amount: int, at: datetime) -> LedgerSet:
    """The company's own cut, which the business bears."""
    return LedgerSet(
        booking_id=paid.booking_id,
        kind="cost",
        about=paid.id,
        account_id=paid.account_id,
        outside_id=paid.charge_id,
        currency=paid.currency,
        at=at,
        tenant=-amount,
        stripe=amount,
    )


def refund(back: Refund, of: Payment, at: datetime) -> LedgerSet:
    """The business and the platform give back what each of them had of it."""
    return LedgerSet(
        booking_id=back.booking_id,
        kind="refund",
        about=back.id,
        account_id=of.account_id,
        outside_id=back.repayment_id,
        currency=back.currency,
        at=at,
        customer=back.amount,
        tenant=back.fee - back.amount,
        platform=-back.fee,
    )


def refund_returned(back: Refund, of: Payment, at: datetime) -> LedgerSet:
    """The customer's bank did not take the money: all of it is the business's. The fee that went back stays there."""
    return LedgerSet(
        booking_id=back.booking_id,
        kind="refund_returned",
        about=back.id,
        account_id=of.account_id,
        outside_id=back.repayment_id,
        currency=back.currency,
        at=at,
        customer=-back.amount,
        tenant=back.amount,
    )


def dispute(
    *, dispute_id: str, outside_id: str, shift: Shift, of: Payment, at: datetime, is_returned: bool = False
) -> LedgerSet:
    """The customer's bank takes money back from the business; the platform's fee stays. Or it hands it over again."""
    amount = -shift.amount.amount if is_returned else shift.amount.amount
    cost = shift.cost.amount
    return LedgerSet(
        booking_id=of.booking_id,
        kind="dispute_returned" if is_returned else "dispute",
        about=dispute_id,
        account_id=of.account_id,
        outside_id=outside_id,
        currency=of.currency,
        at=at,
        customer=amount,
        tenant=-amount - cost,
        stripe=cost,
    )
