"""Events are brought to the endpoints: at once, and again and again where nobody takes them."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Final

import msgspec

from services.kernel import errors
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.sandbox.clients import Webhooks
from services.sandbox.domain.stripe.webhooks import settled
from services.sandbox.store import stripe as store
from services.sandbox.store.stripe import Delivery

_log = logging.getLogger(__name__)

# Longer than a post can take: whoever died over one is replaced then.
_HANDS_OFF: Final = timedelta(seconds=12)
_AT_ONCE: Final = 16
# Other processes write events too, and do not wake this one.
_SWEEP_SECONDS: Final = 0.5


class Postman:
    """Brings what is due. Any number of them share the work."""

    def __init__(self, db: Database, clock: Clock, webhooks: Webhooks) -> None:
        self._db = db
        self._clock = clock
        self._webhooks = webhooks
        self._awake = asyncio.Event()
        self._on_the_way: dict[asyncio.Task[None], Delivery] = {}

    def wake(self) -> None:
        self._awake.set()

    async def run(self) -> None:
        try:
            while True:
                await self._round()
        finally:
            await self._turn_back()
            await self._webhooks.close()

    async def _round(self) -> None:
        self._awake.clear()
        pause = _SWEEP_SECONDS
        try:
            if (free := _AT_ONCE - len(self._on_the_way)) > 0:
                for delivery in await self._take(free):
                    self._send_off(delivery)
                pause = await self._until_the_next()
        except errors.Unavailable:
            pass
        except Exception:  # noqa: BLE001 - the edge of a background task, which tells and goes on
            _log.exception("a round of deliveries failed; the next follows")
        try:
            await asyncio.wait_for(self._awake.wait(), pause)
        except TimeoutError:
            return

    async def _take(self, limit: int) -> list[Delivery]:
        async with self._db.transaction() as tx:
            return await store.take_due(tx, now=self._clock.now(), hands_off=_HANDS_OFF, limit=limit)

    async def _until_the_next(self) -> float:
        """How many seconds; never longer than a sweep may wait."""
        if len(self._on_the_way) >= _AT_ONCE:
            return _SWEEP_SECONDS
        async with self._db.transaction() as tx:
            due = await store.next_due(tx)
        if due is None:
            return _SWEEP_SECONDS
        return min(max((due - self._clock.now()).total_seconds(), 0.001), _SWEEP_SECONDS)

    def _send_off(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._bring(delivery), name=f"deliver {delivery.event_id}")
        self._on_the_way[task] = delivery
        task.add_done_callback(self._came_back)

    def _came_back(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._on_the_way) >= _AT_ONCE
        self._on_the_way.pop(task, None)
        if was_full:
            self._awake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # It stays due and is brought again.
            _log.error("a delivery failed", exc_info=error)

    async def _turn_back(self) -> None:
        """What is on its way when this process ends is due at once for the next one."""
        unfinished = dict(self._on_the_way)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if unfinished:
            ids = [delivery.id for delivery in unfinished.values()]
            # Where the database is away they are due a few seconds later.
            with suppress(errors.Unavailable):
                async with self._db.transaction() as tx:
                    await store.put_back(tx, ids, now=self._clock.now())

    async def _bring(self, delivery: Delivery) -> None:
        outcome = await self._webhooks.post(delivery.endpoint, _raw(delivery))
        state, due = settled(
            outcome, tries=delivery.tries, first_tried_at=delivery.first_tried_at, now=self._clock.now()
        )
        async with self._db.transaction() as tx:
            await store.settle_delivery(tx, delivery.id, state=state, outcome=outcome, due=due)


def _raw(delivery: Delivery) -> bytes:
    return msgspec.json.format(msgspec.json.encode(delivery.body), indent=2)
