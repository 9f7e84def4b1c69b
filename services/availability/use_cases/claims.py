"""What booking has done to claims: hold, confirm, release, renew, move. Each is harmless when it comes twice, or late."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.availability.domain.claims import Booking, Kind, State, Taken
from services.availability.domain.errors import BookingOver, ClaimDiffers, HoldRunOut, ReplacedIsBooked, UnknownBooking
from services.availability.store import bookings, claims
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.placing import Wish, place, with_copies
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a booking, and whether what was said of it counts: what is older than that does not."""

    booking: Booking
    taken: Taken | None
    applied: bool = True

    @property
    def state(self) -> State:
        """A hold that has run out may still lie there, or another's claim may have taken its place."""
        return "lapsed" if self.taken is None and not self.booking.is_over else self.booking.state


async def hold(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    version: int,
    service_id: str,
    starts_at: datetime,
    kind: Kind,
    staff_id: str | None = None,
    grace: timedelta = timedelta(),
    by_hand: bool = False,
    replaces: str | None = None,
) -> Taken:
    """The booking has that time until its hold runs out, or for good where it is taken as a booking at once."""
    if replaces == booking_id:
        raise errors.Invalid(details={"replaces": "must be another booking"})

    async def act() -> Taken:
        async with changing(tools, tenant_id) as tx:
            now = tools.clock.now()
            booking, replaced = await _lock_both(tx, booking_id, replaces, now)
            if booking.is_over:
                raise BookingOver
            current = await _live(tx, booking, now)
            if current is not None:
                _refuse_another(current, service_id=service_id, starts_at=starts_at, staff_id=staff_id, kind=kind)
                if version > booking.version:
                    await _has(tx, replace(booking, version=version), current, now)
                return current
            if booking.is_past(version):
                raise BookingOver("A later word about this booking is known, and it has no time.")
            hold_ends = now + timedelta(seconds=tools.settings.peepopay_hold_seconds) + grace
            wish = Wish(
                service_id=service_id,
                starts_at=starts_at,
                kind=kind,
                expires_at=hold_ends if kind == "hold" else None,
                right="hand" if by_hand else "offer",
                staff_id=staff_id,
            )
            taken = await place(tx, booking, wish, now=now, replaced=replaced)
            await _has(tx, replace(booking, version=version, settled=False), taken, now)
            if replaced is not None:
                await _is_over(tx, replaced, replaced.version, now)
            return taken

    return await with_copies(tools, tenant_id, act)


async def confirm(tools: Tools, *, tenant_id: str, booking_id: str, version: int) -> Outcome:
    """The hold becomes a booking; where it ran out, the time is taken again if it can still be had."""

    async def act() -> Outcome:
        async with changing(tools, tenant_id) as tx:
            now = tools.clock.now()
            booking = await _known(tx, booking_id)
            if booking.is_past(version):
                return Outcome(booking, await _live(tx, booking, now), applied=False)
            if booking.is_over:
                raise BookingOver
            return await keep(tx, replace(booking, version=version), now)

    return await with_copies(tools, tenant_id, act)


async def release(tools: Tools, *, tenant_id: str, booking_id: str, version: int) -> Outcome:
    """The booking is over, and its time free. Also said of one that nobody knows yet, whose hold may come later."""
    async with changing(tools, tenant_id) as tx:
        now = tools.clock.now()
        booking = await bookings.lock_or_add(tx, booking_id, now)
        if version < booking.version:
            return Outcome(booking, await _live(tx, booking, now), applied=False)
        return Outcome(await end(tx, booking, version, now), None)


async def renew(tools: Tools, *, tenant_id: str, booking_id: str, version: int, length: timedelta) -> Outcome:
    """A live hold ends no earlier than after that; what is booked needs no renewal."""
    async with changing(tools, tenant_id) as tx:
        now = tools.clock.now()
        booking = await _known(tx, booking_id)
        if booking.is_past(version):
            return Outcome(booking, await _live(tx, booking, now), applied=False)
        if booking.is_over:
            raise BookingOver
        taken = await claims.prolong(tx, booking_id, until=now + length, now=now) or await _live(tx, booking, now)
        if taken is None:
            raise HoldRunOut
        return await _has(tx, replace(booking, version=version), taken, now)


async def move(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    move_id: str,
    version: int,
    starts_at: datetime,
    staff_id: str | None = None,
    service_id: str | None = None,
    by_hand: bool = False,
) -> Outcome:
    """That time instead of its own, which it keeps where that is refused. The same move again changes nothing."""

    async def act() -> Outcome:
        async with changing(tools, tenant_id) as tx:
            now = tools.clock.now()
            booking = await _known(tx, booking_id)
            if booking.move_id == move_id and not booking.is_over:
                return Outcome(booking, await _live(tx, booking, now))
            if booking.is_past(version):
                return Outcome(booking, await _live(tx, booking, now), applied=False)
            if booking.is_over:
                raise BookingOver
            current = await _live(tx, booking, now)
            if current is None:
                raise HoldRunOut
            wish = Wish(
                service_id=service_id or current.service_id,
                starts_at=starts_at,
                kind=current.kind,
                expires_at=current.expires_at,
                right="hand" if by_hand else "offer",
                staff_id=staff_id,
                rather=current.staff_id,
            )
            taken = await place(tx, booking, wish, now=now, role="next")
            await claims.delete(tx, [current.id])
            await claims.make_current(tx, taken.id)
            moved = replace(
                booking, version=version, move_id=move_id, sequence=booking.sequence + (1 if booking.settled else 0)
            )
            return await _has(tx, moved, taken, now)

    return await with_copies(tools, tenant_id, act)


