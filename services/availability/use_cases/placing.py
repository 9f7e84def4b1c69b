"""Taking a time: judged by the facts as they are, taken in the database, in an order in which nobody waits in a ring.

Whoever takes a time locks, in this order: the bookings it speaks of, by id; the day that is counted; the claims it will
delete, by id; and last puts its own claim in, which is what makes others wait for it. From then on it touches only rows
that it has locked already: whoever waits for somebody who has put in waits for somebody who waits for nobody. A claim
that takes the place of no other is tried without a look for what to delete; where it does not get in, nothing was put
in, and the order is as above.

A claim that is being deleted makes others wait, too. What has run out, both see as run out, and the second waits when it
wants the lock, with nothing in hand. What lives, a second never tries to overlap, unless it came after the second had
judged; then whoever deletes it has judged later still, and a ring of such waits would go back in time.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from services.availability.domain.claims import Booking, Kind, Taken, only_taken
from services.availability.domain.errors import SlotTaken
from services.availability.domain.facts import Facts
from services.availability.domain.reasons import reasons_against
from services.availability.domain.slots import staff_free_at
from services.availability.store import claims
from services.availability.store import facts as stored
from services.availability.store.claims import Role
from services.availability.store.facts import Loaded
from services.availability.use_cases.copies import ensure_service, ensure_tenant
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import new_id

T = TypeVar("T")
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A time that is asked for, and by what right."""

    service_id: str
    starts_at: datetime
    kind: Kind
    expires_at: datetime | None
    # A customer has what is offered; the business, by hand, whatever is not taken; who has paid, also outside of hours
    # and notice, but not where the business has blocked the time since.
    right: Literal["offer", "hand", "payment"] = "offer"
    # This person and nobody else.
    staff_id: str | None = None
    # This person first.
    rather: str | None = None
    # As it was sold, in minutes; else as the service is now.
    duration: int | None = None


class FactsMissing(errors.Unavailable):
    """The copies lack the service, or the zone of the business."""

    def __init__(self, service_id: str) -> None:
        self.service_id = service_id
        super().__init__()


async def with_copies(tools: Tools, tenant_id: str, act: Callable[[], Awaitable[T]]) -> T:
    """The act; where a copy was missing, once more when its owner was asked. Not inside a transaction."""
    try:
        return await act()
    except FactsMissing as missing:
        await ensure_tenant(tools, tenant_id)
        await ensure_service(tools, tenant_id, missing.service_id, asked_by="booking")
        return await act()


async def place(
    tx: Tx,
    booking: Booking,
    wish: Wish,
    *,
    now: datetime,
    role: Role = "current",
    replaced: Booking | None = None,
) -> Taken:
    """The booking has the time, or a refusal says why not. Nothing of it stays unless the caller commits."""
    starts_at = wish.starts_at.astimezone(UTC)
    spared = replaced.id if replaced else booking.id
    facts, staff_ids = await _who_can(tx, wish, now=now, zone=booking.zone, spared=spared)
    offer = facts.offer
    ends_at = starts_at + offer.duration * _MINUTE
    taken_from = starts_at - offer.before * _MINUTE
    taken_until = ends_at + offer.after * _MINUTE
    wanted = [
        Taken(
            id=new_id("clm"),
            booking_id=booking.id,
            service_id=wish.service_id,
            staff_id=staff_id,
            kind=wish.kind,
            starts_at=starts_at,
            ends_at=ends_at,
            expires_at=wish.expires_at,
        )
        for staff_id in staff_ids
    ]
    is_first = role == "current" and replaced is None
    # Mostly nothing dead lies there, and nothing else is touched after it.
    if is_first and await claims.add(tx, wanted[0], role=role, taken_from=taken_from, taken_until=taken_until):
        return wanted[0]
    await claims.clear(
        tx,
        booking_ids=[booking.id, *([replaced.id] if replaced else [])],
        staff_ids=staff_ids,
        taken_from=taken_from,
        taken_until=taken_until,
        now=now,
    )
    if replaced is not None:
        await claims.give_up(tx, replaced.id)
    for taken in wanted:
        if await claims.add(tx, taken, role=role, taken_from=taken_from, taken_until=taken_until):
            return taken
    raise SlotTaken(details={"booking": "Somebody else was faster."})


async def _who_can(tx: Tx, wish: Wish, *, now: datetime, zone: str | None, spared: str) -> tuple[Facts, list[str]]:
    """Who can do it then, in the order to try; a refusal names the rules that are against it."""
    loaded = await _load(tx, wish, now=now, zone=zone, spared=spared)
    facts, start, present = loaded.facts, wish.starts_at.timestamp(), now.timestamp()
    if wish.right != "offer":
        facts = only_taken(facts, blocks=wish.right == "payment", duration=wish.duration)
        present = min(present, start)
    # No job begins between two full minutes.
    staff_ids = staff_free_at(facts, int(start) // 60, present) if start % 60 == 0 else []
    if not staff_ids:
        raise SlotTaken(details=_against(loaded, facts, start, present))
    if wish.rather in staff_ids:
        staff_ids = [wish.rather, *(staff_id for staff_id in staff_ids if staff_id != wish.rather)]
    return facts, staff_ids


def _against(loaded: Loaded, facts: Facts, start: float, now: float) -> dict[str, str]:
    if not loaded.is_offered:
        return {"service": "This service is not offered at the moment."}
    return {reason.rule: reason.message for reason in reasons_against(facts, start, now, loaded.claims())}


async def _load(tx: Tx, wish: Wish, *, now: datetime, zone: str | None, spared: str) -> Loaded:
    if zone is None:
        raise FactsMissing(wish.service_id)
    day = wish.starts_at.astimezone(ZoneInfo(zone)).date()
    for is_counted in (False, True):
        loaded = await stored.load(tx, wish.service_id, day, day, now, staff_id=wish.staff_id, without_booking=spared)
        if loaded is None:
            raise FactsMissing(wish.service_id)
        if is_counted or wish.right != "offer" or loaded.facts.offer.max_per_day is None:
            return loaded
        # Whoever else takes a time of that day either has committed before the second look, or waits until we have.
        await claims.lock_day(tx, wish.service_id, day)
    raise AssertionError("the second look is the last")
