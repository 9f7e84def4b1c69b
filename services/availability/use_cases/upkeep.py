"""What must happen to bookings' claims though nobody asks: holds end, orphans are asked about, the old is forgotten."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from services.availability.domain.claims import ASK_AFTER, Task
from services.availability.store import bookings, claims
from services.availability.store.bookings import Due
from services.availability.use_cases.claims import still_has
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.settling import ask_about
from services.availability.use_cases.tools import Tools
from services.kernel import errors

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 50
_ASKED_AT_ONCE: Final = 8
# Whoever was given rows and died leaves them to others after so long.
_GIVEN_FOR: Final = timedelta(seconds=30)


async def end_holds(tools: Tools) -> None:
    """Readers see by themselves that a hold has run out; this is for its row, and for those who keep finished slots."""

    async def end(due: Due) -> None:
        async with changing(tools, due.tenant_id) as tx:
            now = tools.clock.now()
            booking = await bookings.lock(tx, due.booking_id)
            if booking is None:
                await bookings.look_no_more(tx, due.booking_id)
                return
            await claims.end_dead(tx, due.booking_id, now)
            await still_has(tx, booking, now)

    await _each_due(tools, "end", end, pause=_GIVEN_FOR)


async def ask_about_orphans(tools: Tools) -> None:
    """About what gets no clear answer, booking is asked again when the pause is over."""

    async def ask(due: Due) -> None:
        try:
            await ask_about(tools, tenant_id=due.tenant_id, booking_id=due.booking_id)
        except errors.Refusal as refusal:
            _log.warning("nobody says whether a booking stands", extra={"refusal": refusal.code})

    await _each_due(tools, "ask", ask, pause=ASK_AFTER)


async def forget_old(tools: Tools) -> None:
    """Attempts after a month, bookings when their calendars no longer matter."""

    async def forget(due: Due) -> None:
        async with tools.db.transaction(due.tenant_id) as tx:
            booking = await bookings.lock(tx, due.booking_id)
            if booking is not None and booking.next_look(None).at > tools.clock.now():
                return
            await claims.give_up(tx, due.booking_id)
            await bookings.forget(tx, due.booking_id)

    await _each_due(tools, "forget", forget, pause=_GIVEN_FOR)


async def _each_due(tools: Tools, task: Task, act: Callable[[Due], Awaitable[None]], *, pause: timedelta) -> None:
    while due := await _taken(tools, task, pause):
        turn = asyncio.Semaphore(_ASKED_AT_ONCE)

        async def in_turn(one: Due, turn: asyncio.Semaphore = turn) -> None:
            async with turn:
                await act(one)

        # All get their turn, also those behind one that fails.
        for failed in await asyncio.gather(*(in_turn(one) for one in due), return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed


async def _taken(tools: Tools, task: Task, pause: timedelta) -> Sequence[Due]:
    async with tools.db.transaction() as tx:
        return await bookings.take_due(tx, task, tools.clock.now(), pause=pause, limit=_AT_ONCE)
