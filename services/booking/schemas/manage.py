"""What a customer sees by the link of a booking, and may ask for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from services.booking.domain import contacts
from services.booking.domain.terms import Deadline, deadlines, sentences
from services.booking.schemas import View
from services.booking.schemas.book import PaymentView, payment_view
from services.booking.schemas.shown import BookingView, booking_view
from services.booking.use_cases.managing import Managed
from services.kernel.http.bodies import Check, Wire
from services.kernel.http.money import MoneyView, money_view
from services.kernel.money import Money

Reason = Annotated[str, Meta(max_length=contacts.LONGEST_NOTES, description="For the business to read.")]


class CancelRequest(Wire, frozen=True, kw_only=True):
    """Why, if one likes to say."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"reason": contacts.lines_problem}

    reason: Reason | None = None


class BusinessView(View, frozen=True, kw_only=True):
    """Whom the customer has booked."""

    name: str
    slug: str
    phone: str | None
    address: str | None
    timezone: str
    locale: str
    brand_color: str
    logo_url: str | None


class DeadlineView(View, frozen=True, kw_only=True):
    """Cancelled up to this instant, so much of what was paid comes back."""

    until: datetime
    refund_percent: int
    refund: MoneyView


class TermsView(View, frozen=True, kw_only=True):
    """As they were agreed when it was booked, with the dates that follow from its time."""

    deadlines: list[DeadlineView]
    sentences: list[str]


class CancellationView(View, frozen=True, kw_only=True):
    """What would come back if it were cancelled at this moment, and up to when it stays so."""

    allowed: bool
    refund: MoneyView
    refund_percent: int
    until: datetime | None


class MovingView(View, frozen=True, kw_only=True):
    """Whether another time can be chosen."""

    allowed: bool


class ManagedView(BookingView, frozen=True, kw_only=True):
    """A booking for its customer. `payment` only while its deposit can be paid, until `expiresAt`."""

    business: BusinessView
    terms: TermsView
    cancellation: CancellationView
    rescheduling: MovingView
    payment: PaymentView | None


class CancelledView(View, frozen=True, kw_only=True):
    """It is cancelled, and this comes back."""

    booking: BookingView
    status: str
    refund: MoneyView
    refund_percent: int


def managed_view(managed: Managed, now: datetime) -> ManagedView:
    booking, tenant = managed.booking, managed.tenant
    shown = booking_view(booking, tenant.locale)
    zone, cap = booking.terms.zone, booking.refund_cap_percent
    told = deadlines(booking.terms, booking.starts_at, cap)
    until = next((one.until for one in told if now <= one.until), None)
    return ManagedView(
        **{name: getattr(shown, name) for name in BookingView.__struct_fields__},
        business=BusinessView(
            name=tenant.name,
            slug=tenant.slug,
            phone=managed.contact.phone,
            address=managed.contact.address,
            timezone=tenant.zone,
            locale=tenant.locale,
            brand_color=tenant.brand_color,
            logo_url=tenant.logo_url,
        ),
        terms=TermsView(
            deadlines=[_deadline(one, managed) for one in told],
            sentences=list(sentences(booking.terms, booking.starts_at, cap)),
        ),
        cancellation=CancellationView(
            allowed=managed.may_cancel,
            refund=money_view(managed.refund, tenant.locale),
            refund_percent=managed.percent,
            until=until.astimezone(zone) if until is not None and managed.may_cancel else None,
        ),
        rescheduling=MovingView(allowed=managed.may_move),
        payment=payment_view(managed.deposit),
    )


def _deadline(deadline: Deadline, managed: Managed) -> DeadlineView:
    """Of what was paid, or is about to be."""
    booking, tenant = managed.booking, managed.tenant
    whole = Money(max(booking.paid, booking.deposit), booking.currency)
    percent = deadline.refund_percent
    back = whole if percent >= 100 else whole.share(percent * 100).chargeable()  # noqa: PLR2004 - all of it
    return DeadlineView(
        until=deadline.until.astimezone(booking.terms.zone),
        refund_percent=percent,
        refund=money_view(back, tenant.locale),
    )
