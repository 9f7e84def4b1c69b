"""All that a message about a booking needs to say, asked for when it is sent."""

import logging
from dataclasses import dataclass

from services.booking.clients import BusinessContact
from services.booking.domain.bookings import Booking
from services.booking.domain.errors import BookingNotFound
from services.booking.store import bookings
from services.booking.store.copies import Tenant
from services.booking.use_cases import links
from services.booking.use_cases.copies import tenant_of
from services.booking.use_cases.tools import Tools
from services.kernel import errors

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A booking, the business it is with, and the link by which it is managed."""

    booking: Booking
    tenant: Tenant
    contact: BusinessContact
    manage_url: str


async def letter(tools: Tools, *, tenant_id: str, booking_id: str) -> Letter:
    """How to reach the business is left out where catalog is away: no message waits for that."""
    booking = await made(tools, tenant_id=tenant_id, booking_id=booking_id)
    tenant = await tenant_of(tools, tenant_id)
    try:
        contact = await tools.catalog.contact(tenant.slug)
    except errors.Refusal as refusal:
        _log.warning("catalog does not say how to reach a business", extra={"refusal": refusal.code})
        contact = BusinessContact()
    return Letter(booking=booking, tenant=tenant, contact=contact, manage_url=links.url_of(tools, booking))


async def made(tools: Tools, *, tenant_id: str, booking_id: str) -> Booking:
    """A booking that somebody was told of."""
    booking = await known(tools, tenant_id=tenant_id, booking_id=booking_id)
    if booking.state == "draft":
        raise BookingNotFound
    return booking


async def known(tools: Tools, *, tenant_id: str, booking_id: str) -> Booking:
    """Also one that is still being made."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
    if booking is None:
        raise BookingNotFound
    return booking
