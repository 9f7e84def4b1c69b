"""Bookings as the business sees them, and what it asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from services.booking.domain import contacts
from services.booking.domain.operations import Operation
from services.booking.schemas import View
from services.booking.schemas.book import CustomerRequest, PaymentView, payment_view, starts
from services.booking.schemas.moves import CHECKS as WHEN
from services.booking.schemas.moves import At, Day, Time
from services.booking.schemas.shown import BookingView, booking_view
from services.booking.use_cases.detailing import Action, Detail
from services.booking.use_cases.ordering import Order, Ordered
from services.kernel import errors
from services.kernel.http.bodies import Check, Wire
from services.kernel.http.money import MoneyGiven, MoneyRequest, MoneyView, money_view
from services.kernel.money import Money

# Stripe takes at most eight digits.
_LARGEST = 99_999_999

Notes = Annotated[str, Meta(max_length=contacts.LONGEST_NOTES)]
Address = Annotated[str, Meta(max_length=contacts.LONGEST_ADDRESS)]
Reason = Annotated[str, Meta(max_length=contacts.LONGEST_NOTES, description="For the timeline, and for the customer.")]


class HandRequest(Wire, frozen=True, kw_only=True):
    """A booking by hand: `date` and `time` by the business's clock, or an instant as `startsAt`."""

    CHECKS: ClassVar[Mapping[str, Check]] = {
        **WHEN,
        "notes": contacts.lines_problem,
        "address": contacts.lines_problem,
    }

    service_id: Annotated[str, Meta(min_length=1, max_length=64)]
    date: Day | None = None
    time: Time | None = None
    starts_at: At | None = None
    staff_id: Annotated[str, Meta(max_length=64, description="This person and nobody else.")] | None = None
    customer: CustomerRequest
    notes: Notes | None = None
    address: Annotated[Address, Meta(description="Instead of the customer's.")] | None = None
    any_time: Annotated[bool, Meta(description="Whatever is not taken, also what customers are not offered.")] = False
    with_deposit: Annotated[
        bool, Meta(description="The time is held for a day for who pays by the link; else it is confirmed at once.")
    ] = False
    price: Annotated[MoneyGiven, Meta(description="Instead of the service's.")] | None = None

    def order(self, tenant_id: str, *, currency: str, actor: str, key: bytes | None) -> Order:
        contact = self.customer.contact()
        if self.address is not None and self.address.strip():
            contact = CustomerRequest(
                name=contact.name, email=contact.email, phone=contact.phone, address=self.address
            ).contact()
        return Order(
            tenant_id=tenant_id,
            service_id=self.service_id,
            starts=starts(self.date, self.time, self.starts_at),
            contact=contact,
            notes=None if self.notes is None else self.notes.strip() or None,
            staff_id=self.staff_id,
            origin="hand",
            actor=actor,
            any_time=self.any_time,
            with_deposit=self.with_deposit,
            price=None if self.price is None else amount_of("price", self.price, currency, least=0),
            key=key,
        )


class PatchRequest(Wire, frozen=True, kw_only=True):
    """Only what is sent changes; null takes it away."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"notes": contacts.lines_problem, "address": contacts.lines_problem}

    notes: Notes | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET


class StatusRequest(Wire, frozen=True, kw_only=True):
    """What has become of it."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"reason": contacts.lines_problem}

    status: Literal["pending", "confirmed", "in_progress", "completed", "cancelled", "no_show", "expired"]
    reason: Reason | None = None


class ChargeRequest(Wire, frozen=True, kw_only=True):
    """What the job has come to, all in all; what was paid already counts."""

    final_amount: MoneyGiven


class RefundRequest(Wire, frozen=True, kw_only=True):
    """How much goes back; all that is left where no amount is given."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"reason": contacts.lines_problem}

    amount: MoneyGiven | None = None
    reason: Reason | None = None


class EntryView(View, frozen=True, kw_only=True):
    """One thing that happened. `actor` is the person of the business who did it."""

    at: datetime
    kind: Annotated[str, Meta(examples=["confirmed"])]
    by: Literal["customer", "tenant", "system"]
    actor: str | None
    details: dict[str, Any]


class PaymentLineView(View, frozen=True, kw_only=True):
    """One payment of the booking."""

    id: str
    kind: Literal["deposit", "balance"]
    status: str
    amount: MoneyView
    refunded_amount: MoneyView
    created_at: datetime
    paid_at: datetime | None


class RefundLineView(View, frozen=True, kw_only=True):
    """One refund of the booking."""

    id: str
    payment_id: str
    status: str
    amount: MoneyView
    created_at: datetime


class OperationView(View, frozen=True, kw_only=True):
    """A charge or refund that has not ended yet."""

    id: str
    kind: Literal["close_deposit", "refund", "balance"]
    status: str
    amount: MoneyView | None
    final_amount: MoneyView | None
    created_at: datetime


class DetailView(BookingView, frozen=True, kw_only=True):
    """A booking with all that happened. `payments` is null where payments can't be asked at the moment."""

    timeline: list[EntryView]
    payments: list[PaymentLineView] | None
    refunds: list[RefundLineView] | None
    # What can be done now, by the person who asks.
    actions: list[Action]
    refundable: MoneyView
    cancellation_refund: MoneyView
    open_operation: OperationView | None


