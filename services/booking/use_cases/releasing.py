"""The time of a booking that is over is given up, again and again until availability has heard it."""

import logging
from datetime import datetime, timedelta
from typing import Final

from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking
from services.booking.store import bookings, timeline, timers
from services.booking.use_cases import telling
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx

_log = logging.getLogger(__name__)
# Whoever ended the booking says so at once; the clockwork comes in only where that one died, or was not heard.
_SAID_WITHIN: Final = timedelta(seconds=10)


async def expire_in(tools: Tools, tx: Tx, booking: Booking, now: datetime, *, reason: str | None = None) -> None:
    """A booking, locked, that nobody can pay for any more ends."""
    over = life.expired(booking, now)
    await bookings.save(tx, over)
    await timeline.add(tx, over.id, "expired", by="system", at=now, details={"reason": reason} if reason else None)
    await telling.expired(tools, tx, over)
    await owe(tx, over, now)


async def owe(tx: Tx, booking: Booking, now: datetime) -> None:
    """In the transaction that ends the booking. The clock that would end it has nothing to do any more."""
    await timers.drop(tx, booking.id, "expire", "ask", "paid")
    await timers.set_timer(tx, booking.id, "release", now + _SAID_WITHIN, now=now)


async def give_up(tools: Tools, *, tenant_id: str, booking_id: str) -> None:
    """After that transaction. Where availability is away the clockwork goes on with it."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
    if booking is not None and booking.is_over:
        try:
            await tools.availability.release(tenant_id=tenant_id, booking_id=booking_id, version=booking.version)
        except errors.Refusal as refusal:
            _log.warning("a booking's time could not be given up yet", extra={"refusal": refusal.code})
            return
    async with tools.db.transaction(tenant_id) as tx:
        await timers.drop(tx, booking_id, "release")
