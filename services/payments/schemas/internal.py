"""What booking asks of payments, and what it is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

from services.kernel.http.bodies import Check, Wire
from services.kernel.ids import is_id
from services.kernel.money import Money, is_currency
from services.payments.domain.gateway import Payer
from services.payments.domain.money import Kind, Payment, Refund
from services.payments.domain.states import DepositStatus, OrderStatus, PaymentStatus, RepaidStatus
from services.payments.settings import PaymentsSettings
from services.payments.use_cases.balances import Charged, CloseOutcome
from services.payments.use_cases.deposits import Asked, Closed, Outcome
from services.payments.use_cases.looking import BookingsMoney
from services.payments.use_cases.refunding import Refunded


def _id_problem(text: str) -> str | None:
    return None if is_id(text) else "must be an id"


def _currency_problem(text: str) -> str | None:
    return None if is_currency(text) else "must be a currency such as NZD"


_CHECKS: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("tenant_id", "booking_id", "operation_id"), _id_problem),
    "currency": _currency_problem,
}

Id = Annotated[str, Meta(max_length=64)]
# Twelve digits, beyond which no company takes an amount.
Amount = Annotated[int, Meta(gt=0, le=999_999_999_999)]
Text = Annotated[str, Meta(max_length=2_000)]


class PayerRequest(Wire, frozen=True, kw_only=True):
    """Who pays."""

    name: Text
    email: Text
    phone: Text = ""

    @property
    def payer(self) -> Payer:
        return Payer(name=self.name, email=self.email, phone=self.phone)


class DepositRequest(Wire, frozen=True, kw_only=True):
    """What a customer is to pay in the browser; the booking's id makes a second time harmless."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    tenant_id: Id
    booking_id: Id
    reference: Text
    amount: Amount
    currency: str
    save_card: bool
    description: Text
    customer: PayerRequest

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class BalanceRequest(Wire, frozen=True, kw_only=True):
    """What is left to pay; the operation's id makes a second time harmless."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    tenant_id: Id
    booking_id: Id
    operation_id: Id
    reference: Text
    amount: Amount
    currency: str
    description: Text
    customer: PayerRequest

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class RefundRequest(Wire, frozen=True, kw_only=True):
    """What is to go back; without an amount, all that is left."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    tenant_id: Id
    booking_id: Id
    operation_id: Id
    amount: Amount | None = None
    reason: Text | None = None


class TenantRequest(Wire, frozen=True, kw_only=True):
    """Whose it is."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    tenant_id: Id


class DepositView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the browser needs to pay."""

    payment_id: str
    status: PaymentStatus
    client_secret: str | None
    stripe_account_id: str
    publishable_key: str
    api_base: str | None


class ClosedView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a deposit stood when it was given up; none where there never was one."""

    outcome: Outcome
    payment_id: str | None
    paid: int
    refunded: int
    currency: str | None


class BalanceView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a balance stands. Declined, with the bank's word for it and a sentence for the customer."""

    payment_id: str
    status: Literal["succeeded", "requires_action", "failed"]
    amount_charged: int
    payment_url: str | None
    decline_code: str | None
    message: str | None


class BalanceClosedView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a balance stood when it was given up."""

    outcome: CloseOutcome


class RefundPartView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What goes back of one payment."""

    id: str
    payment_id: str
    amount: int
    status: RepaidStatus
    created_at: datetime


class RefundedView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How an order to refund stands, and the sums of the booking with it."""

    operation_id: str
    amount: int
    status: OrderStatus
    refunds: list[RefundPartView]
    paid: int
    refunded: int


class PaymentPartView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One payment of a booking."""

    id: str
    kind: Kind
    status: PaymentStatus
    amount: int
    refunded: int
    created_at: datetime
    paid_at: datetime | None


class BookingsMoneyView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All there is of one booking's money; `version` is the one that events carry."""

    version: int
    currency: str | None
    paid: int
    refunded: int
    deposit_status: DepositStatus
    card_saved: bool
    payments: list[PaymentPartView]
    refunds: list[RefundPartView]


def deposit_view(asked: Asked, settings: PaymentsSettings) -> DepositView:
    return DepositView(
        payment_id=asked.payment_id,
        status=asked.status,
        client_secret=asked.client_secret,
        stripe_account_id=asked.account_id,
        publishable_key=settings.stripe_publishable_key,
        api_base=settings.stripe_browser_url or None,
    )


def closed_view(closed: Closed) -> ClosedView:
    return ClosedView(
        outcome=closed.outcome,
        payment_id=closed.payment_id,
        paid=closed.money.paid,
        refunded=closed.money.refunded,
        currency=closed.money.currency,
    )


def balance_view(charged: Charged) -> BalanceView:
    is_failed = charged.status == "failed"
    return BalanceView(
        payment_id=charged.payment.id,
        status=charged.status,
        amount_charged=charged.payment.amount if charged.status == "succeeded" else 0,
        payment_url=charged.url,
        decline_code=charged.payment.decline_code if is_failed else None,
        message=charged.payment.decline_message if is_failed else None,
    )


def refunded_view(refunded: Refunded) -> RefundedView:
    return RefundedView(
        operation_id=refunded.operation_id,
        amount=refunded.amount,
        status=refunded.status,
        refunds=[_part_view(one) for one in refunded.refunds],
        paid=refunded.money.paid,
        refunded=refunded.money.refunded,
    )


def bookings_money_view(found: BookingsMoney) -> BookingsMoneyView:
    return BookingsMoneyView(
        version=found.money.version,
        currency=found.money.currency,
        paid=found.money.paid,
        refunded=found.money.refunded,
        deposit_status=found.deposit_status,
        card_saved=found.card_saved,
        payments=[_payment_view(one) for one in found.payments],
        refunds=[_part_view(one) for one in found.refunds],
    )


def _part_view(refund: Refund) -> RefundPartView:
    return RefundPartView(
        id=refund.id,
        payment_id=refund.payment_id,
        amount=refund.amount,
        status=refund.status,
        created_at=refund.created_at,
    )


def _payment_view(payment: Payment) -> PaymentPartView:
    return PaymentPartView(
        id=payment.id,
        kind=payment.kind,
        status=payment.status,
        amount=payment.amount,
        refunded=payment.refunded,
        created_at=payment.created_at,
        paid_at=payment.paid_at,
    )