class MadeView(DetailView, frozen=True, kw_only=True):
    """A booking made by hand, and where its customer finds it."""

    booking_id: str
    manage_token: str
    manage_url: str
    payment: PaymentView | None


class ChargedView(View, frozen=True, kw_only=True):
    """What became of the charge. With `requires_action` the customer pays at `paymentUrl`."""

    payment_id: str
    amount_charged: MoneyView
    status: Literal["succeeded", "requires_action", "failed"]
    payment_url: str | None
    decline_code: str | None
    message: str | None


class RefundPartView(View, frozen=True, kw_only=True):
    """What of it comes from one payment."""

    id: str
    payment_id: str
    amount: MoneyView
    status: str


class RefundedView(View, frozen=True, kw_only=True):
    """What goes back. Pending: it is on its way, and tried again until it has arrived."""

    operation_id: str
    amount: MoneyView
    status: Literal["pending", "succeeded", "failed"]
    refunds: list[RefundPartView]
    amount_paid: MoneyView
    amount_refunded: MoneyView


def amount_of(field: str, given: MoneyGiven, currency: str, *, least: int) -> int:
    """The amount in the currency's smallest unit, or a refusal that names what is wrong with it."""
    amount = given.amount if isinstance(given, MoneyRequest) else given
    named = given.currency if isinstance(given, MoneyRequest) else UNSET
    problem = None
    if named is not UNSET and named != currency:
        problem = f"must be in {currency}"
    elif not least <= amount <= _LARGEST:
        problem = f"must be at least {least} and at most {_LARGEST}"
    elif Money(amount, currency).chargeable().amount != amount:
        problem = "must be an amount that a card can be charged"
    if problem is not None:
        raise errors.Invalid(details={field: problem})
    return amount


def detail_view(detail: Detail, locale: str) -> DetailView:
    return DetailView(**_detail(detail, locale))


def made_view(ordered: Ordered, detail: Detail, manage_url: str) -> MadeView:
    return MadeView(
        **_detail(detail, ordered.locale),
        booking_id=ordered.booking.id,
        manage_token=ordered.manage_token,
        manage_url=manage_url,
        payment=payment_view(ordered.deposit),
    )


def _detail(detail: Detail, locale: str) -> dict[str, Any]:
    booking, money = detail.booking, detail.money
    view = booking_view(booking, locale)

    def shown(amount: int) -> MoneyView:
        return money_view(Money(amount, booking.currency), locale)

    payments, refunds = None, None
    if money is not None:
        payments = [
            PaymentLineView(
                id=one.id,
                kind=one.kind,
                status=one.status,
                amount=shown(one.amount),
                refunded_amount=shown(one.refunded),
                created_at=one.created_at,
                paid_at=one.paid_at,
            )
            for one in money.payments
        ]
        refunds = [
            RefundLineView(
                id=one.id,
                payment_id=one.payment_id,
                status=one.status,
                amount=shown(one.amount),
                created_at=one.created_at,
            )
            for one in money.refunds
        ]
    return {
        **{name: getattr(view, name) for name in BookingView.__struct_fields__},
        "timeline": [
            EntryView(at=one.at, kind=one.kind, by=one.by, actor=one.actor, details=one.details)
            for one in detail.timeline
        ],
        "payments": payments,
        "refunds": refunds,
        "actions": list(detail.actions),
        "refundable": money_view(detail.refundable, locale),
        "cancellation_refund": money_view(detail.cancellation_refund, locale),
        "open_operation": None if detail.operation is None else _operation(detail.operation, locale),
    }


def _operation(operation: Operation, locale: str) -> OperationView:
    def shown(amount: int | None) -> MoneyView | None:
        return None if amount is None else money_view(Money(amount, operation.currency), locale)

    return OperationView(
        id=operation.id,
        kind=operation.kind,
        status=operation.status or "pending",
        amount=shown(operation.amount),
        final_amount=shown(operation.final_amount),
        created_at=operation.created_at,
    )
