"""The sender: woken by a commit, and looking by itself every second for what is due again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from services.kernel.jobs import Job

_SWEEP_SECONDS: Final = 1.0
# The pause between two rounds, so that a broken one is not repeated without end.
_PAUSE_SECONDS: Final = 0.1


class Sender:
    """Sends in rounds. Any number of processes share the work."""

    def __init__(self, send_due: Callable[[], Awaitable[int]]) -> None:
        self._send_due = send_due
        self._awake = asyncio.Event()

    def wake(self) -> None:
        self._awake.set()

    async def round(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), _SWEEP_SECONDS)
        self._awake.clear()
        await self._send_due()

    def job(self) -> Job:
        return Job("send messages", _PAUSE_SECONDS, self.round)