async def known(tools: Tools, *, tenant_id: str, booking_id: str) -> Outcome:
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
        if booking is None:
            raise UnknownBooking
        return Outcome(booking, await _live(tx, booking, tools.clock.now()))


async def keep(tx: Tx, booking: Booking, now: datetime) -> Outcome:
    """The booking, locked, has its time for good, taken again where it was lost; else a refusal."""
    taken = (
        await claims.book(tx, booking.id, now) or await _live(tx, booking, now) or await _take_back(tx, booking, now)
    )
    return await _has(tx, booking, taken, now)


async def end(tx: Tx, booking: Booking, version: int, now: datetime) -> Booking:
    """The booking, locked, is over, and its time free."""
    await claims.give_up(tx, booking.id)
    return await _is_over(tx, booking, version, now)


async def _take_back(tx: Tx, booking: Booking, now: datetime) -> Taken:
    if booking.service_id is None or booking.starts_at is None or booking.ends_at is None:
        raise HoldRunOut
    wish = Wish(
        service_id=booking.service_id,
        starts_at=booking.starts_at,
        kind="booking",
        expires_at=None,
        right="payment",
        rather=booking.staff_id,
        # A service that was changed since lasts as long as it did when it was sold.
        duration=(booking.ends_at - booking.starts_at) // timedelta(minutes=1),
    )
    return await place(tx, booking, wish, now=now)


async def _lock_both(tx: Tx, booking_id: str, replaces: str | None, now: datetime) -> tuple[Booking, Booking | None]:
    """In the order of their ids, so that two who speak of the same bookings never wait for each other."""
    replaced = await bookings.lock(tx, replaces) if replaces is not None and replaces < booking_id else None
    booking = await bookings.lock_or_add(tx, booking_id, now)
    if replaces is not None and replaces > booking_id:
        replaced = await bookings.lock(tx, replaces)
    if replaced is not None and replaced.state == "booked":
        raise ReplacedIsBooked
    return booking, replaced if replaced is not None and not replaced.is_over else None


async def _known(tx: Tx, booking_id: str) -> Booking:
    booking = await bookings.lock(tx, booking_id)
    if booking is None:
        raise UnknownBooking
    return booking


async def _live(tx: Tx, booking: Booking, now: datetime) -> Taken | None:
    """What the booking has at this moment."""
    if booking.state not in ("held", "booked"):
        return None
    taken = await claims.find(tx, booking.id)
    return taken if taken is not None and taken.is_live(now) else None


def _refuse_another(current: Taken, *, service_id: str, starts_at: datetime, staff_id: str | None, kind: Kind) -> None:
    """What the booking has already must be what is asked for again."""
    if (
        (current.service_id, current.starts_at) != (service_id, starts_at)
        or staff_id not in (None, current.staff_id)
        # Who wants a booking and is given a hold would lose it unawares; who wants a hold has all the more.
        or (kind == "booking" and current.kind == "hold")
    ):
        raise ClaimDiffers


async def _has(tx: Tx, booking: Booking, taken: Taken, now: datetime) -> Outcome:
    """Remember what it has now."""
    has = replace(
        booking,
        state="held" if taken.kind == "hold" else "booked",
        service_id=taken.service_id,
        staff_id=taken.staff_id,
        starts_at=taken.starts_at,
        ends_at=taken.ends_at,
        changed_at=now,
    )
    await bookings.remember(tx, has, has.next_look(taken.expires_at))
    return Outcome(has, taken)


async def _is_over(tx: Tx, booking: Booking, version: int, now: datetime) -> Booking:
    if booking.is_over:
        over = replace(booking, version=max(version, booking.version))
    else:
        sequence = booking.sequence + (1 if booking.settled else 0)
        over = replace(booking, version=version, state="released", sequence=sequence, changed_at=now)
    await bookings.remember(tx, over, over.next_look(None))
    return over


async def settle(tx: Tx, booking: Booking, now: datetime) -> None:
    """A note about a booking, locked, that stands: its claim does not end by itself, and is not looked at."""
    noted = replace(booking, settled=True, changed_at=now)
    await bookings.remember(tx, noted, noted.next_look(None))


async def still_has(tx: Tx, booking: Booking, now: datetime) -> Outcome:
    """What the booking, locked, has at this moment, remembered with what is new about it; nothing is taken or given up."""
    taken = await _live(tx, booking, now)
    if taken is not None:
        return await _has(tx, booking, taken, now)
    lapsed = booking if booking.is_over else replace(booking, state="lapsed", changed_at=now)
    await bookings.remember(tx, lapsed, lapsed.next_look(None))
    return Outcome(lapsed, None)
