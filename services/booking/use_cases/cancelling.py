"""A booking is given up: one transaction decides everything, then its time is released and its money goes back."""

from dataclasses import dataclass

from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking, Party
from services.booking.domain.errors import BookingIsPast, BookingNotFound
from services.booking.domain.operations import still_owed
from services.booking.store import bookings, operations, timeline
from services.booking.use_cases import moving, releasing, telling
from services.booking.use_cases import operations as money
from services.booking.use_cases.tools import Tools
from services.kernel.db import Tx
from services.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The booking, and what comes back of what was paid for it."""

    booking: Booking
    refund: Money


async def cancel(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    by: Party,
    reason: str | None = None,
    actor: str | None = None,
) -> Cancelled:
    """What comes back is what the preview said. Neither availability nor payments is waited for once it is decided."""
    async with tools.db.transaction(tenant_id) as tx:
        cancelled = await _decide(tools, tx, booking_id, by=by, reason=reason, actor=actor)
    await releasing.give_up(tools, tenant_id=tenant_id, booking_id=booking_id)
    await money.act(tools, tenant_id, booking_id)
    return cancelled


async def _decide(
    tools: Tools, tx: Tx, booking_id: str, *, by: Party, reason: str | None, actor: str | None
) -> Cancelled:
    now = tools.clock.now()
    booking = await bookings.lock(tx, booking_id)
    if booking is None or booking.state == "draft":
        raise BookingNotFound
    cancelled = life.cancelled(booking, by=by, reason=reason, now=now)
    if by == "customer" and booking.starts_at <= now:
        raise BookingIsPast
    await moving.close_in(tx, booking, now)
    await bookings.save(tx, cancelled)
    await telling.cancelled(tools, tx, cancelled)
    await releasing.owe(tx, cancelled, now)
    owed = still_owed(cancelled, await operations.of_booking(tx, booking_id))
    refund = Money(owed, booking.currency)
    details = {"percent": cancelled.cancel_percent, "refund": owed, "currency": booking.currency, "reason": reason}
    await timeline.add(tx, booking_id, "cancelled", by=by, actor=actor, at=now, details=details)
    # Whatever is open, a link to pay at too, is closed or comes to its end.
    await money.see_to(tx, cancelled, now)
    if booking.state == "pending" and booking.needs_deposit:
        await money.open_in(tx, cancelled, "close_deposit", cause="cancelled", now=now)
    if owed:
        await money.refund_in(tx, cancelled, cause="cancelled", amount=owed, now=now)
    return Cancelled(cancelled, refund)
