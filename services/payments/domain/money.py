"""A booking's money: its row, its payments and refunds, as plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from services.kernel.money import Money
from services.payments.domain.gateway import Payer
from services.payments.domain.states import OPEN, PaymentStatus, RepaidStatus

Kind: TypeAlias = Literal["deposit", "balance"]
# In the browser, from the saved card, or on a page of the company's.
Way: TypeAlias = Literal["browser", "card", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMoney:
    """What was paid for a booking, and went back. Every decision is made under the lock of its row."""

    booking_id: str
    tenant_id: str
    currency: str | None
    version: int
    paid: int
    refunded: int
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment that was asked for: one intent at the company, however often the customer tries."""

    id: str
    tenant_id: str
    booking_id: str
    kind: Kind
    way: Way
    operation_id: str | None
    status: PaymentStatus
    account_id: str
    intent_id: str | None
    charge_id: str | None
    amount: int
    currency: str
    fee: int
    cost: int | None = None
    refunded: int = 0
    fee_returned: int = 0
    disputed: int = 0
    save_card: bool = False
    customer_id: str | None = None
    payment_method_id: str | None = None
    decline_code: str | None = None
    decline_message: str | None = None
    failed_tries: tuple[str, ...] = ()
    description: str
    payer_name: str | None = None
    payer_email: str | None = None
    payer_phone: str | None = None
    created_at: datetime
    paid_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def left(self) -> int:
        """What can still be given back."""
        if self.status != "succeeded":
            return 0
        return max(0, self.amount - self.refunded - self.disputed)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def payer(self) -> Payer:
        return Payer(name=self.payer_name or "", email=self.payer_email or "", phone=self.payer_phone or "")

    @property
    def metadata(self) -> dict[str, str]:
        """What comes back with everything that the company says of it."""
        return metadata_of(
            tenant_id=self.tenant_id,
            booking_id=self.booking_id,
            payment_id=self.id,
            kind=self.kind,
            operation_id=self.operation_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A part of a payment that goes back."""

    id: str
    tenant_id: str
    booking_id: str
    payment_id: str
    operation_id: str | None
    repayment_id: str | None
    amount: int
    fee: int
    with_fee: bool = False
    currency: str
    status: RepaidStatus
    reason: str | None
    failure: str | None = None
    tries: int = 0
    delayed_at: datetime | None = None
    created_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What booking ordered once, and what was decided."""

    id: str
    tenant_id: str
    kind: Literal["balance", "refund"]
    booking_id: str | None
    amount: int | None
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyOfBooking:
    """All there is of one booking's money."""

    money: BookingMoney
    payments: tuple[Payment, ...] = field(default=())
    refunds: tuple[Refund, ...] = field(default=())


def metadata_of(
    *,
    tenant_id: str,
    booking_id: str,
    payment_id: str,
    kind: str,
    operation_id: str | None,
    refund_id: str | None = None,
) -> dict[str, str]:
    given = {
        "tenant_id": tenant_id,
        "booking_id": booking_id,
        "payment_id": payment_id,
        "kind": kind,
        "operation_id": operation_id,
        "refund_id": refund_id,
    }
    return {name: value for name, value in given.items() if value is not None}
