"""The day of the job: it begins, it is done, the customer was not there; notes and the address are put right."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking
from services.booking.domain.errors import BookingNotFound
from services.booking.store import bookings, moves, timeline
from services.booking.use_cases import moving, telling
from services.booking.use_cases import operations as money
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx

Step: TypeAlias = Literal["in_progress", "completed", "no_show"]

_TRIES: Final = 3
_TELL: Final[dict[Step, Callable[[Tools, Tx, Booking], Awaitable[None]]]] = {
    "in_progress": telling.started,
    "completed": telling.completed,
    "no_show": telling.missed,
}
_TURN: Final = {"in_progress": life.started, "completed": life.completed, "no_show": life.missed}


async def turn(
    tools: Tools, *, tenant_id: str, booking_id: str, step: Step, actor: str, reason: str | None = None
) -> Booking:
    """A move that is still open comes to its end before, so that the booking and its time agree."""
    turned = await _turned(tools, tenant_id, booking_id, step=step, actor=actor, reason=reason)
    # Who was not there owes nothing, and finds no link to pay at.
    await money.act(tools, tenant_id, booking_id)
    return turned


async def _turned(
    tools: Tools, tenant_id: str, booking_id: str, *, step: Step, actor: str, reason: str | None
) -> Booking:
    for _ in range(_TRIES):
        async with tools.db.transaction(tenant_id) as tx:
            booking = await _locked(tx, booking_id)
            now = tools.clock.now()
            turned = _TURN[step](booking, now)
            if await moves.open_of(tx, booking_id) is None:
                await bookings.save(tx, turned)
                await _TELL[step](tools, tx, turned)
                await money.see_to(tx, turned, now)
                details = {"reason": reason} if reason else None
                await timeline.add(tx, booking_id, step, by="tenant", actor=actor, at=now, details=details)
                return turned
        await moving.finish(tools, tenant_id=tenant_id, booking_id=booking_id)
    raise errors.Unavailable


async def correct(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    actor: str,
    notes: str | UnsetType | None = UNSET,
    address: str | UnsetType | None = UNSET,
) -> Booking:
    """Only what is given changes."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await _locked(tx, booking_id)
        corrected = booking
        if notes is not UNSET:
            corrected = replace(corrected, notes=notes)
        if address is not UNSET:
            corrected = replace(corrected, contact=replace(corrected.contact, address=address))
        fields = [
            name
            for name, is_other in (
                ("notes", corrected.notes != booking.notes),
                ("address", corrected.contact.address != booking.contact.address),
            )
            if is_other
        ]
        if not fields:
            return booking
        now = tools.clock.now()
        # The address stands in the customer's calendar, too.
        sequence = booking.sequence + (1 if "address" in fields else 0)
        corrected = replace(corrected, sequence=sequence, changed_at=now)
        await bookings.save(tx, corrected)
        await timeline.add(tx, booking_id, "corrected", by="tenant", actor=actor, at=now, details={"fields": fields})
        return corrected


async def _locked(tx: Tx, booking_id: str) -> Booking:
    booking = await bookings.lock(tx, booking_id)
    if booking is None or booking.state == "draft":
        raise BookingNotFound
    return booking
