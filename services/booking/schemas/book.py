"""What a customer sends to book, and is told."""

from collections.abc import Mapping
from datetime import date as day_of_calendar
from datetime import datetime
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from services.booking.clients import Deposit
from services.booking.domain import contacts, wall
from services.booking.domain.bookings import Contact
from services.booking.schemas import View
from services.booking.use_cases.ordering import Order, Ordered, WallTime
from services.kernel import errors
from services.kernel.http.bodies import Check, Wire
from services.kernel.http.money import MoneyView, money_view
from services.kernel.ids import is_id
from services.kernel.money import Money

# A field of that name would hide the type.
Day = day_of_calendar


def _staff_problem(text: str) -> str | None:
    return None if is_id(text) else "must be an id"


class CustomerRequest(Wire, frozen=True, kw_only=True):
    """Who books: kept as given."""

    CHECKS: ClassVar[Mapping[str, Check]] = {
        "name": contacts.name_problem,
        "email": contacts.email_problem,
        "phone": contacts.phone_problem,
        "address": contacts.lines_problem,
    }

    name: Annotated[str, Meta(min_length=1, max_length=contacts.LONGEST_NAME, examples=["Ana Müller"])]
    email: Annotated[str, Meta(min_length=1, max_length=contacts.LONGEST_EMAIL, examples=["ana@example.com"])]
    phone: Annotated[str, Meta(min_length=1, max_length=contacts.LONGEST_PHONE, examples=["+64 21 555 0123"])]
    address: Annotated[str, Meta(max_length=contacts.LONGEST_ADDRESS)] | None = None

    def contact(self) -> Contact:
        address = None if self.address is None else self.address.strip()
        return Contact(
            name=self.name.strip(), email=self.email.strip(), phone=self.phone.strip(), address=address or None
        )


class BookRequest(Wire, frozen=True, kw_only=True):
    """A service at a time: `date` and `time` by the business's clock, or an instant as `startsAt`."""

    CHECKS: ClassVar[Mapping[str, Check]] = {
        "date": wall.day_problem,
        "time": wall.time_problem,
        "starts_at": wall.instant_problem,
        "notes": contacts.lines_problem,
        "staff_id": _staff_problem,
    }

    service_id: Annotated[str, Meta(min_length=1, max_length=64)]
    date: (
        Annotated[Day, Meta(description="In the business's zone; together with `time`.", examples=["2026-03-14"])]
        | None
    ) = None
    time: (
        Annotated[str, Meta(description="In an hour that comes twice, its first pass.", examples=["09:30"])] | None
    ) = None
    starts_at: Annotated[datetime, Meta(tz=True, description="Instead of `date` and `time`.")] | None = None
    customer: CustomerRequest
    notes: Annotated[str, Meta(max_length=contacts.LONGEST_NOTES)] | None = None
    staff_id: Annotated[str, Meta(max_length=64, description="This person and nobody else.")] | None = None
    save_card: Annotated[bool, Meta(description="Whether the card may be charged for the rest after the job.")] = True
    replaces: (
        Annotated[
            str, Meta(max_length=200, description="The `manageToken` of one's own pending booking, given up for this.")
        ]
        | None
    ) = None

    def order(self, tenant_id: str, *, key: bytes | None) -> Order:
        return Order(
            tenant_id=tenant_id,
            service_id=self.service_id,
            starts=starts(self.date, self.time, self.starts_at),
            contact=self.customer.contact(),
            notes=None if self.notes is None else self.notes.strip() or None,
            staff_id=self.staff_id,
            save_card=self.save_card,
            replaces=self.replaces,
            key=key,
        )


_EITHER: Final = "either startsAt or date and time is required"


def starts(day: Day | None, clock_time: str | None, at: datetime | None) -> datetime | WallTime:
    """The one way to say when, or a refusal that names what is missing or too much."""
    if at is not None:
        if day is None and clock_time is None:
            return at
        raise errors.Invalid(details={"startsAt": "must not come together with date and time"})
    if day is not None and clock_time is not None:
        return WallTime(day, clock_time)
    if day is None and clock_time is None:
        raise errors.Invalid(details={"startsAt": _EITHER})
    raise errors.Invalid(details={"time" if clock_time is None else "date": "is required"})


class PaymentView(View, frozen=True, kw_only=True):
    """What Stripe's browser library needs. `apiBase` only where it is not Stripe's own."""

    client_secret: str
    stripe_account_id: str
    publishable_key: str
    api_base: str | None = None


class BookedView(View, frozen=True, kw_only=True):
    """The booking that was made. `payment` only where a deposit is still to be paid, until `expiresAt`."""

    booking_id: str
    reference: Annotated[str, Meta(examples=["K7M-2QXP"])]
    status: str
    manage_token: str
    service_id: str
    staff_id: str | None
    starts_at: datetime
    ends_at: datetime | None
    deposit_amount: MoneyView | None
    expires_at: datetime | None
    payment: PaymentView | None
    stripe_client_secret: str | None
    stripe_account_id: str | None


def payment_view(deposit: Deposit | None) -> PaymentView | None:
    """Nothing where nothing is left to be done in the browser."""
    if deposit is None or deposit.client_secret is None:
        return None
    return PaymentView(
        client_secret=deposit.client_secret,
        stripe_account_id=deposit.stripe_account_id,
        publishable_key=deposit.publishable_key,
        api_base=deposit.api_base,
    )


def booked_view(ordered: Ordered) -> BookedView:
    booking, zone = ordered.booking, ordered.booking.terms.zone
    payment = payment_view(ordered.deposit)
    asked = Money(booking.deposit, booking.currency) if booking.needs_deposit else None
    return BookedView(
        booking_id=booking.id,
        reference=booking.reference,
        status=booking.state,
        manage_token=ordered.manage_token,
        service_id=booking.service_id,
        staff_id=booking.staff_id,
        starts_at=booking.starts_at.astimezone(zone),
        ends_at=None if booking.ends_at is None else booking.ends_at.astimezone(zone),
        deposit_amount=None if asked is None else money_view(asked, ordered.locale),
        expires_at=None if booking.state != "pending" else booking.expires_at,
        payment=payment,
        stripe_client_secret=None if payment is None else payment.client_secret,
        stripe_account_id=None if payment is None else payment.stripe_account_id,
    )
