"""What the other contexts are told when a booking has changed, in the transaction that changed it."""

from datetime import datetime

from services.booking.domain.bookings import Booking
from services.booking.use_cases.tools import Tools
from services.contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDepositUnclaimed,
    BookingExpired,
    BookingMissed,
    BookingMoved,
    BookingRequested,
    BookingStarted,
)
from services.kernel.db import Tx
from services.kernel.events import Event


async def requested(tools: Tools, tx: Tx, booking: Booking) -> None:
    if booking.expires_at is None:
        raise AssertionError("who may still pay may do so until some instant")
    event = BookingRequested(
        tenant_id=booking.tenant_id,
        booking_id=booking.id,
        version=booking.version,
        reference=booking.reference,
        service_id=booking.service_id,
        staff_id=booking.held_staff_id,
        starts_at=booking.starts_at,
        ends_at=booking.held_until,
        expires_at=booking.expires_at,
    )
    await _add(tools, tx, booking, event)


async def confirmed(tools: Tools, tx: Tx, booking: Booking) -> None:
    event = BookingConfirmed(
        tenant_id=booking.tenant_id,
        booking_id=booking.id,
        version=booking.version,
        reference=booking.reference,
        service_id=booking.service_id,
        staff_id=booking.held_staff_id,
        starts_at=booking.starts_at,
        ends_at=booking.held_until,
    )
    await _add(tools, tx, booking, event)


async def moved(tools: Tools, tx: Tx, booking: Booking, *, former_starts_at: datetime) -> None:
    event = BookingMoved(
        tenant_id=booking.tenant_id,
        booking_id=booking.id,
        version=booking.version,
        reference=booking.reference,
        service_id=booking.service_id,
        staff_id=booking.held_staff_id,
        starts_at=booking.starts_at,
        ends_at=booking.held_until,
        former_starts_at=former_starts_at,
    )
    await _add(tools, tx, booking, event)


async def cancelled(tools: Tools, tx: Tx, booking: Booking) -> None:
    if booking.cancelled_by is None:
        raise AssertionError("somebody has cancelled it")
    event = BookingCancelled(
        tenant_id=booking.tenant_id, booking_id=booking.id, version=booking.version, by=booking.cancelled_by
    )
    await _add(tools, tx, booking, event)


async def expired(tools: Tools, tx: Tx, booking: Booking) -> None:
    event = BookingExpired(tenant_id=booking.tenant_id, booking_id=booking.id, version=booking.version)
    await _add(tools, tx, booking, event)


async def deposit_unclaimed(tools: Tools, tx: Tx, booking: Booking) -> None:
    event = BookingDepositUnclaimed(tenant_id=booking.tenant_id, booking_id=booking.id, version=booking.version)
    await _add(tools, tx, booking, event)


async def started(tools: Tools, tx: Tx, booking: Booking) -> None:
    event = BookingStarted(tenant_id=booking.tenant_id, booking_id=booking.id, version=booking.version)
    await _add(tools, tx, booking, event)


async def completed(tools: Tools, tx: Tx, booking: Booking) -> None:
    event = BookingCompleted(tenant_id=booking.tenant_id, booking_id=booking.id, version=booking.version)
    await _add(tools, tx, booking, event)


async def missed(tools: Tools, tx: Tx, booking: Booking) -> None:
    event = BookingMissed(tenant_id=booking.tenant_id, booking_id=booking.id, version=booking.version)
    await _add(tools, tx, booking, event)


async def _add(tools: Tools, tx: Tx, booking: Booking, event: Event) -> None:
    await tools.outbox.add(tx, event, about=booking.id)
