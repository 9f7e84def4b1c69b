"""Another time for a booking: an open move is committed, availability swaps by its id, the outcome is committed."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.booking.clients import Claim
from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking, Party
from services.booking.domain.errors import BookingNotFound, SlotTaken
from services.booking.domain.moves import Move, MoveState, cap_after, refuse_move_now
from services.booking.domain.wall import first_pass
from services.booking.store import bookings, moves, timeline, timers
from services.booking.use_cases import telling
from services.booking.use_cases.copies import tenant_of
from services.booking.use_cases.ordering import WallTime
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import new_id

_log = logging.getLogger(__name__)
# Whoever opens one goes on with it at once; the clockwork comes in only where that one died, or was not answered.
_GOES_ON_WITHIN: Final = timedelta(seconds=10)
# Each time somebody else has spoken of the booking in between; so often that does not happen.
_TRIES: Final = 5
# What availability refuses for good: the booking keeps the time it has.
_REFUSED: Final = frozenset({"SLOT_UNAVAILABLE", "HOLD_EXPIRED", "BOOKING_OVER", "BOOKING_NOT_FOUND"})


async def move(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    by: Party,
    starts: datetime | WallTime,
    actor: str | None = None,
    staff_id: str | None = None,
    any_time: bool = False,
) -> Booking:
    """The booking at its new time. Refused `SLOT_UNAVAILABLE`: it has kept the old one. Never charged again."""
    starts_at = await _instant(tools, tenant_id, starts)
    for _ in range(_TRIES):
        opened = await _open(
            tools,
            tenant_id,
            booking_id,
            by=by,
            starts_at=starts_at,
            actor=actor,
            staff_id=staff_id,
            any_time=any_time,
        )
        if isinstance(opened, Booking):
            return opened
        if not opened.wants(by=by, starts_at=starts_at, staff_id=staff_id):
            # Another one, which somebody has left behind; then it is this one's turn.
            await finish(tools, tenant_id=tenant_id, booking_id=booking_id)
            continue
        ended = await _carry_on(tools, tenant_id, opened)
        if ended.state == "done":
            return await _booking(tools, tenant_id, booking_id)
        if ended.state == "closed":
            life.refuse_move(await _booking(tools, tenant_id, booking_id))
        raise SlotTaken
    raise errors.Unavailable


async def finish(tools: Tools, *, tenant_id: str, booking_id: str) -> None:
    """An open move of the booking comes to its end, so that something else can become of it."""
    async with tools.db.transaction(tenant_id) as tx:
        opened = await moves.open_of(tx, booking_id)
        if opened is None:
            await timers.drop(tx, booking_id, "move")
    if opened is not None:
        try:
            await _carry_on(tools, tenant_id, opened)
        except errors.Unavailable:
            raise
        except errors.Refusal as refusal:
            _log.info("a move that was left behind is refused", extra={"move": opened.id, "refusal": refusal.code})


async def close_in(tx: Tx, booking: Booking, now: datetime) -> None:
    """The booking, locked, is given up: whichever time availability has for it is released with it."""
    opened = await moves.open_of(tx, booking.id)
    if opened is not None:
        await _end(tx, opened, "closed", now)


async def _open(
    tools: Tools,
    tenant_id: str,
    booking_id: str,
    *,
    by: Party,
    starts_at: datetime,
    actor: str | None,
    staff_id: str | None,
    any_time: bool,
) -> Move | Booking:
    """The open move: this one, or one that is open already. The booking itself where it is there already."""
    async with tools.db.transaction(tenant_id) as tx:
        now = tools.clock.now()
        booking = await bookings.lock(tx, booking_id)
        if booking is None or booking.state == "draft":
            raise BookingNotFound
        refuse_move_now(booking, by=by, now=now)
        if starts_at <= now and by == "customer":
            raise SlotTaken
        opened = await moves.open_of(tx, booking_id)
        if opened is not None:
            return opened
        if booking.starts_at == starts_at and staff_id in {None, booking.staff_id}:
            return booking
        move = Move(
            id=new_id("mov"),
            booking_id=booking_id,
            state="open",
            by=by,
            actor=actor,
            version=booking.version + 1,
            starts_at=starts_at,
            staff_id=staff_id,
            any_time=any_time,
            former_starts_at=booking.starts_at,
            cap_percent=cap_after(booking, by=by, now=now),
            created_at=now,
        )
        await moves.add(tx, move)
        await bookings.save(tx, replace(booking, version=move.version, changed_at=now))
        await timers.set_timer(tx, booking_id, "move", now + _GOES_ON_WITHIN, now=now)
        return move


async def _carry_on(tools: Tools, tenant_id: str, opened: Move) -> Move:
    """To its end. That availability is away is raised, and it stays open."""
    current = opened
    for _ in range(_TRIES):
        try:
            outcome = await tools.availability.move(
                tenant_id=tenant_id,
                booking_id=current.booking_id,
                move_id=current.id,
                version=current.version,
                starts_at=current.starts_at,
                staff_id=current.staff_id,
                any_time=current.any_time,
            )
        except errors.Unavailable:
            raise
        except errors.TooOften as refusal:
            raise errors.Unavailable from refusal
        except errors.Refusal as refusal:
            ended = await _refused(tools, tenant_id, current, refusal)
            if refusal.code not in _REFUSED:
                raise
            if ended.state != "refused":
                return ended
            raise SlotTaken(details=refusal.details) from refusal
        if outcome.applied and outcome.claim is not None:
            return await _done(tools, tenant_id, current, outcome.claim)
        if outcome.applied:
            # Swapped by an earlier call, and the hold has run out since.
            return await _refused(tools, tenant_id, current, SlotTaken())
        current = await _newer(tools, tenant_id, current)
        if current.state != "open":
            return current
    raise errors.Unavailable


async def _done(tools: Tools, tenant_id: str, opened: Move, claim: Claim) -> Move:
    async with tools.db.transaction(tenant_id) as tx:
        now = tools.clock.now()
        booking, move = await _locked(tx, opened)
        if move.state != "open":
            return move
        if booking.state not in {"pending", "confirmed"}:
            # Its end was committed meanwhile, and what availability has for it is released by that.
            return await _end(tx, move, "closed", now)
        moved = life.moved(
            booking,
            starts_at=claim.starts_at,
            ends_at=claim.ends_at,
            staff_id=claim.staff_id,
            cap_percent=_lower(booking.refund_cap_percent, move.cap_percent),
            now=now,
        )
        await bookings.save(tx, moved)
        # Who hears of a move takes the time for good. While it is only held nobody has heard of it but availability.
        if moved.state == "confirmed":
            await telling.moved(tools, tx, moved, former_starts_at=move.former_starts_at)
        details = {
            "from": booking.starts_at.isoformat(),
            "to": moved.starts_at.isoformat(),
            "staffId": moved.staff_id,
            "formerStaffId": booking.staff_id,
        }
        await timeline.add(tx, booking.id, "moved", by=move.by, actor=move.actor, at=now, details=details)
        return await _end(tx, move, "done", now)


async def _refused(tools: Tools, tenant_id: str, opened: Move, refusal: errors.Refusal) -> Move:
    async with tools.db.transaction(tenant_id) as tx:
        now = tools.clock.now()
        _, move = await _locked(tx, opened)
        if move.state != "open":
            return move
        return await _end(tx, replace(move, refusal=refusal.code), "refused", now)


async def _newer(tools: Tools, tenant_id: str, opened: Move) -> Move:
    """Availability has heard of a later version meanwhile, so the move becomes a later one still."""
    async with tools.db.transaction(tenant_id) as tx:
        now = tools.clock.now()
        booking, move = await _locked(tx, opened)
        if move.state != "open":
            return move
        if booking.state not in {"pending", "confirmed"}:
            return await _end(tx, move, "closed", now)
        newer = replace(move, version=booking.version + 1)
        await bookings.save(tx, replace(booking, version=newer.version, changed_at=now))
        await moves.save(tx, newer)
        return newer


async def _end(tx: Tx, move: Move, state: MoveState, now: datetime) -> Move:
    ended = replace(move, state=state, ended_at=now)
    await moves.save(tx, ended)
    await timers.drop(tx, move.booking_id, "move")
    return ended


async def _locked(tx: Tx, opened: Move) -> tuple[Booking, Move]:
    booking = await bookings.lock(tx, opened.booking_id)
    move = await moves.find(tx, opened.id)
    if booking is None or move is None:
        raise BookingNotFound
    return booking, move


async def _booking(tools: Tools, tenant_id: str, booking_id: str) -> Booking:
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
    if booking is None:
        raise BookingNotFound
    return booking


async def _instant(tools: Tools, tenant_id: str, starts: datetime | WallTime) -> datetime:
    """What was asked for, by the clock of the business as it is now: so its free times are told."""
    if isinstance(starts, datetime):
        return starts.astimezone(UTC)
    tenant = await tenant_of(tools, tenant_id)
    at = first_pass(starts.day, starts.time, ZoneInfo(tenant.zone))
    if at is None:
        raise SlotTaken(details={"time": "The clocks go forward then: this time does not exist on that day."})
    return at


def _lower(one: int | None, other: int | None) -> int | None:
    caps = [cap for cap in (one, other) if cap is not None]
    return min(caps, default=None)
