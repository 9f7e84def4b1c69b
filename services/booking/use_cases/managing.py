"""What a customer sees and does by the link of a booking, without any login."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from services.booking.clients import BusinessContact, Deposit
from services.booking.domain import appointment
from services.booking.domain import bookings as life
from services.booking.domain.appointment import Appointment, Standing
from services.booking.domain.bookings import Booking
from services.booking.domain.errors import BookingIsPast, InvalidStatusChange
from services.booking.domain.moves import refuse_move_now
from services.booking.domain.operations import still_owed
from services.booking.store import bookings, operations
from services.booking.store.copies import Tenant
from services.booking.use_cases import links
from services.booking.use_cases.copies import tenant_of
from services.booking.use_cases.deposits import deposit_of
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.money import Money
from services.kernel.secrets import same

_log = logging.getLogger(__name__)
# A page is shown without what others are too slow to tell.
_PATIENCE: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """A booking as its customer may see it at this moment."""

    booking: Booking
    tenant: Tenant
    contact: BusinessContact
    # While it can still be paid.
    deposit: Deposit | None
    # What came back, or would if it were cancelled now.
    refund: Money
    percent: int
    may_cancel: bool
    may_move: bool


async def found(tools: Tools, token: str) -> Booking:
    """The booking that the link leads to; a link that leads nowhere, or no longer, looks like any other."""
    link = await links.led_to(tools, token)
    async with tools.db.transaction(link.tenant_id) as tx:
        booking = await bookings.find(tx, link.booking_id)
    if booking is None or booking.state == "draft" or not same(token, links.token_of(tools, booking)):
        raise errors.NotFound
    await tools.limits.spend("manage", booking.id, per_minute=60, burst=60)
    return booking


async def look(tools: Tools, booking: Booking) -> Managed:
    tenant = await tenant_of(tools, booking.tenant_id)
    contact, deposit = await asyncio.gather(contact_of(tools, tenant), _payable(tools, booking))
    return await _seen(tools, booking, tenant, contact, deposit)


async def _seen(
    tools: Tools, booking: Booking, tenant: Tenant, contact: BusinessContact, deposit: Deposit | None
) -> Managed:
    now = tools.clock.now()
    may_cancel = may_be_cancelled(booking, now)
    if may_cancel:
        percent = life.percent_back(booking, by="customer", now=now)
        refund = await preview(tools, booking, now)
    else:
        percent = booking.cancel_percent or 0
        refund = booking.money_refunded
    return Managed(
        booking=booking,
        tenant=tenant,
        contact=contact,
        deposit=deposit,
        refund=refund,
        percent=percent,
        may_cancel=may_cancel,
        may_move=may_be_moved(booking, now),
    )


async def preview(tools: Tools, booking: Booking, now: datetime) -> Money:
    """By the same function as the act: the booking is cancelled, only that nobody is told of it."""
    cancelled = life.cancelled(booking, by="customer", reason=None, now=now)
    async with tools.db.transaction(booking.tenant_id) as tx:
        owed = still_owed(cancelled, await operations.of_booking(tx, booking.id))
    return Money(owed, booking.currency)


def may_be_cancelled(booking: Booking, now: datetime) -> bool:
    """By the customer, before it begins."""
    return booking.state in {"pending", "confirmed"} and now < booking.starts_at


def may_be_moved(booking: Booking, now: datetime) -> bool:
    try:
        refuse_move_now(booking, by="customer", now=now)
    except (InvalidStatusChange, BookingIsPast):
        return False
    return True


def calendar_file(tools: Tools, booking: Booking, tenant: Tenant) -> bytes:
    standing: Standing = "CONFIRMED"
    if booking.is_over:
        standing = "CANCELLED"
    elif booking.state == "pending":
        standing = "TENTATIVE"
    entry = Appointment(
        booking_id=booking.id,
        standing=standing,
        sequence=booking.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.held_until,
        changed_at=booking.changed_at,
        title=f"{booking.service_name} · {tenant.name}",
        description=f"{tenant.name}\n{booking.service_name}\n{booking.reference}",
        place=booking.contact.address,
    )
    return appointment.written(entry, host=urlsplit(tools.settings.public_url).hostname or "localhost")


async def contact_of(tools: Tools, tenant: Tenant) -> BusinessContact:
    """How the business is reached, where catalog can tell."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await tools.catalog.contact(tenant.slug)
    except (errors.Refusal, TimeoutError):
        _log.info("a page is shown without how the business is reached", extra={"tenant": tenant.tenant_id})
        return BusinessContact()


async def _payable(tools: Tools, booking: Booking) -> Deposit | None:
    """What is needed to pay, where payments can tell."""
    if booking.state != "pending" or booking.paid or not booking.needs_deposit:
        return None
    if booking.expires_at is not None and booking.expires_at <= tools.clock.now():
        return None
    try:
        return await deposit_of(tools, booking)
    except errors.Refusal as refusal:
        _log.warning("a deposit can't be asked for at the moment", extra={"refusal": refusal.code})
        return None
