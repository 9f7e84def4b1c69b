"""Bookings whose time has come are looked at, each by one of however many processes there are."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Protocol

from services.booking.store import timers
from services.booking.store.timers import Due, Task
from services.booking.use_cases.tools import Tools
from services.kernel import errors

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 50
_SIDE_BY_SIDE: Final = 8


class Look(Protocol):
    """Sees to one booking."""

    def __call__(self, tools: Tools, *, tenant_id: str, booking_id: str) -> Awaitable[None]: ...


async def each_due(tools: Tools, task: Task, look: Look, *, pause: timedelta) -> None:
    """What could not be seen to comes again after the pause; all others get their turn nevertheless."""
    while due := await _taken(tools, task, pause):
        turn = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def in_turn(one: Due, turn: asyncio.Semaphore = turn) -> None:
            async with turn:
                await _look(lambda: look(tools, tenant_id=one.tenant_id, booking_id=one.booking_id), one, task)

        for failed in await asyncio.gather(*(in_turn(one) for one in due), return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed


async def _look(look: Callable[[], Awaitable[None]], due: Due, task: Task) -> None:
    try:
        await look()
    except errors.Refusal as refusal:
        _log.warning(
            "a booking could not be seen to yet",
            extra={"booking": due.booking_id, "task": task, "refusal": refusal.code},
        )


async def _taken(tools: Tools, task: Task, pause: timedelta) -> list[Due]:
    async with tools.db.transaction() as tx:
        return list(await timers.take_due(tx, task, tools.clock.now(), pause=pause, limit=_AT_ONCE))
