"""A booking as answers show it, to its customer and to the business."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking, DepositStatus, Origin, Party, State
from services.booking.schemas import View
from services.kernel.http.money import MoneyView, money_view
from services.kernel.money import Money


class CustomerView(View, frozen=True, kw_only=True):
    """The contact as it was given with this booking."""

    id: str | None
    name: str
    email: str
    phone: str
    address: str | None


class BookingView(View, frozen=True, kw_only=True):
    """A booking. Its instants are told with the offset of the zone in which it was agreed."""

    id: str
    reference: Annotated[str, Meta(examples=["K7M-2QXP"])]
    status: State
    deposit_status: DepositStatus
    service_id: str
    service_name: str
    staff_id: str | None
    starts_at: datetime
    ends_at: datetime | None
    timezone: Annotated[str, Meta(examples=["Pacific/Auckland"])]
    # None: told after the job.
    price: MoneyView | None
    final_amount: MoneyView | None
    deposit_amount: MoneyView | None
    amount_paid: MoneyView
    amount_refunded: MoneyView
    amount_due: MoneyView
    customer: CustomerView
    notes: str | None
    origin: Origin
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: Party | None
    cancel_reason: str | None


def booking_view(booking: Booking, locale: str) -> BookingView:
    zone, contact = booking.terms.zone, booking.contact

    def shown(amount: int) -> MoneyView:
        return money_view(Money(amount, booking.currency), locale)

    return BookingView(
        id=booking.id,
        reference=booking.reference,
        status=booking.state,
        deposit_status=booking.deposit_status,
        service_id=booking.service_id,
        service_name=booking.service_name,
        staff_id=booking.staff_id,
        starts_at=booking.starts_at.astimezone(zone),
        ends_at=None if booking.ends_at is None else booking.ends_at.astimezone(zone),
        timezone=zone.key,
        price=None if booking.price is None else shown(booking.price),
        final_amount=None if booking.final_amount is None else shown(booking.final_amount),
        deposit_amount=shown(booking.deposit) if booking.needs_deposit else None,
        amount_paid=shown(booking.paid),
        amount_refunded=shown(booking.refunded),
        amount_due=shown(life.amount_due(booking).amount),
        customer=CustomerView(
            id=booking.customer_id,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            address=contact.address,
        ),
        notes=booking.notes,
        origin=booking.origin,
        created_at=booking.created_at,
        updated_at=booking.changed_at,
        expires_at=booking.expires_at if booking.state == "pending" else None,
        cancelled_at=booking.cancelled_at,
        cancelled_by=booking.cancelled_by,
        cancel_reason=booking.cancel_reason,
    )
