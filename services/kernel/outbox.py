"""The outbox: an event is a row written with the change that caused it, and sent by a relay until the broker has it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final, Protocol

import asyncpg
import msgspec

from services.kernel import events, ids
from services.kernel.clock import Clock
from services.kernel.db import Database, DatabaseUnavailable, Row, Tx
from services.kernel.telemetry import metrics, tracing

_log = logging.getLogger(__name__)
_encode: Final = msgspec.json.Encoder().encode
_BATCH: Final = 200
_SWEEP_SECONDS: Final = 1.0

# The counter's row lock is held until the commit, so within one aggregate the order of sequence, of id and of
# commit are the same.
_ADD: Final = """
WITH next AS (
    INSERT INTO outbox_sequence AS s (aggregate_id, last) VALUES ($2, 1)
    ON CONFLICT (aggregate_id) DO UPDATE SET last = s.last + 1
    RETURNING last
)
INSERT INTO outbox (event_id, aggregate_id, sequence, type, tenant_id, body, traceparent, occurred_at)
SELECT $1, $2, last, $3, $4, $5, $6, $7 FROM next
RETURNING sequence
"""

# Only the earliest unsent event of an aggregate goes, so that a later one never overtakes it.
_TAKE: Final = """
SELECT id, event_id, aggregate_id, sequence, type, tenant_id, body, traceparent, occurred_at
FROM outbox AS o
WHERE sent_at IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM outbox AS e WHERE e.aggregate_id = o.aggregate_id AND e.sent_at IS NULL AND e.id < o.id
  )
ORDER BY id
LIMIT $1
FOR UPDATE SKIP LOCKED
"""


class Publish(Protocol):
    """Hands one event to the broker and returns when the broker has confirmed it."""

    def __call__(self, *, event_id: str, event_type: str, body: bytes, headers: dict[str, str]) -> Awaitable[None]: ...


class Outbox:
    """Where a context's events are stored, and who is woken when one was."""

    def __init__(self, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake

    async def add(self, tx: Tx, event: events.Event, *, about: str) -> str:
        """Store the event with the change; `about` is the aggregate whose events stay in order."""
        event_id = ids.new_uuid()
        await tx.value(
            _ADD,
            event_id,
            about,
            event.TYPE,
            tx.tenant_id or getattr(event, "tenant_id", None),
            _encode(event),
            tracing.traceparent(),
            self._clock.now(),
        )
        tx.after_commit(self._wake)
        return event_id

    def wake(self) -> None:
        """Have sent what a statement of the caller's own has stored."""
        self._wake()


class Notifier:
    """Wakes the relay in another process. It speaks after the commit: a NOTIFY inside would make all commits queue."""

    def __init__(self, db: Database, channel: str) -> None:
        self._db = db
        self._channel = channel
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            # Where it fails the relay's sweep finds the event within a second.
            with suppress(DatabaseUnavailable):
                async with self._db.transaction() as tx:
                    await tx.value("SELECT pg_notify($1, '')", self._channel)


class Relay:
    """Sends what the outbox holds. Any number of them share the work."""

    def __init__(self, db: Database, publish: Publish, channel: str) -> None:
        self._db = db
        self._publish = publish
        self._channel = channel
        self._awake = asyncio.Event()
        self._pause = 0.05

    def wake(self) -> None:
        self._awake.set()

    async def run(self) -> None:
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                await self._round()
        finally:
            listening.cancel()

    async def _round(self) -> None:
        self._awake.clear()
        try:
            taken, sent = await self.send_batch()
        except DatabaseUnavailable:
            await asyncio.sleep(_SWEEP_SECONDS)
            return
        except Exception:  # noqa: BLE001 - the edge of a background task, which tells and goes on
            _log.exception("the relay failed; it goes on")
            await asyncio.sleep(_SWEEP_SECONDS)
            return
        if sent < taken:
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, _SWEEP_SECONDS)
            return
        self._pause = 0.05
        if taken == 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), _SWEEP_SECONDS)

    async def send_batch(self) -> tuple[int, int]:
        """How many events were taken, and how many of them the broker confirmed."""
        # The one transaction that waits for the network: the row's lock is what keeps two relays from sending it.
        async with self._db.transaction() as tx:
            rows = await tx.rows(_TAKE, _BATCH)
            if not rows:
                return 0, 0
            outcomes = await asyncio.gather(*(self._send(row) for row in rows), return_exceptions=True)
            sent = [row["id"] for row, outcome in zip(rows, outcomes, strict=True) if outcome is None]
            if sent:
                await tx.run("UPDATE outbox SET sent_at = clock_timestamp() WHERE id = ANY($1)", sent)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            _log.warning("events wait for the broker", extra={"count": len(failures), "reason": repr(failures[0])})
        return len(rows), len(sent)

    async def _send(self, row: Row) -> None:
        occurred_at: datetime = row["occurred_at"]
        await self._publish(
            event_id=row["event_id"],
            event_type=row["type"],
            body=row["body"],
            headers=events.headers(
                event_id=row["event_id"],
                event_type=row["type"],
                subject=row["aggregate_id"],
                sequence=row["sequence"],
                tenant_id=row["tenant_id"],
                at=occurred_at,
                traceparent=row["traceparent"],
            ),
        )
        metrics.events_published.labels(row["type"]).inc()

    async def _listen(self) -> None:
        """Hear other processes' NOTIFY; without it the sweep still finds everything."""
        while True:
            connection: asyncpg.Connection | None = None
            try:
                connection = await self._db.connect()
                await connection.add_listener(self._channel, lambda *_: self.wake())
                while not connection.is_closed():  # noqa: ASYNC110 - the driver tells nobody that it is closed
                    await asyncio.sleep(_SWEEP_SECONDS)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(_SWEEP_SECONDS)
            finally:
                if connection is not None:
                    connection.terminate()


async def measure(db: Database) -> None:
    """How much waits, for the operator's eyes."""
    async with db.transaction() as tx:
        row = await tx.row(
            "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float AS oldest"
            " FROM outbox WHERE sent_at IS NULL"
        )
    if row is not None:
        metrics.outbox_waiting.set(row["waiting"])
        metrics.outbox_oldest_seconds.set(max(0.0, row["oldest"]))


async def prune(db: Database) -> None:
    """Forget what was sent long ago."""
    async with db.transaction() as tx:
        await tx.run(
            "DELETE FROM outbox WHERE id IN ("
            " SELECT id FROM outbox WHERE sent_at < now() - interval '7 days' ORDER BY id LIMIT 5000)"
        )
