"""All that a message about a booking needs to say, asked for when it is sent."""

from dataclasses import dataclass

from services.booking.domain.bookings import Booking
from services.booking.domain.errors import BookingUnknown
from services.booking.store import bookings, copies
from services.booking.store.copies import Tenant
from services.booking.use_cases import links
from services.booking.use_cases.copies import tenant_of
from services.booking.use_cases.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A booking, the business it is with, and the link by which it is managed."""

    booking: Booking
    tenant: Tenant
    manage_url: str


async def letter(tools: Tools, *, tenant_id: str, booking_id: str) -> Letter:
    """Of a booking that somebody was told of. How to reach the business, catalog is asked by whoever writes it."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
        tenant = await copies.tenant(tx, tenant_id)
    if booking is None or booking.state == "draft":
        raise BookingUnknown
    return Letter(
        booking=booking,
        tenant=tenant or await tenant_of(tools, tenant_id),
        manage_url=links.url_of(tools, booking),
    )


async def known(tools: Tools, *, tenant_id: str, booking_id: str) -> Booking:
    """Also one that nobody was told of yet, for it is still being made."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
    if booking is None:
        raise BookingUnknown
    return booking
