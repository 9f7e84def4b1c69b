"""Drafts that come to nothing: whatever was taken for one is given back, until nothing is left of it anywhere."""

import logging
from dataclasses import replace
from typing import Final

from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking
from services.booking.store import bookings, customers, timeline, timers
from services.booking.use_cases import operations, telling
from services.booking.use_cases.tools import Tools
from services.kernel import errors

_log = logging.getLogger(__name__)
_PAID: Final = "a deposit was paid that nobody had been asked for"


async def discard(tools: Tools, draft: Booking) -> None:
    """Nothing was taken for it."""
    async with tools.db.transaction(draft.tenant_id) as tx:
        await bookings.delete(tx, draft.id)
        await timers.drop(tx, draft.id, "draft")


async def abandon(tools: Tools, draft: Booking) -> None:
    """Something may have been taken for it: its time is given back now, the rest by the clockwork."""
    now = tools.clock.now()
    async with tools.db.transaction(draft.tenant_id) as tx:
        locked = await bookings.lock(tx, draft.id)
        if locked is None or locked.state != "draft":
            return
        await bookings.save(tx, replace(locked, given_up=True))
        await timers.set_timer(tx, draft.id, "draft", now, now=now)
    await _is_released(tools, draft)


async def end_stale(tools: Tools, *, tenant_id: str, booking_id: str) -> None:
    """One that nobody carries on with. Where a neighbour is away, the clockwork comes again.

    Nobody was told how to pay for it, so its time needs not wait for payments.
    """
    async with tools.db.transaction(tenant_id) as tx:
        draft = await bookings.lock(tx, booking_id)
        if draft is None or draft.state != "draft":
            await timers.drop(tx, booking_id, "draft")
            return
        if not draft.given_up:
            await bookings.save(tx, replace(draft, given_up=True))
    is_released = await _is_released(tools, draft)
    if draft.needs_deposit:
        closed = await tools.payments.close_deposit(tenant_id=tenant_id, booking_id=booking_id)
        if closed.outcome == "processing":
            return
        if closed.outcome == "succeeded":
            await _send_back(tools, tenant_id, booking_id)
            return
    if is_released:
        await discard(tools, draft)


async def _is_released(tools: Tools, draft: Booking) -> bool:
    try:
        await tools.availability.release(tenant_id=draft.tenant_id, booking_id=draft.id, version=draft.version + 1)
    except errors.Refusal as refusal:
        _log.warning("a draft's time could not be given back yet", extra={"refusal": refusal.code})
        return False
    return True


async def _send_back(tools: Tools, tenant_id: str, booking_id: str) -> None:
    """Nobody was ever told how to pay for it. If somebody has paid all the same, it is a booking that went wrong."""
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        draft = await bookings.lock(tx, booking_id)
        if draft is None or draft.state != "draft":
            return
        over = replace(life.expired(draft, now), customer_id=await customers.of_contact(tx, draft.contact, now))
        await bookings.save(tx, over)
        await timeline.add(tx, over.id, "expired", by="system", at=now, details={"reason": _PAID})
        await telling.deposit_unclaimed(tools, tx, over)
        await operations.refund_in(tx, over, cause="unclaimed", amount=None, now=now)
        await timers.drop(tx, over.id, "draft")
        await timers.set_timer(tx, over.id, "release", now, now=now)
    await operations.act(tools, tenant_id=tenant_id, booking_id=booking_id)
