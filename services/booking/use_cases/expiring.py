"""The end of the time to pay. First nobody can pay any more, and only then does the booking end."""

import logging
from datetime import timedelta
from typing import Final

from services.booking.domain.bookings import Booking
from services.booking.store import bookings, timers
from services.booking.use_cases import paying, releasing
from services.booking.use_cases.tools import Tools
from services.kernel import errors

_log = logging.getLogger(__name__)
# A payment whose outcome the bank has not told yet keeps its time for so long, each time it is asked about.
_PROCESSING: Final = timedelta(minutes=5)


async def end_time_to_pay(tools: Tools, *, tenant_id: str, booking_id: str) -> None:
    """Where payments is away, the clockwork comes again; the booking stays pending until it is certain."""
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
        if booking is None or booking.state != "pending" or booking.expires_at is None:
            await timers.drop(tx, booking_id, "expire")
            return
        if booking.expires_at > now:
            await timers.set_timer(tx, booking_id, "expire", booking.expires_at, now=now)
            return
    closed = await tools.payments.close_deposit(tenant_id=tenant_id, booking_id=booking_id)
    if closed.outcome == "succeeded":
        await paying.settle_as_known(tools, tenant_id=tenant_id, booking_id=booking_id)
    elif closed.outcome == "processing":
        await _keep_time(tools, booking)
    else:
        await expire(tools, tenant_id=tenant_id, booking_id=booking_id)


async def expire(tools: Tools, *, tenant_id: str, booking_id: str) -> None:
    """Nobody can pay for it any more."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.lock(tx, booking_id)
        if booking is None or booking.state != "pending":
            return
        await releasing.expire_in(tools, tx, booking, tools.clock.now())
    await releasing.give_up(tools, tenant_id=tenant_id, booking_id=booking_id)


async def _keep_time(tools: Tools, booking: Booking) -> None:
    try:
        await tools.availability.renew(
            tenant_id=booking.tenant_id,
            booking_id=booking.id,
            version=booking.version,
            seconds=int(_PROCESSING.total_seconds()),
        )
    except errors.Conflict as refusal:
        # Gone already: if the payment succeeds after all, it is taken again, or all of it goes back.
        _log.warning("a payment is still processing, and its time is gone", extra={"refusal": refusal.code})
