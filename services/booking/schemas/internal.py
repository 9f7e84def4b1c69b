"""What other contexts are told of a booking when they ask."""

from datetime import datetime

from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking
from services.booking.domain.terms import sentences
from services.booking.schemas import View
from services.booking.use_cases.letters import Letter


class ClaimView(View, frozen=True, kw_only=True):
    """Whether a booking still needs its time."""

    state: str
    version: int


class AddresseeView(View, frozen=True, kw_only=True):
    """The customer, as given with this booking."""

    name: str
    email: str
    phone: str
    address: str | None


class LetterView(View, frozen=True, kw_only=True):
    """All that a message about a booking needs. Amounts are in the currency's smallest unit."""

    booking_id: str
    reference: str
    state: str
    version: int
    service_name: str
    staff_id: str | None
    starts_at: datetime
    ends_at: datetime | None
    expires_at: datetime | None
    timezone: str
    locale: str
    currency: str
    price: int | None
    deposit: int
    paid: int
    refunded: int
    due: int
    customer: AddresseeView
    notes: str | None
    manage_url: str
    business_name: str
    slug: str
    brand_color: str
    logo_url: str | None
    terms: list[str]
    cancelled_by: str | None
    cancel_reason: str | None
    sequence: int


def claim_view(booking: Booking) -> ClaimView:
    return ClaimView(state=booking.state, version=booking.version)


def letter_view(letter: Letter) -> LetterView:
    booking, tenant = letter.booking, letter.tenant
    contact, zone = booking.contact, booking.terms.zone
    return LetterView(
        booking_id=booking.id,
        reference=booking.reference,
        state=booking.state,
        version=booking.version,
        service_name=booking.service_name,
        staff_id=booking.staff_id,
        starts_at=booking.starts_at.astimezone(zone),
        ends_at=None if booking.ends_at is None else booking.ends_at.astimezone(zone),
        expires_at=booking.expires_at,
        timezone=zone.key,
        locale=tenant.locale,
        currency=booking.currency,
        price=booking.price,
        deposit=booking.deposit,
        paid=booking.paid,
        refunded=booking.refunded,
        due=life.amount_due(booking).amount,
        customer=AddresseeView(name=contact.name, email=contact.email, phone=contact.phone, address=contact.address),
        notes=booking.notes,
        manage_url=letter.manage_url,
        business_name=tenant.name,
        slug=tenant.slug,
        brand_color=tenant.brand_color,
        logo_url=tenant.logo_url,
        terms=list(sentences(booking.terms, booking.starts_at, booking.refund_cap_percent)),
        cancelled_by=booking.cancelled_by,
        cancel_reason=booking.cancel_reason,
        sequence=booking.sequence,
    )
