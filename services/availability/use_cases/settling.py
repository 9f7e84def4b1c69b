"""What booking says of its bookings by itself, and what it is asked about."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar

from services.availability.domain.claims import Booking
from services.availability.store import bookings
from services.availability.use_cases.claims import end, keep, release, settle, still_has
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.tools import Tools
from services.contracts.booking import BookingCancelled, BookingConfirmed, BookingExpired, BookingMoved
from services.kernel import inbox
from services.kernel.db import Tx
from services.kernel.events import Delivery

Standing = TypeVar("Standing", BookingConfirmed, BookingMoved)
Ended = TypeVar("Ended", BookingCancelled, BookingExpired)

_OVER: Final = frozenset({"cancelled", "expired"})
_STANDS: Final = frozenset({"confirmed", "in_progress", "completed", "no_show"})


class _TimeChanges(Exception):  # noqa: N818 - it is no error: the same is done again, and all are told
    """More than a note has to be taken."""


async def stands(tools: Tools, *, delivery: Delivery[Standing]) -> None:
    """The booking's time is its own for good; where the call that said so was lost, it is taken now.

    Versions put late and early events in their order, so each is applied as it comes. A refusal is not caught: booking never says this of a time that it does not have, so somebody must look at it.
    """
    fact = delivery.event

    async def act(tx: Tx, *, tells: bool) -> None:
        if not await inbox.take(tx, delivery):
            return
        now = tools.clock.now()
        booking = await bookings.lock_or_add(tx, fact.booking_id, now)
        settled = replace(booking, settled=True, reference=fact.reference, version=max(booking.version, fact.version))
        is_past = booking.is_past(fact.version)
        if booking.state == "booked":
            await settle(tx, settled, now)
        elif is_past and booking.is_over:
            await still_has(tx, settled, now)
        elif not is_past:
            if not tells:
                raise _TimeChanges
            await keep(tx, _as_told(settled, fact), now)

    await _quietly_if_possible(tools, fact.tenant_id, act)


async def ended(tools: Tools, *, delivery: Delivery[Ended]) -> None:
    """The booking's time is free; mostly a call has said so already."""
    fact = delivery.event

    async def act(tx: Tx, *, tells: bool) -> None:
        if not await inbox.take(tx, delivery):
            return
        now = tools.clock.now()
        booking = await bookings.lock_or_add(tx, fact.booking_id, now)
        if fact.version < booking.version:
            return
        if not booking.is_over and not tells:
            raise _TimeChanges
        await end(tx, booking, fact.version, now)

    await _quietly_if_possible(tools, fact.tenant_id, act)


async def ask_about(tools: Tools, *, tenant_id: str, booking_id: str) -> None:
    """Whether a booking that nobody has spoken of stands. Only a clear no gives up its time."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
    if booking is None or booking.state != "booked" or booking.settled:
        return
    facts = await tools.booking.claim(tenant_id, booking_id)
    if facts is None:
        # Of that version: if anything was said of it meanwhile, this counts no more.
        await release(tools, tenant_id=tenant_id, booking_id=booking_id, version=booking.version)
    elif facts.state in _OVER:
        await release(tools, tenant_id=tenant_id, booking_id=booking_id, version=facts.version)
    elif facts.state in _STANDS:
        await _settle(tools, tenant_id, booking_id)


async def _settle(tools: Tools, tenant_id: str, booking_id: str) -> None:
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.lock(tx, booking_id)
        if booking is not None and booking.state == "booked":
            await settle(tx, booking, tools.clock.now())


def _as_told(booking: Booking, fact: BookingConfirmed | BookingMoved) -> Booking:
    """A booking of which nothing is known here, or no longer, is what the event says."""
    if booking.state != "lapsed":
        return booking
    return replace(
        booking,
        service_id=fact.service_id,
        staff_id=fact.staff_id,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
    )


async def _quietly_if_possible(tools: Tools, tenant_id: str, act: Callable[..., Awaitable[None]]) -> None:
    """A note about a booking changes nobody's time, and what is kept of slots stays good."""
    try:
        async with tools.db.transaction(tenant_id) as tx:
            await act(tx, tells=False)
    except _TimeChanges:
        async with changing(tools, tenant_id) as tx:
            await act(tx, tells=True)
